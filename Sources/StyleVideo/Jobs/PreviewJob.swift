import Imaging
import Machine
public import Media
import Pipeline
public import SystemPackage

/// Paints one moment of a clip, or a few frames from there on, as they will look in the whole, beside their source:
/// what `stylevideo preview` does.
public struct PreviewJob: Sendable {
    public var input: FilePath
    /// Which pictures paint it, and how.
    public var hand: Hand
    public var output: FilePath
    /// Seconds from the clip's start; the frame that is on the screen then is painted.
    public var moment: Double
    /// How many frames are painted, as a film without sound; nil: one, as a picture.
    public var frames: Int?
    /// How the clip is read.
    public var selection = Selection.all
    public var settings: Settings
    /// Of a picture, as of `ImageJob`; a film has its container's usual one.
    public var pixelFormat = EncodedPixels.rgb24
    public var overwrite = false

    public init(input: FilePath, hand: Hand, output: FilePath, moment: Double, settings: Settings = Settings()) {
        (self.input, self.hand, self.output) = (input, hand, output)
        (self.moment, self.settings) = (moment, settings)
    }

    /// - Throws: a `Trouble`: `MediaError`, `OutputError`, `JobError`, `Shortage`, errors of the weights; the reason of
    ///   the cancellation.
    public func run(_ run: Run = Run()) throws -> StillReport {
        precondition(frames ?? 1 > 0, "a preview of \(frames!) frames")
        let start = ContinuousClock.now
        try OutputCheck.check(
            output, inputs: Spool.files(behind: input) + hand.files, extensions: endings, overwrite: overwrite)
        let reader = try VideoReader(input, selection: selection, mapping: settings.toneMapping)
        let notices = Notices(run.notice)
        notices.add(reader.notices)
        let studio = try Studio(settings, hand, run)
        let clip = workingClip(reader, studio)
        let target = try target(clip, studio, run)
        defer { target.abandon() }
        try studio.network.checkMemory(
            for: clip, target.meter, settings.steady, hand.demand, beside: target.bytes(for: clip))
        let (found, score) = try seek(studio, target, run) ?? readAll(studio, target, run)
        notices.add(reader.notices + found.reader.notices + studio.hand.notices(on: found.times))
        let size = try target.finish(replacing: overwrite)
        notices.add(target.notices)
        var report = StillReport(
            input: Spool.shownName(input.string), style: hand.names.first, styles: hand.names.all,
            output: output.string, width: size.width, height: size.height, frame: found.number,
            moment: found.times.moment(of: found.number).rounded(digits: 6), notices: notices.all,
            seconds: seconds(since: start),
            settings: SettingsReport(
                settings, hand, studio.network, steady: settings.steady, still: frames == nil ? pixelFormat : nil),
            versions: Versions.all)
        guard frames != nil else { return report }
        report.frames = found.frames.count
        if let measured = target.meter?.size {
            report.temporalLPIPS = TemporalReport(
                target.measures(of: found.frames), of: found.frames, score, found.times.ticks, start: found.times.start,
                size: measured)
        }
        return report
    }

    /// What the output may end in.
    private var endings: [String] { frames == nil ? StillReport.extensions : OutputFormat.table.flatMap(\.endings) }

    private func workingClip(_ reader: VideoReader, _ studio: Studio) -> WorkingClip {
        WorkingClip(reader, settings: settings, format: pixelFormat.frameFormat, team: studio.network.team)
    }

    /// What takes the pictures: a still, or a film.
    private func target(_ clip: WorkingClip, _ studio: Studio, _ run: Run) throws -> any PreviewTarget {
        guard let frames else { return Still(output) }
        return try MovingPreview(
            output, like: clip, frames: frames, at: moment, team: studio.network.team, run)
    }

    /// By the container's own times, so that a film is decoded around the moment only.
    /// - Returns: nil where something on the way was not as the container says: only reading all tells then.
    private func seek(_ studio: Studio, _ target: any PreviewTarget, _ run: Run) throws -> (PreviewFrame, Score)? {
        let pass = FirstPass(
            input: input, selection: selection, run: run.attempt(), toneMapping: settings.toneMapping)
        guard let found = try MomentSearch(pass)?.find(moment, count: frames ?? 1) else { return nil }
        do {
            let score = try play(found, pass, studio, target)
            return found.reader.isCertain ? (found, score) : nil
        } catch {
            guard run.cancellation.reason == nil, !found.reader.isCertain else { throw error }
            return nil
        }
    }

    private func readAll(_ studio: Studio, _ target: any PreviewTarget, _ run: Run) throws -> (PreviewFrame, Score) {
        var pass = FirstPass(input: input, selection: selection, run: run, toneMapping: settings.toneMapping)
        let found = try PreviewFrame.byReadingAll(at: moment, count: frames ?? 1, &pass)
        return (found, try play(found, pass, studio, target))
    }

