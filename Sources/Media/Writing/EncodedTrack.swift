internal import CFFmpeg
import Imaging

/// An audio track that is not copied: decoded, converted where the encoder needs it, and encoded.
///
/// Samples follow the source's times: a gap of more than a twentieth of a second becomes silence, an overlap is
/// dropped.
final class EncodedTrack: CarriedTrack {
    let stream: UnsafeMutablePointer<AVStream>
    private let muxer: Muxer
    private let index: Int
    private let decoder: UnsafeMutablePointer<AVCodecContext>
    private let encoder: SoundEncoder
    private let frame: UnsafeMutablePointer<AVFrame>
    private var converter: SampleConverter?
    /// Output samples handed to the encoder, and where the first of them lies, in output samples after the zero.
    private var samplesTaken: Int64 = 0
    private var origin: Int64?
    private(set) var damagedCount = 0
    /// How many of the source's channels are encoded, where it has more than names for them.
    var channelsTaken: Int? {
        let layout = stream.pointee.codecpar.pointee.ch_layout
        let taken = encoder.context.pointee.ch_layout.nb_channels
        let isNamed = layout.order != AV_CHANNEL_ORDER_UNSPEC || SoundEncoder.usualLayout(of: layout) != nil
        return !isNamed && taken < layout.nb_channels ? Int(taken) : nil
    }
    /// The longest gap that is filled, in output samples: the file's length, or an hour where it says none.
    private let longestGap: Int64

    /// - Throws: `MediaError` notMedia where the track cannot be decoded.
    init(_ stream: UnsafeMutablePointer<AVStream>, of demuxer: Demuxer, to muxer: Muxer) throws {
        self.stream = stream
        self.muxer = muxer
        let parameters = LibAV.allocated(stream.pointee.codecpar)
        let file = demuxer.path.string
        let call = LibAV(file: file, stream: Int(stream.pointee.index), kind: .notMedia)
        guard let codec = avcodec_find_decoder(parameters.pointee.codec_id) else {
            throw call.failure("decode", "this system's libavcodec cannot decode it")
        }
        guard parameters.pointee.sample_rate > 0, parameters.pointee.ch_layout.nb_channels > 0 else {
            throw call.failure("decode", "the file does not say its sample rate or channels")
        }
        decoder = LibAV.allocated(avcodec_alloc_context3(codec))
        frame = LibAV.allocated(av_frame_alloc())
        encoder = try SoundEncoder(
            file: file, encoder: muxer.format.sound.encoder, sampleRate: parameters.pointee.sample_rate,
            layout: parameters.pointee.ch_layout)
        try call.check(avcodec_parameters_to_context(decoder, parameters), "decode")
        decoder.pointee.pkt_timebase = stream.pointee.time_base
        try call.check(avcodec_open2(decoder, codec, nil), "decode")
        let length = demuxer.context.pointee.duration
        longestGap = Int64(encoder.sampleRate) * (length > 0 ? length / Int64(AV_TIME_BASE) + 1 : 3600)
        index = try encoder.withParameters { [encoder] in
            try muxer.addStream(
                $0, timeBase: AVRational(num: 1, den: encoder.sampleRate), disposition: stream.pointee.disposition,
                language: stream.tag("language"), title: stream.tag("title"))
        }
    }

    deinit {
        var frame: UnsafeMutablePointer<AVFrame>? = frame
        av_frame_free(&frame)
        var decoder: UnsafeMutablePointer<AVCodecContext>? = decoder
        avcodec_free_context(&decoder)
    }

    func take(_ packet: UnsafeMutablePointer<AVPacket>, zero: Timestamp, window: StreamCarrier.Window) throws {
        if avcodec_send_packet(decoder, packet) < 0 { damagedCount += 1 }
        try receive(zero: zero)
    }

    func finish(zero: Timestamp) throws {
        if avcodec_send_packet(decoder, nil) < 0 { damagedCount += 1 }
        try receive(zero: zero)
        if let converter { try encode(samples: converter.flush()) }
        try encoder.finish { try write($0) }
    }

    private func receive(zero: Timestamp) throws {
        while avcodec_receive_frame(decoder, frame) >= 0 {
            if converter == nil || converter?.accepts(frame) == false {
                if let converter { try encode(samples: converter.flush()) }
                // What cannot be converted is left out, and no reason to give up the film.
                converter = SampleConverter(from: frame, to: encoder.context)
                if converter == nil { damagedCount += 1 }
            }
            guard let converter, try meetTime(of: frame, zero: zero, converter) else { continue }
            try encode(samples: converter.convert(frame))
        }
    }

    /// Brings the samples so far to where the frame begins: silence into a gap, and what overlaps is dropped.
    /// - Returns: false for a frame that overlaps whole.
    private func meetTime(
        of frame: UnsafeMutablePointer<AVFrame>, zero: Timestamp, _ converter: SampleConverter
    ) throws -> Bool {
        let rate = AVRational(num: 1, den: encoder.sampleRate)
        let time = frame.pointee.best_effort_timestamp
        guard time != sv_no_timestamp else {
            if origin == nil { origin = 0 }
            return true
        }
        let place =
            av_rescale_q(time, stream.pointee.time_base, rate)
            - av_rescale_q(zero.value, AVRational(zero.timeBase), rate)
        guard let origin else {
            guard muxer.format.isMatroska, place < 0 else {
                self.origin = place
                return true
            }
            guard skip(-place, of: frame, converter) else { return false }
            self.origin = 0
            return true
        }
        let drift = place - (origin + samplesTaken + converter.pendingSamples)
        // A time far beyond the file's own length is damage, and no gap to be filled with hours of silence.
        guard drift < longestGap else { return true }
        let tolerance = Int64(encoder.sampleRate) / 20
        if drift > tolerance {
            try encode(samples: SampleBlock(silence: drift, like: encoder.context))
        } else if drift < -tolerance {
            return skip(-drift, of: frame, converter)
        }
        return true
    }

    /// Leaves samples out at a frame's beginning; false where it has no more than these.
    private func skip(
        _ samples: Int64, of frame: UnsafeMutablePointer<AVFrame>, _ converter: SampleConverter
    ) -> Bool {
        // swresample adds up what it is told to drop, so it is told at most one frame's worth, which that frame fills.
        let length = av_rescale(
            Int64(frame.pointee.nb_samples), Int64(encoder.sampleRate), Int64(max(frame.pointee.sample_rate, 1)))
        guard samples < length else { return false }
        converter.drop(samples)
        return true
    }

    private func encode(samples: SampleBlock) throws {
        samplesTaken += samples.count
        try encoder.encode(samples) { try write($0) }
    }

    private func write(_ packet: UnsafeMutablePointer<AVPacket>) throws {
        let rate = AVRational(num: 1, den: encoder.sampleRate)
        packet.pointee.pts += origin ?? 0
        packet.pointee.dts += origin ?? 0
        av_packet_rescale_ts(packet, rate, muxer.timeBase(index))
        try muxer.write(packet, stream: index)
    }
}
