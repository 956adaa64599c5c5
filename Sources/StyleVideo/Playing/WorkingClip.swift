import Imaging
import Machine
public import Media
public import Pipeline
import Tensors

/// A clip's frames at the size at which they are painted: the reader's, brought down where the settings say so.
final class WorkingClip: FrameSource {
    let reader: VideoReader
    let width: Int
    let height: Int
    /// Of its frames.
    let format: PixelFormat
    let toneMapping: ToneMapping
    private let reduction: (resampler: Resampler, source: Frame, team: ThreadTeam)?
    private let transparency: Transparency?

    /// - Parameter keepsOpacity: whether frames are told how opaque they are, where the source has transparency, and
    ///   have straight colours; else they are laid over black.
    init(
        _ reader: VideoReader, settings: Settings, format: PixelFormat = .rgb24, keepsOpacity: Bool = false,
        team: ThreadTeam
    ) {
        (self.reader, self.format, toneMapping) = (reader, format, settings.toneMapping)
        let video = reader.information.video
        (width, height) = settings.outputSize(width: video.width, height: video.height)
        transparency =
            keepsOpacity && reader.hasOpacity
            ? Transparency(reader, width: width, height: height, format: format, team: team) : nil
        guard transparency == nil else {
            reader.keepsOpacity = true
            reduction = nil
            return
        }
        if (width, height) == (video.width, video.height) {
            reduction = nil
        } else {
            let resampler = Resampler(
                filter: .lanczos3, sourceWidth: video.width, sourceHeight: video.height, width: width, height: height,
                format: format)
            reduction = (resampler, reader.makeFrame(format), team)
        }
    }

    var size: (width: Int, height: Int) { (width, height) }

    func makeFrame() -> Frame { Frame(width: width, height: height, format: format) }

    func advance() throws -> Place? { try reader.advance() }

    func picture(into frame: Frame) throws {
        if let transparency { return try transparency.picture(into: frame) }
        guard let reduction else { return try reader.picture(into: frame) }
        try reader.picture(into: reduction.source)
        reduction.resampler(reduction.source, into: frame, team: reduction.team)
        frame.place = reduction.source.place
    }

    /// About how many bytes are taken by what tells how opaque frames are.
    func bytesOfOpacity(_ steady: Steadiness) -> Int {
        transparency == nil ? 0 : Line.mostFrames(steady.reaches) * width * height * format.bytesPerPixel
    }

    func skip(to number: Int) throws {
        if reader.index != nil { try reader.seek(toFrame: number) }
    }

    /// Goes to a frame by its number.
    /// - Throws: besides the reader's errors, that the clip has changed where it has no such frame any more.
    func go(to number: Int) throws -> Place {
        try reader.seek(toFrame: number)
        guard let place = try advance(), place.number == number else {
            throw MediaError.changed(.init(reader.information.file))
        }
        return place
    }
}

extension VideoReader: FrameSource {
    var size: (width: Int, height: Int) { (information.video.width, information.video.height) }

    /// When the clip begins, in seconds of the source's clock. A stretch is treated as the whole clip: it starts with
    /// its first frame.
    /// - Parameter firstTime: that frame's, where it is known.
    func start(ofFrames firstTime: Double?) -> Double {
        (selection.start == nil ? nil : firstTime) ?? information.video.start.seconds
    }
}

extension VideoReader {
    /// When the frames that were noted are shown.
    func times(of index: FrameIndex) -> FrameTimes {
        let timeBase = information.video.timeBase
        let first = index.ticks.first.map { Timestamp($0, timeBase: timeBase).seconds }
        return FrameTimes(ticks: index.ticks, timeBase: timeBase, start: start(ofFrames: first))
    }
}

extension NullSink: FrameSink {}
extension HashSink: FrameSink {}

extension VideoWriter: FrameSink {}
extension EncodingTrial: FrameSink {}
extension PictureWriter: FrameSink {}
extension Y4MWriter: FrameSink {}
