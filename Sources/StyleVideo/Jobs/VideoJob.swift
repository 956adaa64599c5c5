import Machine
public import Media
import Pipeline
public import SystemPackage

/// Paints a clip: makes its score, plays it into the output, and reports. What `stylevideo IN --style PICTURE` does.
public struct VideoJob: Sendable {
    public var input: FilePath
    /// Which pictures paint it, and how.
    public var hand: Hand
    public var output: FilePath
    public var selection = Selection.all
    public var settings: Settings
    public var encoder = EncoderSettings()
    /// Whether ProRes 4444 keeps the source's transparency, where it has any, although the encoder's pixel format does
    /// not say so.
    public var mayKeepOpacity = false
    public var audio = SoundChoice.copy
    public var subtitles = SubtitleChoice.copy
    /// Whether temporal LPIPS is measured.
    public var measure = true
    public var overwrite = false
    /// Where the chunks of a long clip are gathered; nil: in a folder beside the output, `out.mp4.stylevideo`.
    public var workFolder: FilePath?
    /// Whether the first damage of the input is an error.
    public var isStrict = false
    /// Whether what an earlier run has left there is thrown away.
    public var restart = false
    /// About how many frames a chunk has; nil: as many as is usual. Another length gives other bytes.
    public var chunkLength: Int?
    /// Where the paintings go.
    public var destination = Destination.file

    public enum Destination: Sendable, Equatable {
        case file
        /// Pictures of their own, by the output's pattern (`shot%04d.png`), in the encoder's pixel format, rgb24 or
        /// rgb48be. They have no sound, no work folder and no claim: what a stopped run has written stays, each of it
        /// whole, and another run begins anew.
        case pictures
        /// Into an open descriptor, as YUV4MPEG2 in the encoder's pixel format, one of `Y4MWriter.pixelFormats`. It has
        /// no sound either, and a stopped run leaves what it has written.
        case stream(FileDescriptor)
        /// Nowhere: for measuring what comes before.
        case null
        /// Into a digest of their pixels and times, which the report has.
        case digest
    }

    /// The output is `defaultOutput` where none is named.
    public init(input: FilePath, hand: Hand, output: FilePath? = nil, settings: Settings = Settings()) {
        (self.input, self.hand, self.settings) = (input, hand, settings)
        self.output = output ?? Self.defaultOutput(for: input)
    }

    /// The name of the output where none is given: `in.mp4` gives `in.stylized.mp4` beside it.
    /// - Parameters:
    ///   - input: a clip, which need not be there.
    ///   - style: what the style is called, where it tells outputs apart: `in.monet.mp4`.
    public static func defaultOutput(for input: FilePath, style: String? = nil) -> FilePath {
        var output = input
        output.extension = nil
        let stem = output.lastComponent?.string ?? "output"
        return output.removingLastComponent().appending("\(stem).\(style ?? "stylized").mp4")
    }

    /// Does it all. Whatever goes wrong, no file of the output's name appears or changes, and no temporary file stays.
    /// A film of several chunks keeps those that are complete in its work folder, and the same job goes on from there.
    /// If another file has taken the name by the end, the finished one gets a free name beside it, which the error
    /// tells.
    /// - Throws: a `Trouble`: `MediaError`, `OutputError`, `JobError`, `Shortage`, errors of the weights; the reason of
    ///   the cancellation.
    public func run(_ run: Run = Run()) throws -> PaintReport {
        let claim = destination == .file ? try claim() : nil
        defer { claim?.lock.release() }
        if destination == .pictures { try checkPictures() }
        let workshop = try Workshop(self, run)
        do {
            if let claim { return try film(workshop, isDone: claim.isDone) }
            if holdsNoSound, audio != .none, workshop.source.information.streams.contains(where: { $0.kind == .audio })
            {
                workshop.notices.add(["the clip's sound stays behind: the output is of pictures alone"])
            }
            let looked = try workshop.lookThrough()
            return try whole(workshop, looked, into: sink(workshop, looked.look))
        } catch let error as Explained {
            throw error
        } catch {
            throw run.cancellation.reason ?? error
        }
    }

    private var holdsNoSound: Bool {
        switch destination {
        case .pictures, .stream: true
        case .file, .null, .digest: false
        }
    }

    /// What goes with the pictures is in that file; raw frames have nothing beside them.
    var carried: FilePath? { selection.raw == nil ? input : nil }

    /// All that is read, which nothing may be written over.
    var files: [FilePath] { Spool.files(behind: input) + hand.files }

