internal import CFFmpeg
import Imaging
import SystemPackage

/// A file being written.
///
/// Packets are written in the order in which they come: whoever feeds it brings video and sound in step, so that
/// nothing is held back and memory does not grow with the clip.
final class Muxer {
    let call: LibAV
    private var context: UnsafeMutablePointer<AVFormatContext>?
    private var lastDecodingTimes: [Int64?] = []

    private var output: UnsafeMutablePointer<AVFormatContext> { LibAV.allocated(context) }

    let format: OutputFormat

    /// - Parameter file: the name to give in errors.
    init(_ path: FilePath, file: String, format: OutputFormat = .mp4) throws {
        call = LibAV(file: file, kind: .output)
        self.format = format
        try call.check(avformat_alloc_output_context2(&context, nil, format.muxer, InputFile.url(path)), "write")
        // Its identifiers would be drawn by lot.
        if format.isMatroska { output.pointee.flags |= AVFMT_FLAG_BITEXACT }
        // Priming is written as negative times and an edit list; shifting everything would lose it.
        output.pointee.avoid_negative_ts = 0
        try LibAV(file: file, kind: .cannotCreate).check(
            avio_open(&output.pointee.pb, InputFile.url(path), AVIO_FLAG_WRITE), "create")
    }

    deinit { _ = close() }

    /// Whether the format holds a stream of this kind, profile and set-up: asked of libav's own writer, on a file that
    /// is thrown away.
    func holds(_ parameters: UnsafePointer<AVCodecParameters>) -> Bool {
        var context: UnsafeMutablePointer<AVFormatContext>?
        let strictness = Muxer.strictness(for: parameters.pointee.codec_id)
        guard avformat_alloc_output_context2(&context, nil, format.muxer, nil) >= 0, let context else { return false }
        defer { avformat_free_context(context) }
        context.pointee.strict_std_compliance = strictness
        guard avformat_query_codec(context.pointee.oformat, parameters.pointee.codec_id, strictness) == 1,
            avio_open_dyn_buf(&context.pointee.pb) >= 0
        else { return false }
        defer {
            var buffer: UnsafeMutablePointer<UInt8>?
            avio_close_dyn_buf(context.pointee.pb, &buffer)
            av_free(buffer)
        }
        let stream = LibAV.allocated(avformat_new_stream(context, nil))
        avcodec_parameters_copy(stream.pointee.codecpar, parameters)
        stream.pointee.codecpar.pointee.codec_tag = format.tag(of: parameters.pointee)
        return avformat_write_header(context, nil) >= 0
    }

    /// libav 5 still calls FLAC and TrueHD in MP4 experimental, though both have long been specified and are played.
    private static func strictness(for codec: AVCodecID) -> Int32 {
        codec == AV_CODEC_ID_FLAC || codec == AV_CODEC_ID_TRUEHD ? FF_COMPLIANCE_EXPERIMENTAL : FF_COMPLIANCE_NORMAL
    }

    /// Adds a stream; its index in the file.
    func addStream(
        _ parameters: UnsafePointer<AVCodecParameters>, timeBase: AVRational, disposition: Int32 = 0,
        language: String? = nil, title: String? = nil
    ) throws -> Int {
        let stream = LibAV.allocated(avformat_new_stream(output, nil))
        try call.check(avcodec_parameters_copy(stream.pointee.codecpar, parameters), "write")
        stream.pointee.codecpar.pointee.codec_tag = format.tag(of: parameters.pointee)
        let strictness = Muxer.strictness(for: parameters.pointee.codec_id)
        output.pointee.strict_std_compliance = min(output.pointee.strict_std_compliance, strictness)
        stream.pointee.time_base = timeBase
        stream.pointee.disposition = disposition
        stream.pointee.sample_aspect_ratio = parameters.pointee.sample_aspect_ratio
        if let language {
            av_dict_set(&stream.pointee.metadata, "language", format.languages[language] ?? language, 0)
        }
        if let title { av_dict_set(&stream.pointee.metadata, "title", title, 0) }
        lastDecodingTimes.append(nil)
        return Int(stream.pointee.index)
    }

    func setMetadata(_ tags: [ClipInformation.Tag]) {
        // What describes the old container, not the clip; a time code goes with the pictures.
        let ofContainer: Set<String> = [
            "major_brand", "minor_version", "compatible_brands", "encoder", "duration", "timecode",
        ]
        for tag in tags where !ofContainer.contains(tag.key.lowercased()) {
            av_dict_set(&output.pointee.metadata, tag.key, tag.value, 0)
        }
    }

    func setTag(_ key: String, _ value: String?, stream: Int) {
        guard let value else { return }
        av_dict_set(&LibAV.allocated(output.pointee.streams[stream]).pointee.metadata, key, value, 0)
    }

