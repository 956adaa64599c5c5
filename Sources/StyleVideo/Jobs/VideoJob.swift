import Machine
public import Media
import Pipeline
public import SystemPackage

/// Paints a clip: makes its score, plays it into the output, and reports. What `stylevideo IN --style PICTURE` does.
public struct VideoJob: Sendable {
    public var input: FilePath
    public var style: FilePath
    public var output: FilePath
    public var selection = Selection.all
    public var settings: Settings
    public var encoder = EncoderSettings()
    /// Whether the input's sound is carried over.
    public var audio = true
    /// Whether temporal LPIPS is measured.
    public var measure = true
    public var overwrite = false
    /// Where the chunks of a long clip are gathered; nil: in a folder beside the output, `out.mp4.stylevideo`.
    public var workFolder: FilePath?
    /// Whether what an earlier run has left there is thrown away.
    public var restart = false
    /// About how many frames a chunk has; nil: as many as is usual. Another length gives other bytes.
    public var chunkLength: Int?
    /// Where the paintings go.
    public var destination = Destination.file

    public enum Destination: Sendable {
        case file
        /// Nowhere: for measuring what comes before.
        case null
        /// Into a digest of their pixels and times, which the report has.
        case digest
    }

    /// The output is `defaultOutput` where none is named.
    public init(input: FilePath, style: FilePath, output: FilePath? = nil, settings: Settings = Settings()) {
        (self.input, self.style, self.settings) = (input, style, settings)
        self.output = output ?? Self.defaultOutput(for: input)
    }

    /// The name of the output where none is given: `in.mp4` gives `in.stylized.mp4` beside it.
    public static func defaultOutput(for input: FilePath) -> FilePath {
        var output = input
        output.extension = nil
        let stem = output.lastComponent?.string ?? "output"
        return output.removingLastComponent().appending("\(stem).stylized.mp4")
    }

    /// Does it all. Whatever goes wrong, no file of the output's name appears or changes, and no temporary file stays. A
    /// film of several chunks keeps those that are complete in its work folder, and the same job goes on from there.
    /// If another file has taken the name by the end, the finished one gets a free name beside it, which the error
    /// tells.
    /// - Throws: a `Trouble`: `MediaError`, `OutputError`, `JobError`, `Shortage`, errors of the weights; the reason of
    ///   the cancellation.
    public func run(_ run: Run = Run()) throws -> PaintReport {
        let isDone = destination == .file && !restart && folder.holds(film: output)
        if destination == .file, !isDone { try checkOutput() }
        let workshop = try Workshop(self, run)
        do {
            return destination == .file
                ? try film(workshop, isDone: isDone) : try whole(workshop, workshop.lookThrough(), into: sink())
        } catch let error as Explained {
            throw error
        } catch {
            throw run.cancellation.reason ?? error
        }
    }

    private var folder: WorkFolder { workFolder.map { WorkFolder($0) } ?? WorkFolder(for: output) }

    func checkOutput() throws {
        let endings = OutputFormat[encoder.container].endings
        try OutputCheck.check(output, inputs: [input, style], extensions: endings, overwrite: overwrite)
    }

    private func sink() -> any FrameSink { destination == .digest ? HashSink() : NullSink() }

    /// Paints into a file: all at once where it is one chunk, else in a folder.
    private func film(_ workshop: Workshop, isDone: Bool) throws -> PaintReport {
        if restart { try folder.startOver() }
        let known = try known(workshop, isDone: isDone)
        if isDone, known == nil { try checkOutput() }
        // Made now, so that what it cannot do is told at once.
        let writer = try writer(for: workshop)
        defer { writer.abandon() }
        if let known { return try film(workshop, known, firstPass: nil, isDone: isDone) }
        let (look, seconds) = try workshop.lookThrough()
        let room = Room(score: look.score)
        try room.check(output.removingLastComponent())
        guard look.score.chunks.count > 1 else {
            do {
                return try whole(workshop, (look, seconds), into: writer)
            } catch {
                throw room.explain(error, written: (writer.frameCount, FilmMark(writer.temporary)?.bytes ?? 0))
            }
        }
        writer.abandon()
        return try film(workshop, ledger(workshop, look, writer), firstPass: seconds)
    }

