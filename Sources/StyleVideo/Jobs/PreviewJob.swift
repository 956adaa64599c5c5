import Imaging
import Machine
public import Media
import Pipeline
public import SystemPackage

/// Paints one moment of a clip as it will look in the whole, beside its source: what `stylevideo preview` does.
public struct PreviewJob: Sendable {
    public var input: FilePath
    /// Which pictures paint it, and how.
    public var hand: Hand
    public var output: FilePath
    /// Seconds from the clip's start; the frame that is on the screen then is painted.
    public var moment: Double
    /// How the clip is read.
    public var selection = Selection.all
    public var settings: Settings
    public var overwrite = false

    public init(input: FilePath, hand: Hand, output: FilePath, moment: Double, settings: Settings = Settings()) {
        (self.input, self.hand, self.output) = (input, hand, output)
        (self.moment, self.settings) = (moment, settings)
    }

    /// - Throws: a `Trouble`: `MediaError`, `OutputError`, `JobError`, `Shortage`, errors of the weights; the reason of
    ///   the cancellation.
    public func run(_ run: Run = Run()) throws -> StillReport {
        let start = ContinuousClock.now
        try OutputCheck.check(
            output, inputs: [input] + hand.files, extensions: StillReport.extensions, overwrite: overwrite)
        let reader = try VideoReader(input, selection: selection, mapping: settings.toneMapping)
        let notices = Notices(run.notice)
        notices.add(reader.notices)
        let studio = try Studio(settings, hand, run)
        let clip = WorkingClip(reader, settings: settings, team: studio.network.team)
        try studio.network.checkMemory(for: clip, nil, settings.steady, hand.demand)
        let (found, still) = try seek(studio, run) ?? readAll(studio, run)
        notices.add(reader.notices + found.reader.notices)
        let both = still.sideBySide
        try PictureFile.write(both, to: output, replacing: overwrite)
        let zero = reader.information.video.start.seconds
        return StillReport(
            input: Spool.shownName(input.string), style: hand.names.first, styles: hand.names.all,
            output: output.string, width: both.width, height: both.height, frame: found.number,
            moment: (both.place.presentationTime.seconds - zero).rounded(digits: 6),
            notices: notices.all, seconds: seconds(since: start),
            settings: SettingsReport(settings, hand, studio.network, steady: settings.steady),
            versions: Versions.all)
    }

    /// By the container's own times, so that a film is decoded around the moment only.
    /// - Returns: nil where something on the way was not as the container says: only reading all tells then.
    private func seek(_ studio: Studio, _ run: Run) throws -> (PreviewFrame, Still)? {
        let pass = FirstPass(
            input: input, selection: selection, run: run.attempt(), toneMapping: settings.toneMapping)
        guard let found = try MomentSearch(pass)?.find(moment) else { return nil }
        do {
            let still = try play(found, pass, studio)
            return found.reader.isCertain ? (found, still) : nil
        } catch {
            guard run.cancellation.reason == nil, !found.reader.isCertain else { throw error }
            return nil
        }
    }

    private func readAll(_ studio: Studio, _ run: Run) throws -> (PreviewFrame, Still) {
        var pass = FirstPass(input: input, selection: selection, run: run, toneMapping: settings.toneMapping)
        let found = try PreviewFrame.byReadingAll(at: moment, &pass)
        return (found, try play(found, pass, studio))
    }

    /// Plays one frame of the clip's score, in which its own scene is all that matters.
    private func play(_ moment: PreviewFrame, _ pass: FirstPass, _ studio: Studio) throws -> Still {
        let clip = WorkingClip(moment.reader, settings: settings, team: studio.network.team)
        let score = try Score(
            clip, moment.times,
            scenes: pass.scored([moment.shot], of: clip, by: studio.network, steady: settings.steady),
            studio: studio, settings: settings, output: Score.Output(encoding: EncoderSettings(), audio: .none))
        let still = Still()
        let played = try Player(score: score, studio: studio)
            .play(moment.number..<moment.number + 1, of: clip, meter: still, into: still, run(pass))
        guard played.frames == 1 else { throw MediaError.changed(input) }
        return still
    }

    /// Painting one frame is no progress to tell.
    private func run(_ pass: FirstPass) -> Run {
        var run = pass.run
        run.progress = { _ in }
        return run
    }
}

/// Keeps the one picture that a line plays.
private final class Still: Meter, FrameSink {
    private var picture: Picture?

    func add(_ picture: Picture, startsScene: Bool) { self.picture = picture }
    func write(_ frame: Frame) {}
    func finish() {}

    /// The source at the left, the painting at the right.
    var sideBySide: Frame {
        guard let picture else { preconditionFailure("no picture was played") }
        let (left, right) = (picture.source.frame, picture.frame.frame)
        let both = Frame(width: left.width + right.width, height: left.height)
        both.place = left.place
        both.withMutableBytes { target in
            for (frame, column) in [(left, 0), (right, left.width)] {
                frame.withBytes { source in
                    let length = frame.format.bytesPerPixel * frame.width
                    for y in 0..<frame.height {
                        let row = source[(y * frame.rowStride)..<(y * frame.rowStride + length)]
                        let place = y * both.rowStride + frame.format.bytesPerPixel * column
                        UnsafeMutableRawBufferPointer(rebasing: target[place..<(place + length)])
                            .copyMemory(from: UnsafeRawBufferPointer(rebasing: row))
                    }
                }
            }
        }
        return both
    }
}
