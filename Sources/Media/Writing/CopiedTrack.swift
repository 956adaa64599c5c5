internal import CFFmpeg
import Imaging

/// An audio track whose packets are copied as they are; only their times change their unit.
final class CopiedTrack: CarriedTrack {
    let stream: UnsafeMutablePointer<AVStream>
    private let muxer: Muxer
    private let index: Int
    private let sampleRate: Int32
    private var roundingState = sv_no_timestamp
    /// Where the next packet should begin, in the source's time base.
    private var expected: Int64 = 0
    private(set) var damagedCount = 0
    /// Whether a packet that is meant to be heard has come.
    private var hasTaken = false

    /// Whether the container's length of a track is to the sample, as MP4's edit lists are.
    private let hasExactLength: Bool

    init(_ stream: UnsafeMutablePointer<AVStream>, hasExactLength: Bool, to muxer: Muxer) throws {
        self.stream = stream
        self.hasExactLength = hasExactLength
        self.muxer = muxer
        sampleRate = stream.pointee.codecpar.pointee.sample_rate
        index = try muxer.addStream(
            stream.pointee.codecpar, timeBase: AVRational(num: 1, den: sampleRate),
            disposition: stream.pointee.disposition, language: stream.tag("language"), title: stream.tag("title"))
    }

    func begin(of packet: UnsafeMutablePointer<AVPacket>) -> Double {
        Double(time(of: packet)) * Rational(stream.pointee.time_base).value
    }

    func length(of packet: UnsafeMutablePointer<AVPacket>) -> Double {
        Double(samples(in: packet)) / Double(sampleRate)
    }

    private func time(of packet: UnsafeMutablePointer<AVPacket>) -> Int64 {
        if packet.pointee.dts != sv_no_timestamp { return packet.pointee.dts }
        return packet.pointee.pts != sv_no_timestamp ? packet.pointee.pts : expected
    }

    /// Samples that a packet decodes to, as its codec or its container says.
    private func samples(in packet: UnsafeMutablePointer<AVPacket>) -> Int64 {
        let byCodec = av_get_audio_frame_duration2(stream.pointee.codecpar, packet.pointee.size)
        if byCodec > 0 { return Int64(byCodec) }
        let rate = AVRational(num: 1, den: sampleRate)
        return av_rescale_q(packet.pointee.duration, stream.pointee.time_base, rate)
    }

    func take(_ packet: UnsafeMutablePointer<AVPacket>, zero: Timestamp, window: StreamCarrier.Window) throws {
        // What an edit list skips in mid-track. Before the first packet it stays: decoders warm up on it, and negative
        // times hide it.
        let isSkipped = packet.pointee.flags & AV_PKT_FLAG_DISCARD != 0
        if isSkipped, hasTaken { return }
        hasTaken = hasTaken || !isSkipped
        guard isWhole(packet) else {
            damagedCount += 1
            return
        }
        let source = stream.pointee.time_base
        let target = muxer.timeBase(index)
        let samples = samples(in: packet)
        let time = time(of: packet)
        expected = time + max(packet.pointee.duration, 1)
        // Containers that count in milliseconds round each packet's time; whole frames of samples follow one another.
        let exact = av_rescale_delta(
            source, time, AVRational(num: 1, den: sampleRate), Int32(clamping: samples), &roundingState, target)
        packet.pointee.dts = exact - av_rescale_q(zero.value, AVRational(zero.timeBase), target)
        packet.pointee.pts = packet.pointee.dts
        if muxer.format.isMatroska {
            // Before its zero, a file without edit lists has nothing to be heard. A tick is rounding.
            guard packet.pointee.pts >= -muxer.delay(index) - 1 else { return }
            packet.pointee.dts = max(packet.pointee.dts, -muxer.delay(index))
            packet.pointee.pts = packet.pointee.dts
        }
        packet.pointee.duration = duration(of: packet, at: time, samples: samples, from: source, to: target)
        if try !muxer.write(packet, stream: index) { damagedCount += 1 }
    }

    /// The container's length where it counts at least as finely as samples (a last packet may be cut short), else the
    /// codec's, less what the container says to throw away of it.
    /// - Parameter time: when the packet begins on the source's clock; its own times are the output's by now.
    private func duration(
        of packet: UnsafeMutablePointer<AVPacket>, at time: Int64, samples: Int64, from source: AVRational,
        to target: AVRational
    ) -> Int64 {
        let said = min(packet.pointee.duration, remainder(at: time))
        if said > 0, source.den >= sampleRate * source.num { return av_rescale_q(said, source, target) }
        var kept = samples
        var size = 0
        if let data = av_packet_get_side_data(packet, AV_PKT_DATA_SKIP_SAMPLES, &size), size >= 10 {
            kept -= Int64(UnsafeRawPointer(data).loadUnaligned(fromByteOffset: 4, as: UInt32.self).littleEndian)
        }
        return av_rescale_q(max(kept, 0), AVRational(num: 1, den: sampleRate), target)
    }

    /// What is left of the track at a moment, where the container says that it ends inside its last packet.
    private func remainder(at time: Int64) -> Int64 {
        let (start, length) = (stream.pointee.start_time, stream.pointee.duration)
        guard hasExactLength, start != sv_no_timestamp, length > 0, start + length > time else { return .max }
        return start + length - time
    }

    /// Whether a packet begins with its header, where AAC has one (ADTS). The writer learns from the first packet
    /// whether it must take headers off, so the rest of a frame that a recording begins in would leave the whole track
    /// unplayable.
    private func isWhole(_ packet: UnsafeMutablePointer<AVPacket>) -> Bool {
        let parameters = LibAV.allocated(stream.pointee.codecpar)
        let hasHeaders = parameters.pointee.codec_id == AV_CODEC_ID_AAC && parameters.pointee.extradata_size == 0
        guard hasHeaders else { return true }
        guard packet.pointee.size > 1, let data = packet.pointee.data else { return false }
        return data[0] == 0xFF && data[1] & 0xF0 == 0xF0
    }

    func finish(zero: Timestamp) throws {}
}
