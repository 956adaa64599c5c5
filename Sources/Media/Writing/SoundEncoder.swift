internal import CFFmpeg

/// Samples in any amounts in, packets of AAC or Opus out, whose times count samples from 0 less the encoder's priming.
final class SoundEncoder {
    let context: UnsafeMutablePointer<AVCodecContext>
    var sampleRate: Int32 { context.pointee.sample_rate }
    private let call: LibAV
    private let waiting: OpaquePointer
    private let frame: UnsafeMutablePointer<AVFrame>
    private let packet: UnsafeMutablePointer<AVPacket>
    private var samplesEncoded: Int64 = 0

    /// 96 kb/s a channel, above which listeners hear no difference from the source.
    private static let bitRatePerChannel: Int64 = 96_000

    /// - Throws: `MediaError` encoderMissing.
    init(file: String, encoder: String, sampleRate: Int32, layout: AVChannelLayout) throws {
        call = LibAV(file: file, kind: .output)
        guard let codec = avcodec_find_encoder_by_name(encoder) else {
            throw MediaError(
                .encoderMissing, operation: "encode the sound of", file: file,
                text: "this system's libavcodec has no \(encoder)")
        }
        let rate = SoundEncoder.rate(for: sampleRate, codec)
        context = try SoundEncoder.open(codec, rate: rate, layout: layout, call: call)
        frame = LibAV.allocated(av_frame_alloc())
        packet = LibAV.allocated(av_packet_alloc())
        waiting = LibAV.allocated(
            av_audio_fifo_alloc(context.pointee.sample_fmt, context.pointee.ch_layout.nb_channels, 4096))
        frame.pointee.nb_samples = context.pointee.frame_size
        frame.pointee.format = context.pointee.sample_fmt.rawValue
        frame.pointee.sample_rate = rate
        try call.check(av_channel_layout_copy(&frame.pointee.ch_layout, &context.pointee.ch_layout), "encode")
        try call.check(av_frame_get_buffer(frame, 0), "encode")
    }

    deinit {
        av_audio_fifo_free(waiting)
        var frame: UnsafeMutablePointer<AVFrame>? = frame
        av_frame_free(&frame)
        var packet: UnsafeMutablePointer<AVPacket>? = packet
        av_packet_free(&packet)
        var context: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&context)
    }

    /// The source's rate where AAC has it, else the highest that AAC has below it, else its lowest. Opus is 48 kHz.
    private static func rate(for rate: Int32, _ codec: UnsafePointer<AVCodec>) -> Int32 {
        if codec.pointee.id == AV_CODEC_ID_OPUS { return 48_000 }
        var rates: [Int32] = []
        var place = codec.pointee.supported_samplerates
        while let next = place?.pointee, next != 0 {
            rates.append(next)
            place = place?.successor()
        }
        return rates.filter { $0 <= rate }.max() ?? rates.min() ?? rate
    }

    /// The usual layout of as many channels; nil where there is none (9 to 15 channels, say).
    static func usualLayout(of layout: AVChannelLayout) -> AVChannelLayout? {
        var usual = AVChannelLayout()
        av_channel_layout_default(&usual, layout.nb_channels)
        return usual.order == AV_CHANNEL_ORDER_NATIVE ? usual : nil
    }

    /// With the source's layout of channels, or the usual one of as many, or in stereo: the first that the encoder
    /// takes.
    private static func open(
        _ codec: UnsafePointer<AVCodec>, rate: Int32, layout: AVChannelLayout, call: LibAV
    ) throws -> UnsafeMutablePointer<AVCodecContext> {
        var stereo = AVChannelLayout()
        av_channel_layout_default(&stereo, 2)
        var code: Int32 = 0
        let named = layout.order == AV_CHANNEL_ORDER_NATIVE ? layout : nil
        for var candidate in [named, usualLayout(of: layout), stereo].compactMap({ $0 }) {
            var context: UnsafeMutablePointer<AVCodecContext>? = LibAV.allocated(avcodec_alloc_context3(codec))
            let opened = LibAV.allocated(context)
            opened.pointee.sample_rate = rate
            opened.pointee.sample_fmt = codec.pointee.id == AV_CODEC_ID_OPUS ? AV_SAMPLE_FMT_FLT : AV_SAMPLE_FMT_FLTP
            opened.pointee.bit_rate = bitRatePerChannel * Int64(candidate.nb_channels)
            opened.pointee.time_base = AVRational(num: 1, den: rate)
            opened.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
            av_channel_layout_copy(&opened.pointee.ch_layout, &candidate)
            code = avcodec_open2(opened, codec, nil)
            if code >= 0 { return opened }
            avcodec_free_context(&context)
        }
        throw call.error(code, "encode the sound of")
    }

    func withParameters<R>(_ body: (UnsafePointer<AVCodecParameters>) throws -> R) throws -> R {
        var parameters = avcodec_parameters_alloc()
        defer { avcodec_parameters_free(&parameters) }
        let filled = LibAV.allocated(parameters)
        try call.check(avcodec_parameters_from_context(filled, context), "encode the sound of")
        return try body(filled)
    }

    func encode(_ samples: SampleBlock, to sink: (UnsafeMutablePointer<AVPacket>) throws -> Void) throws {
        var left = samples.count
        // Silence comes as a count with one buffer that is written again and again.
        while left > 0 {
            let count = Int32(min(left, Int64(samples.capacity)))
            _ = try samples.withPlanes {
                try call.check(av_audio_fifo_write(waiting, $0, count), "encode the sound of")
            }
            left -= Int64(count)
            while av_audio_fifo_size(waiting) >= context.pointee.frame_size {
                try encodeFrame(context.pointee.frame_size, to: sink)
            }
        }
    }

    func finish(to sink: (UnsafeMutablePointer<AVPacket>) throws -> Void) throws {
        let rest = av_audio_fifo_size(waiting)
        if rest > 0 { try encodeFrame(rest, to: sink) }
        guard samplesEncoded > 0 else { return }
        try call.check(avcodec_send_frame(context, nil), "encode the sound of")
        try drain(to: sink)
    }

    private func encodeFrame(_ count: Int32, to sink: (UnsafeMutablePointer<AVPacket>) throws -> Void) throws {
        frame.pointee.nb_samples = context.pointee.frame_size
        try call.check(av_frame_make_writable(frame), "encode the sound of")
        frame.pointee.nb_samples = count
        _ = try frame.pointee.extended_data.withMemoryRebound(to: UnsafeMutableRawPointer?.self, capacity: 1) {
            try call.check(av_audio_fifo_read(waiting, $0, count), "encode the sound of")
        }
        frame.pointee.pts = samplesEncoded
        samplesEncoded += Int64(count)
        try call.check(avcodec_send_frame(context, frame), "encode the sound of")
        try drain(to: sink)
    }

    private func drain(to sink: (UnsafeMutablePointer<AVPacket>) throws -> Void) throws {
        while try call.ready(avcodec_receive_packet(context, packet), "encode the sound of") != nil {
            try sink(packet)
            av_packet_unref(packet)
        }
    }
}