    /// What time of day, or of tape, the first picture has.
    func setTimecode(_ code: String, rate: Rational, stream: Int) {
        LibAV.allocated(output.pointee.streams[stream]).pointee.avg_frame_rate = AVRational(rate)
        setTag("timecode", code, stream: stream)
    }

    /// How much later than they are heard packets lie in the file: Opus' priming, which Matroska has a field for and no
    /// edit list. libav writes the field, and leaves the times to its caller.
    func delay(_ stream: Int) -> Int64 {
        let parameters = LibAV.allocated(LibAV.allocated(output.pointee.streams[stream]).pointee.codecpar).pointee
        guard format.isMatroska, parameters.codec_id == AV_CODEC_ID_OPUS else { return 0 }
        return av_rescale_q(
            Int64(parameters.initial_padding), AVRational(num: 1, den: 48_000), timeBase(stream))
    }

    func addChapter(_ number: Int, timeBase: Rational, start: Int64, end: Int64, title: String?) throws {
        try call.check(
            sv_add_chapter(output, Int64(number), AVRational(timeBase), start, end, title), "write the chapters of")
    }

    /// - Parameter videoTimescale: ticks a second of the video track.
    func writeHeader(videoTimescale: Int32) throws {
        var options = AVDictionaryBox()
        for (name, value) in format.options { options[name] = value }
        if let names = format.timescales {
            // Edit lists count in the movie's own ticks: a multiple of the video's, fine enough for the sound's start.
            var movieTimescale = Int64(videoTimescale)
            while movieTimescale < 10_000 { movieTimescale *= 2 }
            options[names.video] = "\(videoTimescale)"
            options[names.movie] = "\(movieTimescale)"
        }
        try call.check(avformat_write_header(output, &options.pointer), "write")
        try checkWritten()
    }

    /// The time base of a stream, which `writeHeader` settles.
    func timeBase(_ stream: Int) -> AVRational {
        LibAV.allocated(output.pointee.streams[stream]).pointee.time_base
    }

    /// Writes a packet whose times are in the stream's time base; the packet stays the caller's.
    /// - Returns: false for a packet whose content the format's writer cannot make sense of: a damaged source's.
    @discardableResult
    func write(_ packet: UnsafeMutablePointer<AVPacket>, stream: Int) throws -> Bool {
        packet.pointee.stream_index = Int32(stream)
        packet.pointee.pos = -1
        let delay = delay(stream)
        (packet.pointee.pts, packet.pointee.dts) = (packet.pointee.pts + delay, packet.pointee.dts + delay)
        // Decoding times must rise; damaged sources repeat some.
        let mayRepeat = format.isMatroska && isText(stream)
        if let last = lastDecodingTimes[stream], !mayRepeat, packet.pointee.dts <= last {
            packet.pointee.dts = last + 1
            packet.pointee.pts = max(packet.pointee.pts, packet.pointee.dts)
        }
        lastDecodingTimes[stream] = packet.pointee.dts
        let code = av_write_frame(output, packet)
        try checkWritten()
        switch code {
        case sv_error_invalid_data, sv_error_not_implemented, sv_error_invalid_argument: return false
        default: try call.check(code, "write")
        }
        return true
    }

    /// Whether a stream is one of subtitles, of which several may begin at one moment.
    private func isText(_ stream: Int) -> Bool {
        let parameters = LibAV.allocated(LibAV.allocated(output.pointee.streams[stream]).pointee.codecpar)
        return parameters.pointee.codec_type == AVMEDIA_TYPE_SUBTITLE
    }

    /// Writes the index and moves it to the front; closes the file.
    func finish() throws {
        try call.check(av_write_trailer(output), "complete")
        try checkWritten()
        try call.check(close(), "complete")
    }

    /// A failed write is remembered by the buffer that it came from, and not always answered by the call.
    private func checkWritten() throws {
        if let buffer = output.pointee.pb, buffer.pointee.error < 0 { try call.check(buffer.pointee.error, "write") }
    }

    /// Closes the file as it is.
    func close() -> Int32 {
        guard let context else { return 0 }
        let code = avio_closep(&context.pointee.pb)
        avformat_free_context(context)
        self.context = nil
        return code
    }
}

extension OutputFormat {
    /// What names a stream's codec in the container; 0 where the writer knows best. ProRes' kinds are told apart by
    /// nothing else, and QuickTime plays HEVC by one of its two names only.
    fileprivate func tag(of parameters: AVCodecParameters) -> UInt32 {
        switch parameters.codec_id {
        case AV_CODEC_ID_PRORES: parameters.codec_tag
        case AV_CODEC_ID_HEVC where !isMatroska: sv_tag_hvc1
        case AV_CODEC_ID_BIN_DATA: parameters.codec_tag
        default: 0
        }
    }
}