    private func ledger(
        _ workshop: Workshop, _ look: Look, _ writer: VideoWriter, isPlanned: Bool = false
    ) throws -> Ledger {
        var look = look
        look.score.source.digest = try Digest.sha256(of: input)
        look.notices = workshop.source.notices + writer.notices + look.notices
        return Ledger(folder, workshop.commission(look, isPlanned: isPlanned))
    }

    /// Writes down what is to be painted, and paints nothing.
    func plan(_ run: Run) throws -> Ledger {
        let isDone = !restart && folder.holds(film: output)
        if !isDone { try checkOutput() }
        let workshop = try Workshop(self, run)
        if restart { try folder.startOver() }
        if let known = try known(workshop, isDone: isDone) { return known }
        if isDone { try checkOutput() }
        let writer = try writer(for: workshop)
        defer { writer.abandon() }
        let look = try workshop.look()
        try Room(score: look.score).check(output.removingLastComponent())
        let ledger = try ledger(workshop, look, writer, isPlanned: true)
        try folder.make()
        let lock = try LockFile(folder.lock)
        defer { lock.release() }
        try folder.write(ledger.commission, to: folder.job)
        return ledger
    }

    private func writer(for workshop: Workshop) throws -> VideoWriter {
        let writer = try VideoWriter(
            output, like: workshop.source.information, width: workshop.clip.width, height: workshop.clip.height,
            settings: encoder, audioFrom: audio ? input : nil, selection: selection)
        workshop.notices.add(writer.notices)
        return writer
    }

    /// Paints in a folder.
    /// - Parameter firstPass: seconds that it took; nil where the folder was there.
    private func film(
        _ workshop: Workshop, _ ledger: Ledger, firstPass: Double?, isDone: Bool = false
    ) throws -> PaintReport {
        var film = Film(workshop, ledger)
        guard !isDone else { return film.report() }
        try folder.make()
        let lock = try LockFile(folder.lock)
        defer { lock.release() }
        do {
            if firstPass == nil { try film.goOn() } else { try film.begin() }
            return try film.finish(firstPass: firstPass ?? 0)
        } catch {
            throw film.leave(after: workshop.run.cancellation.reason ?? error, isNew: firstPass != nil)
        }
    }

    /// What an earlier run of the same job has left.
    /// - Throws: `JobError` otherJob.
    private func known(_ workshop: Workshop, isDone: Bool) throws -> Ledger? {
        guard let found = try folder.commission() else { return nil }
        let differences = try workshop.differences(from: found)
        let all = differences.job + differences.machine
        guard !all.isEmpty else { return Ledger(folder, found) }
        guard isDone else { throw JobError.otherJob(folder: folder.path.string, differences: all) }
        // Its film is complete, and only the folder was left behind.
        try checkOutput()
        folder.clear()
        return nil
    }

    /// Plays all of a score into one sink.
    private func whole(
        _ workshop: Workshop, _ looked: (look: Look, seconds: Double), into sink: any FrameSink
    ) throws -> PaintReport {
        let (look, writer) = (looked.look, sink as? VideoWriter)
        let frames = look.score.frames
        let played = try workshop.play(frames, look.score, of: workshop.clip, into: sink, workshop.run)
        if workshop.hasGrown(beyond: frames.count) { writer?.endSoundWithFrames() }
        let closing = ContinuousClock.now
        try workshop.run.cancellation.check()
        try writer.map { try $0.finish(replacing: overwrite) } ?? sink.finish()
        workshop.notices.add(workshop.source.notices + (writer?.notices ?? []))
        var steps = played.seconds
        steps["write", default: 0] += seconds(since: closing)
        let measures = look.score.chunks.reduce(into: Measures()) { $0.append(workshop.findings.take($1)) }
        var report = workshop.report(look, measures, firstPass: looked.seconds, steps)
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
    fileprivate func lookThrough() throws -> (look: Look, seconds: Double) {
        let start = ContinuousClock.now
        return (try look(), seconds(since: start))
    }
}