    /// Plays some frames of the clip's score, in which their own scenes are all that matters.
    private func play(
        _ moment: PreviewFrame, _ pass: FirstPass, _ studio: Studio, _ target: any PreviewTarget
    ) throws -> Score {
        let clip = workingClip(moment.reader, studio)
        let score = try Score(
            clip, moment.times,
            scenes: pass.scored(
                moment.shots, of: clip, by: FigureTaker(studio, like: clip), steady: settings.steady),
            studio: studio, settings: settings, output: Score.Output(encoding: EncoderSettings(), audio: .none))
        try target.begin()
        var run = pass.run
        // Painting one frame is no progress to tell.
        if frames == nil { run.progress = { _ in } }
        let masks = try moment.times.span.flatMap {
            try Masks(
                hand, input, of: clip, $0, team: studio.network.team, check: pass.run.cancellation.check)
        }
        let played = try Player(score: score, studio: studio, masks: masks)
            .play(moment.frames, of: clip, meter: target, into: target, run)
        guard played.frames == moment.frames.count else { throw MediaError.changed(input) }
        return score
    }
}

/// What a preview is made into: it sees source and painting, and keeps both side by side.
private protocol PreviewTarget: Meter, FrameSink {
    var meter: SteadinessMeter? { get }
    var notices: [String] { get }
    /// That keeping takes beside what painting does.
    func bytes(for clip: WorkingClip) -> Int
    /// Frames come, for the first time or anew.
    func begin() throws
    /// Brings the output to its end.
    func finish(replacing: Bool) throws -> (width: Int, height: Int)
    func measures(of frames: Range<Int>) -> Measures
    func abandon()
}

extension PreviewTarget {
    func finish() {}
}

/// One picture.
private final class Still: PreviewTarget {
    private let output: FilePath
    private var both: Frame?

    init(_ output: FilePath) { self.output = output }

    var meter: SteadinessMeter? { nil }
    var notices: [String] { [] }
    func bytes(for clip: WorkingClip) -> Int { 0 }
    func begin() {}
    func add(_ picture: Picture, startsScene: Bool) { both = picture.sideBySide(into: both) }
    func write(_ frame: Frame) {}
    func measures(of frames: Range<Int>) -> Measures { Measures() }
    func abandon() {}

    func finish(replacing: Bool) throws -> (width: Int, height: Int) {
        guard let both else { preconditionFailure("no picture was played") }
        try PictureFile.write(both, to: output, replacing: replacing)
        return (both.width, both.height)
    }
}

/// Frames that follow one another, as a film without sound.
private final class MovingPreview: PreviewTarget {
    private let make: () throws -> VideoWriter
    private var writer: VideoWriter
    private var isBegun = false
    private var both: Frame?
    private let findings = Findings()
    let meter: SteadinessMeter?

    init(
        _ output: FilePath, like clip: WorkingClip, frames: Int, at moment: Double, team: ThreadTeam, _ run: Run
    ) throws {
        var information = clip.reader.information
        information.chapters = []
        let (width, height) = clip.size
        let settings = try EncoderSettings(container: OutputFormat.named(output)?.container ?? .mp4)
        make = { [information] in
            try VideoWriter(
                output, like: information, width: 2 * width, height: height, settings: settings,
                selection: Selection(start: moment, frames: min(frames, Int(Int32.max))))
        }
        writer = try make()
        meter = try SteadinessMeter(for: clip, team: team, run, distances: findings.distances)
    }

    var notices: [String] { writer.notices }

    func bytes(for clip: WorkingClip) -> Int {
        clip.width * clip.height * (VideoWriter.bytesPerPixel(clip.format) + 2 * clip.format.bytesPerPixel)
    }

    func begin() throws {
        if isBegun {
            writer.abandon()
            writer = try make()
            meter?.startOver()
        }
        isBegun = true
    }

    func add(_ picture: Picture, startsScene: Bool) throws {
        try meter?.add(picture, startsScene: startsScene)
        let both = picture.sideBySide(into: both)
        self.both = both
        try writer.write(both)
    }

    func write(_ frame: Frame) {}

    func finish(replacing: Bool) throws -> (width: Int, height: Int) {
        try writer.finish(replacing: replacing)
        return (both!.width, both!.height)
    }

    func measures(of frames: Range<Int>) -> Measures { findings.take(frames) }
    func abandon() { writer.abandon() }
}

extension Picture {
    /// The source at the left, the painting at the right.
    /// - Parameter old: that may be written over.
    fileprivate func sideBySide(into old: Frame?) -> Frame {
        let (left, right) = (source.frame, frame.frame)
        let both = old ?? Frame(width: left.width + right.width, height: left.height, format: left.format)
        both.place = left.place
        both.place(left, x: 0, y: 0)
        both.place(right, x: left.width, y: 0)
        return both
    }
}
