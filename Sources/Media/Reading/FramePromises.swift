internal import CFFmpeg
import Imaging

/// The frames that a stream's packets hold, each to come out at its packet's time, and which of them did not.
///
/// A decoder may pass over a packet without a word: of a damaged MPEG-2 clip of 20 frames 19 came out, and nothing was
/// said (libav 5.1). Those it is silent of count where every packet holds one shown frame. Elsewhere some hold none, a
/// field, a change of nothing, or a picture that leads to a key frame and hangs on what a cut has left out (open groups
/// of MPEG-2 and HEVC, which no decoder shows): those count where its log has called them an error.
struct FramePromises {
    /// Frames of which nothing came out.
    struct Broken {
        /// When they were to be shown.
        var times: [Int64] = []
        /// How many more there are, which were told of when their packets were.
        var told = 0
    }

    private let codec: AVCodecID
    private let nearest: Int64
    /// Whether every packet holds one shown frame.
    private var isOfWholes: Bool
    private var hasBegun = false
    /// How many packets were to be shown between the last two frames.
    private(set) var lastPassed = 0
    private var times: [Int64: Told] = [:]

    /// What has been said of a packet: nothing, an error in the decoder's log, or that it is damaged.
    enum Told { case not, inLog, already }

    /// - Parameter stream: the packets'.
    init(of stream: UnsafeMutablePointer<AVStream>) {
        codec = stream.pointee.codecpar.pointee.codec_id
        let properties = UInt32(avcodec_descriptor_get(codec)?.pointee.props ?? 0)
        isOfWholes =
            properties & UInt32(AV_CODEC_PROP_INTRA_ONLY) != 0 || Self.wholes.contains(codec)
        // An interlaced frame's second field may be a packet of its own, half a frame later.
        let (rate, clock) = (Rational(stream.pointee.avg_frame_rate), Rational(stream.pointee.time_base))
        nearest = rate.value > 0 && clock.value > 0 ? Int64(0.75 / (rate.value * clock.value)) : 0
    }

    /// A packet that the decoder has taken.
    mutating func make(_ packet: UnsafeMutablePointer<AVPacket>, told: Told) {
        let packet = packet.pointee
        guard packet.size > 0, packet.pts != sv_no_timestamp, packet.flags & AV_PKT_FLAG_DISCARD == 0 else { return }
        if !isHidden(packet) { times[packet.pts] = told }
    }

    /// Whether a packet holds a frame by itself that is not shown, as its first byte says (RFC 6386, 9.1; VP9's
    /// bitstream, 6.2). Most of VP9's lie before a shown one in the same packet, whose last byte says so (annex B).
    private func isHidden(_ packet: AVPacket) -> Bool {
        let first = packet.data[0]
        switch codec {
        case AV_CODEC_ID_VP8: return first & 0x10 == 0
        case AV_CODEC_ID_VP9:
            let head = first & 0x30 == 0x30 ? first << 1 : first
            return packet.data[Int(packet.size) - 1] & 0xE0 != 0xC0 && head & 0x0A == 0
        default: return false
        }
    }

    /// A packet that the decoder has refused, which is told of.
    mutating func refuse(at time: Int64) {
        if time != sv_no_timestamp { times[time] = .already }
    }

    /// A frame that has come out. Those before it do not come any more.
    mutating func keep(_ frame: UnsafeMutablePointer<AVFrame>) -> Broken {
        let time = frame.pointee.best_effort_timestamp
        guard time != sv_no_timestamp else {
            isOfWholes = false
            forget()
            return Broken()
        }
        times[time] = nil
        let passed = times.filter { $0.key < time }
        lastPassed = passed.count
        passed.keys.forEach { times[$0] = nil }
        let isFirst = !hasBegun
        hasBegun = true
        // What leads to the first frame may hang on one before it, of which nothing is left after a cut.
        let onlyTold = isFirst || frame.pointee.interlaced_frame != 0
        let apart = frame.pointee.interlaced_frame != 0 ? nearest : 0
        return broken(passed.filter { !onlyTold || $0.value != .not && $0.key + apart <= time })
    }

    /// - Returns: those that have not come out to the last.
    mutating func end() -> Broken {
        defer { forget() }
        return broken(times)
    }

    mutating func forget() {
        times.removeAll()
        hasBegun = false
    }

    /// Beside those that know no other frames than key frames.
    private static let wholes = [AV_CODEC_ID_VP8, AV_CODEC_ID_VP9, AV_CODEC_ID_DIRAC]

    private func broken(_ times: [Int64: Told]) -> Broken {
        let silent = times.filter { $0.value == .inLog || isOfWholes && $0.value == .not }
        return Broken(times: silent.keys.sorted(), told: times.count { $0.value == .already })
    }
}
