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

    /// Does it all. Whatever goes wrong, no file of the output's name appears or changes, and no temporary file stays.
    /// If another file has taken the name by the end, the finished one gets a free name beside it, which the error
    /// tells.
    /// - Throws: a `Trouble`: `MediaError`, `OutputError`, `JobError`, `Shortage`, errors of the weights; the reason of
    ///   the cancellation.
    public func run(_ run: Run = Run()) throws -> PaintReport {
        let start = ContinuousClock.now
        if destination == .file {
            let endings = OutputFormat[encoder.container].endings
            try OutputCheck.check(output, inputs: [input, style], extensions: endings, overwrite: overwrite)
        }
        let source = try VideoReader(input, selection: selection)
        let studio = try Studio(settings, style: style, run)
        let clip = WorkingClip(source, settings: settings, team: studio.network.team)
        // Made before the long work, so that what they cannot do is told at once.
        let meter = try measure ? SteadinessMeter(for: clip, team: studio.network.team, run) : nil
        try studio.network.checkMemory(for: clip, meter, settings.steady)
        let sink = try sink(for: clip)
        let writer = sink as? VideoWriter
        let notices = Notices(run.notice)
        notices.add(source.notices + (writer?.notices ?? []))
        let cache = studio.network.cache(run.cache, for: clip, meter, settings.steady, notices)
        if measure, meter == nil {
            notices.add(["frames of \(clip.width) x \(clip.height) are too small for LPIPS, which is not measured"])
        }
        do {
            let pass = ContinuousClock.now
            let score = try score(of: clip, studio, run)
            let firstPass = seconds(since: pass)
            var played = try Player(score: score, studio: studio, cache: cache)
                .play(score.frames, of: clip, meter: meter, into: sink, run)
            guard played.line.frames == score.source.frames else { throw MediaError.changed(input) }
            if source.frameCount > score.source.frames {
                writer?.endSoundWithFrames()
                notices.add(["the source has grown since it was first read; what came later is left out"])
            }
            let closing = ContinuousClock.now
            try run.cancellation.check()
            try writer.map { try $0.finish(replacing: overwrite) } ?? sink.finish()
            notices.add(source.notices + (writer?.notices ?? []))
            played.line.seconds["write", default: 0] += seconds(since: closing)
            let stages = PaintReport.StageSeconds(
                total: seconds(since: start), firstPass: firstPass, style: studio.styles.clock.seconds,
                played.line.seconds)
            var report = PaintReport(self, score, studio.network, clip, meter, stages, notices.all)
            report.held = played.held
            report.digest = (sink as? HashSink)?.digest
            return report
        } catch {
            writer?.abandon()
            throw run.cancellation.reason ?? error
        }
    }

    private func sink(for clip: WorkingClip) throws -> any FrameSink {
        switch destination {
        case .null: NullSink()
        case .digest: HashSink()
        case .file:
            try VideoWriter(
                output, like: clip.reader.information, width: clip.width, height: clip.height, settings: encoder,
                audioFrom: audio ? input : nil, selection: selection)
        }
    }

    /// The score of the painting, with the digest of its source, to be kept: what another machine, or another day,
    /// plays.
    /// - Throws: as `run`.
    public func score(_ run: Run = Run()) throws -> Score {
        let studio = try Studio(settings, style: style, run)
        let clip = WorkingClip(
            try VideoReader(input, selection: selection), settings: settings, team: studio.network.team)
        try studio.network.checkMemory(for: clip, nil, settings.steady)
        var score = try score(of: clip, studio, run)
        score.source.digest = try Digest.sha256(of: input)
        return score
    }

    private func score(of clip: WorkingClip, _ studio: Studio, _ run: Run) throws -> Score {
        let pass = FirstPass(input: input, selection: selection, run: run)
        let seen = try pass.look()
        let samples = WorkingClip(seen.reader, settings: settings, team: studio.network.team)
        let ranges = (0..<seen.scenes.count).map(seen.scenes.frames)
        let scenes = try pass.scored(ranges, of: samples, by: studio.network, steady: settings.steady)
        return try Score(
            clip, frames: seen.scenes.frameCount, scenes: scenes, studio: studio, steady: settings.steady,
            output: Score.Output(encoding: encoder, audio: audio))
    }
}
