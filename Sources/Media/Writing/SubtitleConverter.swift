internal import CFFmpeg

/// Words of one form of subtitles into another; their times stay the packets'.
final class SubtitleConverter {
    enum Conversion {
        /// Valid until the next call.
        case made(UnsafeMutablePointer<AVPacket>)
        /// It shows nothing: what ends the one before, in forms that need that.
        case nothing
        case failed
    }

    private let decoder: UnsafeMutablePointer<AVCodecContext>
    private let encoder: UnsafeMutablePointer<AVCodecContext>
    private let packet: UnsafeMutablePointer<AVPacket>
    private var buffer = [UInt8](repeating: 0, count: 1 << 18)

    /// Nil where the stream is none of words, or this system's libavcodec does not read or write it. Closed captions
    /// come letter by letter, and have no lengths.
    init?(_ stream: UnsafeMutablePointer<AVStream>, to target: String) {
        let parameters = LibAV.allocated(stream.pointee.codecpar)
        let properties = avcodec_descriptor_get(parameters.pointee.codec_id)?.pointee.props ?? 0
        guard properties & AV_CODEC_PROP_TEXT_SUB != 0, parameters.pointee.codec_id != AV_CODEC_ID_EIA_608,
            let reads = avcodec_find_decoder(parameters.pointee.codec_id),
            let writes = avcodec_find_encoder_by_name(target)
        else { return nil }
        decoder = LibAV.allocated(avcodec_alloc_context3(reads))
        encoder = LibAV.allocated(avcodec_alloc_context3(writes))
        packet = LibAV.allocated(av_packet_alloc())
        avcodec_parameters_to_context(decoder, parameters)
        decoder.pointee.pkt_timebase = stream.pointee.time_base
        guard avcodec_open2(decoder, reads, nil) >= 0 else { return nil }
        let size = Int(decoder.pointee.subtitle_header_size)
        if size > 0, let header = decoder.pointee.subtitle_header {
            let copy = LibAV.allocated(av_mallocz(size + 1))
            copy.copyMemory(from: header, byteCount: size)
            encoder.pointee.subtitle_header = copy.assumingMemoryBound(to: UInt8.self)
            encoder.pointee.subtitle_header_size = Int32(size)
        }
        encoder.pointee.time_base = AVRational(num: 1, den: 1000)
        guard avcodec_open2(encoder, writes, nil) >= 0 else { return nil }
    }

    deinit {
        var contexts = [decoder, encoder].map(Optional.some)
        for place in contexts.indices { avcodec_free_context(&contexts[place]) }
        var packet: UnsafeMutablePointer<AVPacket>? = packet
        av_packet_free(&packet)
    }

    func withParameters<R>(_ body: (UnsafePointer<AVCodecParameters>) throws -> R) rethrows -> R {
        var parameters = avcodec_parameters_alloc()
        defer { avcodec_parameters_free(&parameters) }
        let filled = LibAV.allocated(parameters)
        avcodec_parameters_from_context(filled, encoder)
        return try body(filled)
    }

    func convert(_ source: UnsafeMutablePointer<AVPacket>) -> Conversion {
        var subtitle = AVSubtitle()
        var isThere: Int32 = 0
        guard avcodec_decode_subtitle2(decoder, &subtitle, &isThere, source) >= 0 else { return .failed }
        defer { avsubtitle_free(&subtitle) }
        guard isThere != 0, subtitle.num_rects > 0 else { return .nothing }
        subtitle.start_display_time = 0
        let size = avcodec_encode_subtitle(encoder, &buffer, Int32(buffer.count), &subtitle)
        av_packet_unref(packet)
        guard size > 0, av_new_packet(packet, size) >= 0 else { return .failed }
        UnsafeMutableRawPointer(packet.pointee.data).copyMemory(from: buffer, byteCount: Int(size))
        (packet.pointee.pts, packet.pointee.duration) = (source.pointee.pts, source.pointee.duration)
        packet.pointee.dts = source.pointee.dts
        packet.pointee.flags = AV_PKT_FLAG_KEY
        return .made(packet)
    }
}
