internal import CFFmpeg
public import Imaging

/// Encodes a few frames and keeps nothing of them but their lengths, by which those of many are reckoned.
// Sendable: used by one thread at a time.
public final class EncodingTrial: @unchecked Sendable {
    /// Frames' lengths in bytes: of those at which decoding can begin, and of all others.
    private struct Lengths {
        var (count, bytes) = (0, 0)
        var mean: Double { Double(bytes) / Double(max(count, 1)) }
    }

    private let track: VideoTrack
    private var (keys, others) = (Lengths(), Lengths())

    /// - Parameters: as of `VideoWriter`.
    /// - Throws: `MediaError`: encoderMissing, refused.
    public init(like information: ClipInformation, width: Int, height: Int, settings: EncoderSettings) throws {
        let encoder = try VideoEncoder(
            file: information.file, like: information.video, width: width, height: height, settings: settings)
        track = VideoTrack(encoder, like: information.video, width: width, height: height, zero: nil)
    }

    /// As `VideoWriter.write`.
    public func write(_ frame: Frame) throws { try track.write(frame, to: add) }

    public func finish() throws { try track.finish(to: add) }

    /// About how many bytes a file takes of so many frames, some of which are keys: rather too many than too few.
    public func bytes(frames: Int, keys count: Int) -> Int {
        let pictures = keys.mean * Double(count) + (others.count > 0 ? others : keys).mean * Double(frames - count)
        // Codecs of which each frame stands alone do not look ahead.
        return Int(pictures * (others.count > 0 ? Self.foresight : 1.1)) + frames * Self.bytesOfIndex + Self.bytesOfHead
    }

    /// libx264 looks 40 frames ahead, and spends more on what they will refer to: six clips took 0.9 to 1.73 times what
    /// eight of their frames say, and 0.9 to 1.92 times what six do.
    private static let foresight = 1.75

    /// What MP4 keeps of each frame (length, time, place), and once.
    private static let (bytesOfIndex, bytesOfHead) = (16, 2048)

    private func add(_ packet: UnsafeMutablePointer<AVPacket>) {
        let bytes = Int(packet.pointee.size)
        if packet.pointee.flags & AV_PKT_FLAG_KEY != 0 {
            (keys.count, keys.bytes) = (keys.count + 1, keys.bytes + bytes)
        } else {
            (others.count, others.bytes) = (others.count + 1, others.bytes + bytes)
        }
    }
}
