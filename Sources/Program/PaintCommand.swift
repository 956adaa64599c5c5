import ArgumentParser
import Machine
import Media
import StyleKernel
import StyleVideo
import SystemPackage

/// `stylevideo IN --style PICTURE`: paints a clip.
struct PaintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "paint", abstract: "Paint a video in the manner of a picture.",
        usage: "stylevideo <input> --style <picture> [-o <output>] [options]",
        discussion: Help.examples + "\n\n" + Help.exitCodes)

    @Argument(help: "The clip: any file that FFmpeg reads.", completion: .file())
    var input: String

    @OptionGroup var style: StyleOption

    @Option(
        name: .shortAndLong, help: "The MP4 to write (default: IN.stylized.mp4 beside the input).", completion: .file())
    var output: String?

    @OptionGroup(title: "Painting") var painting: PaintingOptions

    @OptionGroup(title: "Painting") var steady: SteadyOption

    @OptionGroup(title: "The stretch to paint; it is then treated as the whole clip") var stretch: StretchOptions

    @Option(help: ArgumentHelp("Quality of the encoding, 0 (lossless) to 51.", valueName: "crf"))
    var crf = 18.0

    @Option(
        help: ArgumentHelp("libx264's preset, ultrafast to placebo.", valueName: "name"),
        completion: .list(EncoderSettings.presets))
    var encoderPreset = "medium"

    @Option(help: "yuv420p plays everywhere; yuv444p keeps colour at full resolution, and odd sides.")
    var pixelFormat = EncodedPixels.yuv420p

    @Option(
        help: ArgumentHelp(
            "exact does not compute again what a frame shares with the one before; off does. The result is the same.",
            valueName: "cache"))
    var cache = Cache.exact

    @Flag(help: "Leave out the sound.")
    var noAudio = false

    @Flag(help: "Do not measure temporal LPIPS.")
    var noMeasure = false

    @Flag(help: "Replace the output if it exists.")
    var overwrite = false

    @Option(
        help: ArgumentHelp(
            "Where a long clip's finished parts are kept until the end (default: OUT.stylevideo beside the output).",
            valueName: "folder"), completion: .directory)
    var workDir: String?

    @Flag(help: "Throw away what an interrupted run has left, and start over.")
    var restart = false

    @Option(help: ArgumentHelp("About how many frames a part has.", valueName: "count", visibility: .hidden))
    var chunkFrames: Int?

    @Flag(help: ArgumentHelp("Paint into nothing: to time what comes before.", visibility: .hidden))
    var null = false

    @Flag(help: ArgumentHelp("Paint into a digest of pixels and times, which the report tells.", visibility: .hidden))
    var hash = false

    @OptionGroup var talk: TalkOptions

    func validate() throws {
        if let chunkFrames, chunkFrames < 1 { throw ValidationError("--chunk-frames must be at least 1") }
        guard (0...51).contains(crf) else { throw ValidationError("--crf must be from 0 to 51, and is \(crf)") }
        guard EncoderSettings.presets.contains(encoderPreset) else {
            throw ValidationError(
                "--encoder-preset must be one of \(EncoderSettings.presets.joined(separator: ", ")), "
                    + "and is \(printable(encoderPreset))")
        }
    }

    func run() throws {
        let talk = Talk(talk)
        try talk.report {
            let input = try FilePath.input(input)
            var job = VideoJob(
                input: input, style: try FilePath.input(style.style),
                output: output.map { FilePath($0) }, settings: painting.settings(steady))
            job.selection = stretch.selection
            job.encoder = EncoderSettings(crf: crf, preset: encoderPreset, pixelFormat: pixelFormat)
            (job.audio, job.measure, job.overwrite) = (!noAudio, !noMeasure, overwrite)
            (job.workFolder, job.restart, job.chunkLength) = (workDir.map { FilePath($0) }, restart, chunkFrames)
            job.destination = null ? .null : hash ? .digest : .file
            var run = talk.run(painting.threading)
            run.cache = cache
            return try job.run(run)
        } text: {
            $0.text(verbose: talk.options.verbose)
        }
    }
}

extension PaintReport {
    /// Where the paintings went.
    private var destination: String { digest.map { "SHA-256 \($0)" } ?? printable(output) }

    func text(verbose: Bool) -> String {
        var lines = [
            "\(destination): \(Figure.count(frames, "frame")) of \(width) x \(height) in "
                + "\(Figure.count(scenes, "scene")), painted in \(Figure.duration(seconds.total)) "
                + "(\(Figure.rate(framesPerSecond)))"
        ]
        if verbose {
            let s = seconds
            lines.append(
                "seconds at work: first pass \(Figure.fixed(s.firstPass, 2)), style \(Figure.fixed(s.style, 2)), "
                    + "read \(Figure.fixed(s.read, 2)), "
                    + (s.hold.map { "hold \(Figure.fixed($0, 2)), " } ?? "") + "paint \(Figure.fixed(s.paint, 2)), "
                    + (s.steady.map { "steady \(Figure.fixed($0, 2)), " } ?? "")
                    + "measure \(Figure.fixed(s.measure, 2)), write \(Figure.fixed(s.write, 2))"
                    + (peakMemoryBytes.map { "; peak memory \(Figure.bytes($0))" } ?? ""))
        }
        if let held { lines.append("held still \(Figure.percent(held)) of the picture") }
        if let reuse, reuse.network >= 0.005 {
            let stages = reuse.stages.sorted { $0.key < $1.key }.map { "\($0.key) \(Figure.percent($0.value))" }
            lines.append(
                "reused \(Figure.percent(reuse.network)) of the network's work"
                    + (verbose ? ": " + stages.joined(separator: ", ") : ""))
        }
        if let temporalLPIPS { lines.append(temporalLPIPS.text) }
        return lines.joined(separator: "\n")
    }
}
