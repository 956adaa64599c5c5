import ArgumentParser
import Machine
import Media
import StyleKernel
import StyleVideo
import SystemPackage

/// `stylevideo IN --style PICTURE`: paints a clip.
struct PaintCommand: CheckedCommand {
    static let configuration = CommandConfiguration(
        commandName: "paint", abstract: "Paint a video in the manner of a picture.",
        usage: "stylevideo <input> --style <picture> [-o <output>] [options]",
        discussion: Help.examples + "\n\n" + Help.exitCodes)

    @Argument(
        help: ArgumentHelp(
            "The clips: \(ClipHelp.kinds) Several are painted one after another.", valueName: "input"),
        completion: .file())
    var inputs: [String]

    @OptionGroup var clip: ClipOptions

    @Option(
        help: ArgumentHelp(
            "exact does not compute again what a frame shares with the one before; off does. The result is the same.",
            valueName: "cache"))
    var cache = Cache.exact

    @Option(
        help: ArgumentHelp(
            "Where a long clip's finished parts are kept until the end (default: OUT.stylevideo beside the output).",
            valueName: "folder"), completion: .directory)
    var workDir: String?

    @Flag(help: ArgumentHelp("Paint into nothing: to time what comes before.", visibility: .hidden))
    var null = false

    @Flag(help: ArgumentHelp("Paint into a digest of pixels and times, which the report tells.", visibility: .hidden))
    var hash = false

    @Option(
        help: ArgumentHelp(
            "A page to write about the film, one file to be looked at in a browser: source and painting side by side.",
            valueName: "page"), completion: .file(extensions: ["html"]))
    var report: String?

    @OptionGroup var talk: TalkOptions

    @Flag(help: "Leave outputs that are there as they are, and paint the others.")
    var skipExisting = false

    func check() throws { try names(for: clip.hands()).check() }

    private func names(for hands: [Hand]) -> OutputNames {
        clip.names(films: inputs.count * hands.count, namesStyles: hands.count > 1)
    }

    func run() throws {
        if clip.isStream, talk.json {
            throw UsageError(
                "--json is printed on standard output, where -o - writes the frames: leave one of them out")
        }
        let hands = try clip.hands()
        let names = names(for: hands)
        defer { OutputNames.removeEmptyFolders() }
        try names.prepare()
        guard names.films == 1, !skipExisting else { return try paintQueue(hands, names) }
        var page = try page(by: hands[0], names)
        var job = try clip.job(inputs[0], hands[0], names)
        page?.source = job.input
        page?.selection = job.selection
        job.workFolder = workDir.map { FilePath($0) }
        if null || hash { job.destination = null ? .null : .digest }
        let talk = try Talk(
            Self.self, clip.subject(job), talk, .clip(job.encoder), clip.painting.threading)
        try talk.report { [job] in
            var run = talk.run(clip.painting.threading)
            run.cache = cache
            do {
                return try job.run(run)
            } catch let interruption as Interruption where job.destination == .pictures {
                throw Interruption(signal: interruption.signal, outcome: "the pictures up to here are written")
            }
        } text: { [page] in
            $0.text(verbose: talk.options.verbose) + (page?.line ?? "")
        } after: { [job, page] painted in
            let written = Result { try page?.write(of: job, painted, talk.run(clip.painting.threading)) }
            try painted.checkEnd()
            try written.get()
        }
    }
}

extension PaintReport {
    /// A film of a part is none to be silent of.
    /// - Throws: `InputEndsEarly`, `InputLacksFrames`.
    func checkEnd() throws {
        if let end = damage?.end { throw InputEndsEarly(file: input, end: end, output: destination) }
        if let count = damage?.missing { throw InputLacksFrames(file: input, count: count, output: destination) }
    }

    /// Where the paintings went.
    private var destination: String { digest.map { "SHA-256 \($0)" } ?? printable(output) }

    func text(verbose: Bool) -> String {
        let (time, isJoined) = (Figure.duration(seconds.total), framesPerSecond == 0)
        var lines = [
            "\(destination): \(Figure.count(frames, "frame")) of \(width) x \(height) in "
                + "\(Figure.count(scenes, "scene")), "
                + (isJoined ? "joined in \(time)" : "painted in \(time) (\(Figure.rate(framesPerSecond)))")
        ]
        if verbose, !isJoined {
            let s = seconds
            lines.append(
                "seconds at work: first pass \(Figure.fixed(s.firstPass, 2)), style \(Figure.fixed(s.style, 2)), "
                    + "read \(Figure.fixed(s.read, 2)), "
                    + (s.hold.map { "hold \(Figure.fixed($0, 2)), " } ?? "") + "paint \(Figure.fixed(s.paint, 2)), "
                    + (s.steady.map { "steady \(Figure.fixed($0, 2)), " } ?? "")
                    + "measure \(Figure.fixed(s.measure, 2)), write \(Figure.fixed(s.write, 2))"
                    + (peakMemoryBytes.map { "; peak memory \(Figure.bytes($0))" } ?? ""))
        }
        var shares: [String] = []
        if let held { shares.append("held still \(Figure.percent(held)) of the picture") }
        if let reuse, reuse.network >= 0.005 {
            let stages = reuse.stages.sorted { $0.key < $1.key }.map { "\($0.key) \(Figure.percent($0.value))" }
            shares.append(
                "reused \(Figure.percent(reuse.network)) of the network's work"
                    + (verbose ? ": " + stages.joined(separator: ", ") : ""))
        }
        if verbose { lines += shares } else if !shares.isEmpty { lines.append(shares.joined(separator: ", ")) }
        if let temporalLPIPS { lines.append(verbose ? temporalLPIPS.text : temporalLPIPS.sentence) }
        return lines.joined(separator: "\n")
    }
}
