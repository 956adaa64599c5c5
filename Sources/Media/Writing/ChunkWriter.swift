internal import CFFmpeg
public import Imaging
import Machine
public import SystemPackage

/// What a chunk's file holds. Times are ticks of the source's clock.
public struct ChunkContent: Codable, Sendable, Hashable {
    public var frames: Int
    /// When its first and its last frame are shown, and when that ends.
    public var first, last, end: Int64
    /// How much earlier its first frame is decoded than shown.
    public var lead: Int64
    /// How long the frame is shown that is decoded last.
    public var tail: Int64

    public init(frames: Int, first: Int64, last: Int64, end: Int64, lead: Int64, tail: Int64) {
        (self.frames, self.first, self.last, self.end) = (frames, first, last, end)
        (self.lead, self.tail) = (lead, tail)
    }
}

/// A stretch of a film as a file of its own: its pictures alone, encoded for themselves, for `ChunkJoin` to put
/// together with others.
///
/// Written under a temporary name beside the target; `finish` gives it the target's name. A writer that is dropped
/// without `finish` takes its temporary file away.
// Sendable: used by one thread at a time.
public final class ChunkWriter: @unchecked Sendable {
    private let track: VideoTrack
    private let file: OutputFile
    private let muxer: Muxer
    private let stream: Int
    private var isOpen = true
    private var lead: Int64?
    private var tail: Int64 = 0

    /// - Parameters: as of `VideoWriter`.
    /// - Throws: `OutputError`; `MediaError`: encoderMissing, refused, output.
    public init(
        _ target: FilePath, like information: ClipInformation, width: Int, height: Int, settings: EncoderSettings
    ) throws {
        let encoder = try VideoEncoder(
            file: target.string, like: information.video, width: width, height: height, settings: settings)
        track = VideoTrack(encoder, like: information.video, width: width, height: height, zero: nil)
        // A link in a work folder may lead to anything, which is nobody's to replace.
        let file = try OutputFile(target: target, temporary: nil, followsLinks: false)
        self.file = file
        do {
            muxer = try Muxer(file.temporary, file: target.string, format: .ofChunks(settings))
            stream = try muxer.addVideo(encoder, like: information)
            try muxer.writeHeader(videoTimescale: information.video.timeBase.denominator)
        } catch {
            file.remove()
            throw error
        }
    }

    deinit { abandon() }

    /// As `VideoWriter.write`.
    public func write(_ frame: Frame) throws { try track.write(frame, to: add) }

    /// Brings the file safely to the disk, and gives it its name in place of what bore it.
    /// - Precondition: a frame has been written.
    public func finish() throws -> ChunkContent {
        precondition(isOpen, "a writer that is closed")
        guard let first = track.zero, let last = track.last else { preconditionFailure("a chunk without a frame") }
        do {
            try track.finish(to: add)
            try muxer.finish()
            try file.publish(replacing: true)
        } catch {
            abandon()
            throw error
        }
        isOpen = false
        return ChunkContent(
            frames: track.frameCount, first: first, last: last.time, end: last.time + last.duration,
            lead: lead ?? 0, tail: tail)
    }

    /// Gives up: closes and removes the temporary file. Nothing happens after `finish`.
    public func abandon() {
        guard isOpen else { return }
        isOpen = false
        _ = muxer.close()
        file.remove()
    }

    private func add(_ packet: UnsafeMutablePointer<AVPacket>) throws {
        lead = lead ?? packet.pointee.pts - packet.pointee.dts
        tail = packet.pointee.duration
        av_packet_rescale_ts(packet, track.timeBase, muxer.timeBase(stream))
        if try !muxer.write(packet, stream: stream) { throw muxer.call.failure("write", "a packet is not accepted") }
    }
}