    var folder: WorkFolder { workFolder.map { WorkFolder($0) } ?? WorkFolder(for: output) }

    /// Takes the lock of who makes the output, and looks whether it is there.
    /// - Throws: `Held`; as `checkOutput`.
    func claim() throws -> (lock: LockFile, isDone: Bool) {
        // Before, for what is wrong with the name should be said of it, and after, for another may have made it.
        _ = try isDone()
        let lock = try LockFile(WorkFolder.claim(on: output))
        return (lock, try isDone())
    }

    /// Whether this job's film bears the output's name.
    /// - Throws: as `checkOutput`, where it does not.
    func isDone() throws -> Bool {
        if !restart, folder.holds(film: output) { return true }
        try checkOutput()
        return false
    }

    /// Whether the output can have its name and place.
    /// - Throws: `OutputError`, `JobError`.
    public func checkOutput() throws {
        let isKnown = OutputFormat.named(output) != nil
        let endings = isKnown ? OutputFormat[encoder.container].endings : OutputFormat.table.flatMap(\.endings)
        do {
            try OutputCheck.check(output, inputs: files, extensions: endings, overwrite: overwrite)
        } catch {
            folder.clearIfLeft()
            OutputFile.removeRemains(of: output)
            LockFile.removeRemains(of: WorkFolder.claim(on: output))
            throw error
        }
        try folder.checkApart(from: files + [output])
        if let workFolder { try OutputCheck.checkFolder(workFolder.removingLastComponent(), for: workFolder) }
    }

    private func sink(_ workshop: Workshop, _ look: Look) throws -> any FrameSink {
        switch destination {
        case .pictures: return PictureWriter(PictureNames(output)!, replaces: overwrite)
        case .digest: return HashSink()
        case .file, .null: return NullSink()
        case .stream(let file):
            let (video, clip) = (workshop.source.information.video, workshop.clip)
            let writer = try Y4MWriter(
                file, name: PaintReport.nameOfStream, like: video, width: clip.width, height: clip.height,
                pixels: encoder.pixelFormat, grid: FrameGrid(look.index.ticks, of: video),
                check: workshop.run.cancellation.check)
            workshop.notices.add(writer.notices)
            return writer
        }
    }

    /// Whether the pictures can have their names and place.
    /// - Precondition: the output is a pattern.
    /// - Throws: `OutputError`: the first picture's, and of any that is there, or is read.
    public func checkPictures() throws {
        guard let names = PictureNames(output) else { preconditionFailure("a name without a number") }
        try OutputCheck.checkApart(names.existing.map(\.file), from: files)
        if !overwrite, let there = names.existing.first { throw OutputError.exists(file: there.file.string) }
        try OutputCheck.check(
            names.file(1), inputs: files, extensions: PictureFile.Format.endings, overwrite: overwrite)
    }

    /// Plays all of a score into one sink.
    func whole(
        _ workshop: Workshop, _ looked: (look: Look, seconds: Double), into sink: any FrameSink
    ) throws -> PaintReport {
        let (look, writer) = (looked.look, sink as? VideoWriter)
        workshop.notices.add(look.notices)
        let (frames, clip) = (look.score.frames, try workshop.fresh(look))
        let played = try workshop.play(frames, look.score, of: clip, into: sink, workshop.run.placing(look) { $0 - 1 })
        if workshop.hasGrown(clip, beyond: frames.count) { writer?.endSoundWithFrames() }
        let closing = ContinuousClock.now
        try workshop.run.cancellation.check()
        try writer.map { try $0.finish(replacing: overwrite) } ?? sink.finish()
        workshop.notices.add(clip.reader.notices + (writer?.notices ?? []))
        var steps = played.seconds
        steps["write", default: 0] += seconds(since: closing)
        let measures = look.score.chunks.reduce(into: Measures()) { $0.append(workshop.findings.take($1)) }
        var report = workshop.report(
            look, measures, painted: frames.count, firstPass: looked.seconds, steps)
        report.digest = (sink as? HashSink)?.digest
        return report
    }

    /// The score of the painting, with the digest of its source, to be kept: what another machine, or another day,
    /// plays.
    /// - Throws: as `run`.
    public func score(_ run: Run = Run()) throws -> Score {
        var job = self
        job.measure = false
        var score = try Workshop(job, run).look().score
        score.source.digest = try Digest.sha256(of: input)
        return score
    }
}

extension Workshop {
    /// Looks the clip through, and tells how many seconds that took.
    func lookThrough() throws -> (look: Look, seconds: Double) {
        let start = ContinuousClock.now
        return (try look(), seconds(since: start))
    }
}
