internal import CFFmpeg
import Imaging

/// The pictures alone: frames in, packets out on the output's clock, each once the encoder lets it go.
final class VideoTrack {
    typealias Sink = (UnsafeMutablePointer<AVPacket>) throws -> Void

    let encoder: VideoEncoder
    let width: Int
    let height: Int
    private let video: ClipInformation.Video
    /// The tick of the source's clock that is the output's zero; nil until the first frame of a stretch says it.
    private(set) var zero: Int64?
    /// The last frame's time and duration, in ticks of the source's clock.
    private(set) var last: (time: Int64, duration: Int64)?
    private(set) var frameCount = 0

    /// - Parameter zero: nil: the first frame's time.
    init(_ encoder: VideoEncoder, like video: ClipInformation.Video, width: Int, height: Int, zero: Int64?) {
        (self.encoder, self.video, self.zero) = (encoder, video, zero)
        (self.width, self.height) = (width, height)
    }

    var timeBase: AVRational { encoder.context.pointee.time_base }
    var zeroTime: Timestamp { Timestamp(zero ?? 0, timeBase: video.timeBase) }
    /// Where the last frame ends, in ticks of the source's clock.
    var end: Int64? { last.map { $0.time + $0.duration } }

    func write(_ frame: Frame, to sink: Sink) throws {
        precondition(frame.width == width && frame.height == height, "a frame of another size than the writer's")
        precondition(frame.presentationTime.timeBase == video.timeBase, "a frame of another clock")
        let source = frame.presentationTime.value
        precondition(last.map { $0.time < source } ?? true, "frames out of order")
        // A first frame before the output's zero would be cut off by a player: HEVC entered in mid-stream begins before
        // the time that its stream says.
        let zero = min(zero ?? source, source)
        self.zero = zero
        let duration = frame.duration?.value ?? video.usualDuration
        last = (source, duration)
        try encoder.encode(frame, time: source - zero, duration: duration, to: sink)
        frameCount += 1
    }

    /// The packets that the encoder still holds.
    func finish(to sink: Sink) throws {
        if frameCount > 0 { try encoder.finish(to: sink) }
    }
}
