import Imaging
import Machine
import Media
public import Pipeline
public import SystemPackage
import StyleKernel
import Tensors

/// Paints a picture, by its own statistics: what `stylevideo image` does.
public struct ImageJob: Sendable {
    public var input: FilePath
    public var style: FilePath
    public var output: FilePath
    public var settings: Settings
    public var overwrite = false

    public init(input: FilePath, style: FilePath, output: FilePath, settings: Settings) {
        (self.input, self.style, self.output, self.settings) = (input, style, output, settings)
    }

    /// - Throws: `MediaError`, `JobError`, errors of the weights; the reason of the cancellation.
    public func run(cancellation: Cancellation) throws -> StillReport {
        let start = ContinuousClock.now
        try OutputCheck.check(output, inputs: [input, style], extensions: StillReport.extensions, overwrite: overwrite)
        let picture = try PictureFile.read(input)
        let painter = try Painter(settings: settings, style: style)
        let source = painter.reduced(picture)
        try painter.checkMemory(width: source.width, height: source.height)
        let painted = Frame(width: source.width, height: source.height)
        try cancellation.check()
        painter.stylizer.paint(source, tokens: painter.tokens, statistics: nil, into: painted)
        try cancellation.check()
        try PictureFile.write(painted, to: output, replacing: overwrite)
        return StillReport(
            input: input.string, style: style.string, output: output.string, width: painted.width,
            height: painted.height, seconds: seconds(since: start), settings: SettingsReport(painter),
            versions: Versions.all)
    }
}

/// Paints one moment of a clip as it will look in the whole, beside its source: what `stylevideo preview` does.
public struct PreviewJob: Sendable {
    public var input: FilePath
    public var style: FilePath
    public var output: FilePath
    /// Seconds from the clip's start; the frame that is on the screen then is painted.
    public var moment: Double
    public var settings: Settings
    public var overwrite = false

    public init(input: FilePath, style: FilePath, output: FilePath, moment: Double, settings: Settings) {
        (self.input, self.style, self.output) = (input, style, output)
        (self.moment, self.settings) = (moment, settings)
    }

    /// - Throws: `MediaError`, `JobError`, errors of the weights; the reason of the cancellation.
    public func run(
        cancellation: Cancellation, progress: @escaping ProgressHandler, notice: @escaping @Sendable (String) -> Void
    ) throws -> StillReport {
        let start = ContinuousClock.now
        try OutputCheck.check(output, inputs: [input, style], extensions: StillReport.extensions, overwrite: overwrite)
        let reader = try VideoReader(input)
        let notices = Notices(notice)
        notices.add(reader.notices)
        let painter = try Painter(settings: settings, style: style)
        try painter.checkMemory(for: reader.information.video)
        let zero = reader.information.video.start.seconds
        let seen =
            try MomentSearch(in: input, cancellation: cancellation, progress: progress)?.see(moment, painter)
            ?? byReadingAll(reader, painter, cancellation, progress)
        notices.add(reader.notices + seen.notices)
        let source = painter.reduced(seen.source)
        let painted = Frame(width: source.width, height: source.height)
        painter.stylizer.paint(source, tokens: painter.tokens, statistics: seen.statistics, into: painted)
        let both = sideBySide(source, painted)
        try cancellation.check()
        try PictureFile.write(both, to: output, replacing: overwrite)
        return StillReport(
            input: input.string, style: style.string, output: output.string, width: both.width, height: both.height,
            frame: source.number, moment: (source.presentationTime.seconds - zero).rounded(digits: 6),
            notices: notices.all, seconds: seconds(since: start), settings: SettingsReport(painter),
            versions: Versions.all)
    }

    /// What the moment shows, for a clip of which only decoding all of it tells.
    private func byReadingAll(
        _ reader: VideoReader, _ painter: Painter, _ cancellation: Cancellation, _ progress: @escaping ProgressHandler
    ) throws -> MomentSearch.Seen {
        let scenes = try Scenes.find(in: input, selection: .all, cancellation: cancellation, progress: progress)
        let source = try frame(
            of: reader, startingAt: reader.information.video.start.seconds, cancellation)
        let scene = scenes.scene(of: source.number)
        let clip = WorkingClip(
            try scenes.reader(of: input, selection: .all), settings: painter.settings, team: painter.team)
        let statistics = try scenes.statistics(
            of: scene..<scene + 1, from: clip, painter: painter, cancellation: cancellation, progress: progress)
        return MomentSearch.Seen(source: source, statistics: statistics[0], notices: reader.notices)
    }

    /// The last frame whose time has come at the moment.
    private func frame(of clip: VideoReader, startingAt zero: Double, _ cancellation: Cancellation) throws -> Frame {
        var (shown, next) = (clip.makeFrame(), clip.makeFrame())
        var found = false
        while try clip.next(into: next) {
            try cancellation.check()
            // A microsecond of grace: people write 12.533333 for a frame at 12 + 8/15.
            guard next.presentationTime.seconds - zero <= moment + 1e-6 || !found else { return shown }
            (shown, next) = (next, shown)
            found = true
        }
        let last = shown.presentationTime.seconds - zero
        let length = last + (shown.duration?.seconds ?? 0)
        guard found, moment <= max(last, length) else {
            throw JobError.noFrame(file: input.string, moment: moment, length: length)
        }
        return shown
    }

    private func sideBySide(_ left: Frame, _ right: Frame) -> Frame {
        let both = Frame(width: left.width + right.width, height: left.height)
        both.withMutableBytes { target in
            for (frame, column) in [(left, 0), (right, left.width)] {
                frame.withBytes { source in
                    let length = 3 * frame.width
                    for y in 0..<frame.height {
                        let row = source[(y * frame.rowStride)..<(y * frame.rowStride + length)]
                        let place = y * both.rowStride + 3 * column
                        UnsafeMutableRawBufferPointer(rebasing: target[place..<(place + length)])
                            .copyMemory(from: UnsafeRawBufferPointer(rebasing: row))
                    }
                }
            }
        }
        return both
    }
}

extension Painter {
    /// A picture at the size at which the settings have it painted.
    func reduced(_ picture: Frame) -> Frame {
        let size = settings.outputSize(width: picture.width, height: picture.height)
        guard size != (picture.width, picture.height) else { return picture }
        let smaller = Frame(width: size.width, height: size.height)
        let resampler = Resampler(
            filter: .lanczos3, sourceWidth: picture.width, sourceHeight: picture.height, width: size.width,
            height: size.height)
        resampler(picture, into: smaller, team: team)
        smaller.place = picture.place
        return smaller
    }
}

/// What painting a still has done, as `--json` prints it.
public struct StillReport: Sendable, Codable {
    static let extensions = ["png", "jpg", "jpeg"]

    public var schema = 1
    public var input: String
    public var style: String
    public var output: String
    public var width: Int
    public var height: Int
    /// Of a preview: the frame's number and moment in seconds.
    public var frame: Int?
    public var moment: Double?
    public var notices: [String] = []
    public var seconds: Double
    public var settings: SettingsReport
    public var versions: [String: String]
}
