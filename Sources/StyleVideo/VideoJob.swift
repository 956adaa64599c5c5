import Imaging
import Machine
public import Media
import Perception
public import Pipeline
import StyleKernel
import Synchronization
public import SystemPackage
import Tensors
import Weights

/// Paints a clip: what `stylevideo IN --style PICTURE` does.
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

    public init(input: FilePath, style: FilePath, output: FilePath, settings: Settings) {
        (self.input, self.style, self.output, self.settings) = (input, style, output, settings)
    }

    /// The name of the output where none is given: `in.mp4` gives `in.stylized.mp4` beside it.
    public static func defaultOutput(for input: FilePath) -> FilePath {
        var output = input
        output.extension = nil
        let stem = output.lastComponent?.string ?? "output"
        return output.removingLastComponent().appending("\(stem).stylized.mp4")
    }

    /// Does it all. Whatever goes wrong, no file of the output's name appears or changes, and no temporary file stays. If another file has
    /// taken the name by the end, the finished one gets a free name beside it, which the error tells.
    /// - Parameters:
    ///   - notice: is told what a user should know, as soon as it is known.
    /// - Throws: `MediaError`, `JobError`, errors of the weights; the reason of the cancellation.
    public func run(
        cancellation: Cancellation, progress: @escaping ProgressHandler, notice: @escaping @Sendable (String) -> Void
    ) throws -> PaintReport {
        let start = ContinuousClock.now
        try OutputCheck.check(
            output, inputs: [input, style], extensions: OutputFormat[encoder.container].endings, overwrite: overwrite)
        let reader = try VideoReader(input, selection: selection)
        let painter = try Painter(settings: settings, style: style)
        let clip = WorkingClip(reader, settings: settings, team: painter.team)
        try painter.checkMemory(for: reader.information.video)
        // Made before the long work, so that what they cannot do is told at once.
        let meter = try measure ? SteadinessMeter(for: clip, team: painter.team) : nil
        let writer = try VideoWriter(
            output, like: reader.information, width: clip.width, height: clip.height, settings: encoder,
            audioFrom: audio ? input : nil, selection: selection)
        let notices = Notices(notice)
        notices.add(reader.notices + writer.notices)
        if measure, meter == nil {
            notices.add(["frames of \(clip.width) x \(clip.height) are too small for LPIPS, which is not measured"])
        }
        do {
            return try paint(clip, painter, meter, writer, since: start, cancellation, progress, notices)
        } catch {
            writer.abandon()
            throw cancellation.reason ?? error
        }
    }

    private func paint(
        _ clip: WorkingClip, _ painter: Painter, _ meter: SteadinessMeter?, _ writer: VideoWriter,
        since start: ContinuousClock.Instant, _ cancellation: Cancellation, _ progress: @escaping ProgressHandler,
        _ notices: Notices
    ) throws -> PaintReport {
        let reader = clip.reader
        let passStart = ContinuousClock.now
        let scenes = try Scenes.find(
            in: input, selection: selection, cancellation: cancellation, progress: progress)
        let samples = WorkingClip(
            try scenes.reader(of: input, selection: selection), settings: painter.settings, team: painter.team)
        let statistics = try scenes.statistics(
            of: 0..<scenes.count, from: samples, painter: painter, cancellation: cancellation, progress: progress)
        let passSeconds = seconds(since: passStart)
        let line = PaintLine(
            clip: clip, painter: painter, scenes: scenes, statistics: statistics, meter: meter, writer: writer,
            cancellation: cancellation, progress: progress)
        let spent = try line.run()
        guard writer.frameCount == scenes.frameCount else { throw Scenes.changed(input) }
        if reader.frameCount > scenes.frameCount {
            writer.endSoundWithFrames()
            notices.add(["the source has grown since it was first read; what came later is left out"])
        }
        let closing = ContinuousClock.now
        try cancellation.check()
        try writer.finish(replacing: overwrite)
        notices.add(reader.notices + writer.notices)
        let total = seconds(since: start)
        let begin = reader.start(ofFrames: meter?.source.firstTime)
        let stages = PaintReport.StageSeconds(
            total: total, firstPass: passSeconds, style: painter.styleSeconds, read: spent.read, paint: spent.paint,
            measure: spent.measure, write: spent.write + seconds(since: closing))
        return PaintReport(
            input: input.string, style: style.string, output: output.string, width: clip.width,
            height: clip.height, frames: writer.frameCount, scenes: scenes.count, sceneStarts: scenes.starts,
            seconds: stages, framesPerSecond: Double(writer.frameCount) / max(total, 1e-9),
            peakMemoryBytes: Memory.peak,
            temporalLPIPS: meter.flatMap {
                TemporalReport(
                    output: $0.painted, start: begin, input: $0.source, inputStart: begin,
                    measured: "painted frames before encoding")
            }, settings: SettingsReport(painter, encoder: encoder, selection: selection, audio: audio),
            notices: notices.all, versions: Versions.all)
    }
}

/// The painting's temporal LPIPS and its source's, frame by frame.
// Sendable: used by the stage that measures, and after that has ended by the one who reports.
final class SteadinessMeter: @unchecked Sendable {
    private(set) var painted: TemporalLPIPS
    private(set) var source: TemporalLPIPS

    /// Nil for frames too small to measure.
    /// - Throws: errors of the weights that come with the program.
    init?(for clip: WorkingClip, team: ThreadTeam) throws {
        guard min(clip.width, clip.height) >= LPIPS.minimumSide else { return nil }
        let lpips = try LPIPS(weights: Resources.path(of: "lpips-alex.safetensors"), team: team)
        (painted, source) = (TemporalLPIPS(lpips), TemporalLPIPS(lpips))
    }

    func add(source frame: Frame, painted painting: Frame, startsScene: Bool) throws {
        try source.add(frame, startsScene: startsScene)
        try painted.add(painting, startsScene: startsScene)
    }
}

/// What a user is told on the way, each thing once.
final class Notices: Sendable {
    private let collected = Mutex<[String]>([])
    private let tell: @Sendable (String) -> Void

    init(_ tell: @escaping @Sendable (String) -> Void) { self.tell = tell }

    func add(_ notices: [String]) {
        for notice in notices {
            let isNew = collected.withLock { all in
                if all.contains(notice) { return false }
                all.append(notice)
                return true
            }
            if isNew { tell(printable(notice)) }
        }
    }

    var all: [String] { collected.withLock { $0 } }
}
