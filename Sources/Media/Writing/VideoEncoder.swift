internal import CFFmpeg
public import Imaging

/// RGB frames in, packets out, with the frames' own times.
final class VideoEncoder {
    let context: UnsafeMutablePointer<AVCodecContext>
    private(set) var notices: [String] = []
    private let call: LibAV
    private let frame: UnsafeMutablePointer<AVFrame>
    private let packet: UnsafeMutablePointer<AVPacket>
    private let planes: PlaneFiller
    /// Durations of the frames inside the encoder, which hands on times only.
    private var durations: [(time: Int64, duration: Int64)] = []

    /// - Throws: `MediaError`: encoderMissing; refused for a picture larger than the codec holds.
    init(file: String, like video: ClipInformation.Video, width: Int, height: Int, settings: EncoderSettings) throws {
        call = LibAV(file: file, kind: .output)
        let row = settings.codec.encoder
        let codec = try VideoEncoder.codec(row, file: file)
        let (evenWidth, evenHeight) = settings.pixelFormat.holding(width: width, height: height)
        let sides = (min(evenWidth, evenHeight), max(evenWidth, evenHeight))
        guard sides.0 >= row.minimumSide, sides.1 <= row.maximumSide else {
            throw MediaError(
                .refused, operation: "encode", file: file,
                text: "frames of \(width) x \(height) are \(sides.0 < row.minimumSide ? "smaller" : "larger") than "
                    + "\(row.title) holds (\(row.minimumSide) to \(row.maximumSide) a side)")
        }
        let colour = video.encodedColour(hasFullRange: row.hasFullRange, width: width, height: height)
        let format = settings.pixelFormat.format
        planes = try PlaneFiller(width: evenWidth, height: evenHeight, settings.pixelFormat, colour, call)
        context = LibAV.allocated(avcodec_alloc_context3(codec))
        frame = LibAV.allocated(av_frame_alloc())
        packet = LibAV.allocated(av_packet_alloc())
        if let notice = settings.pixelFormat.notice(width: width, height: height) { notices.append(notice) }
        if row.isLosslessAtBest, settings.crf == row.qualities.lowerBound, settings.pixelFormat.depth == 8 {
            notices.append("a lossless \(row.title) is one that few players show")
        }
        context.pointee.width = Int32(evenWidth)
        context.pointee.height = Int32(evenHeight)
        context.pointee.pix_fmt = format
        tag(colour, of: video)
        try open(codec, row, settings)
    }

    private static func codec(_ row: VideoEncoderFormat, file: String) throws -> UnsafePointer<AVCodec> {
        if let codec = avcodec_find_encoder_by_name(row.name) { return codec }
        throw MediaError(
            .encoderMissing, operation: "encode", file: file,
            text: "this system's libavcodec has no \(row.name); install one that has it (Debian: libavcodec59)")
    }

    /// Times, pixel shape and colours as the source has them.
    private func tag(_ colour: Colour, of video: ClipInformation.Video) {
        context.pointee.time_base = AVRational(video.timeBase)
        context.pointee.framerate = AVRational(video.averageRate)
        context.pointee.sample_aspect_ratio = AVRational(video.sampleAspectRatio)
        context.pointee.color_range = AVColorRange(colour.range)
        context.pointee.colorspace = AVColorSpace(colour.matrix)
        context.pointee.color_primaries = AVColorPrimaries(colour.primaries)
        context.pointee.color_trc = AVColorTransferCharacteristic(colour.transfer)
        let isHalved = av_pix_fmt_desc_get(context.pointee.pix_fmt)?.pointee.log2_chroma_h == 1
        context.pointee.chroma_sample_location = AVChromaLocation(isHalved ? colour.chromaLocation : 0)
    }

    private func open(
        _ codec: UnsafePointer<AVCodec>, _ row: VideoEncoderFormat, _ settings: EncoderSettings
    ) throws {
        var options = AVDictionaryBox()
        if let option = row.qualityOption { options[option] = "\(settings.crf)" }
        if !row.presets.isEmpty { options[row.presetOption] = settings.preset }
        for (name, value) in row.options { options[name] = value }
        // Pictures that are not shown have no opacity: libvpx' binding refuses them beside it.
        if settings.codec == .vp9, settings.pixelFormat.hasOpacity { options["auto-alt-ref"] = "0" }
        for (name, value) in settings.options {
            let own = row.isList(name) ? row.options[name].map { $0 + ":" } ?? "" : ""
            options[name] = own + value
        }
        context.pointee.thread_count = row.threads
        context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
        var call = call
        if !settings.options.isEmpty { call.kind = .option }
        try call.check(avcodec_open2(context, codec, &options.pointer), "open the encoder \(row.name) for")
        frame.pointee.format = context.pointee.pix_fmt.rawValue
        frame.pointee.width = context.pointee.width
        frame.pointee.height = context.pointee.height
        frame.pointee.color_range = context.pointee.color_range
        // ProRes is marked by its frames' own words.
        frame.pointee.colorspace = context.pointee.colorspace
        frame.pointee.color_primaries = context.pointee.color_primaries
        frame.pointee.color_trc = context.pointee.color_trc
        try call.check(av_frame_get_buffer(frame, 0), "allocate a frame for")
    }

    deinit {
        var frame: UnsafeMutablePointer<AVFrame>? = frame
        av_frame_free(&frame)
        var packet: UnsafeMutablePointer<AVPacket>? = packet
        av_packet_free(&packet)
        var context: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&context)
    }

    /// Encodes a picture; what packets it completes go to `sink`, in the encoder's time base.
    func encode(
        _ picture: Frame, time: Int64, duration: Int64, to sink: (UnsafeMutablePointer<AVPacket>) throws -> Void
    ) throws {
        try call.check(av_frame_make_writable(frame), "allocate a frame for")
        planes.fill(frame, from: picture)
        frame.pointee.pts = time
        durations.append((time, duration))
        try call.check(avcodec_send_frame(context, frame), "encode")
        try drain(to: sink)
    }

    /// The packets that the encoder still holds.
    func finish(to sink: (UnsafeMutablePointer<AVPacket>) throws -> Void) throws {
        try call.check(avcodec_send_frame(context, nil), "encode")
        try drain(to: sink)
    }

    private func drain(to sink: (UnsafeMutablePointer<AVPacket>) throws -> Void) throws {
        while try call.ready(avcodec_receive_packet(context, packet), "encode") != nil {
            if let place = durations.firstIndex(where: { $0.time == packet.pointee.pts }) {
                packet.pointee.duration = durations.remove(at: place).duration
            }
            try sink(packet)
            av_packet_unref(packet)
        }
    }
}

extension EncodedPixels {
    /// What frames must be that are encoded so.
    public var frameFormat: PixelFormat { depth > 8 ? .rgb48 : .rgb24 }

    /// Its name is libav's.
    var format: AVPixelFormat { av_get_pix_fmt(rawValue) }
}

extension ClipInformation.Video {
    /// The colours that an encoder's stream says, of frames of a size.
    /// - Parameter hasFullRange: whether it can say that its range is full.
    func encodedColour(hasFullRange: Bool, width: Int, height: Int) -> Colour {
        var colour = givenColour.encoded(from: self, width: width, height: height)
        if !hasFullRange { colour.range = AVCOL_RANGE_MPEG.rawValue }
        return colour
    }
}

extension AVCodecParameters {
    /// Says what a chunk's file has no place for: neither pixel shape nor range is in the stream of every codec.
    mutating func fill(like video: ClipInformation.Video, _ settings: EncoderSettings) {
        let colour = video.encodedColour(
            hasFullRange: settings.codec.encoder.hasFullRange, width: Int(width), height: Int(height))
        // libav's own decoder of VP9, which looks at a chunk, sees no opacity.
        if settings.pixelFormat.hasOpacity { format = settings.pixelFormat.format.rawValue }
        if sample_aspect_ratio.num == 0 { sample_aspect_ratio = AVRational(video.sampleAspectRatio) }
        if color_range == AVCOL_RANGE_UNSPECIFIED { color_range = AVColorRange(colour.range) }
        if color_space == AVCOL_SPC_UNSPECIFIED { color_space = AVColorSpace(colour.matrix) }
        if color_primaries == AVCOL_PRI_UNSPECIFIED { color_primaries = AVColorPrimaries(colour.primaries) }
        if color_trc == AVCOL_TRC_UNSPECIFIED { color_trc = AVColorTransferCharacteristic(colour.transfer) }
    }
}

extension Colour {
    /// The tags of the encoded stream. What the source leaves open stays open, as long as a player guesses the same
    /// for the new size; a stream of RGB, or of a matrix that was not known, gets the customary one by name.
    fileprivate func encoded(from video: ClipInformation.Video, width: Int, height: Int) -> Colour {
        var colour = self
        if matrix == AVCOL_SPC_RGB.rawValue { colour.range = AVCOL_RANGE_MPEG.rawValue }
        if matrix == AVCOL_SPC_RGB.rawValue || hasUnknownMatrix {
            colour.matrix = Colour.customaryMatrix(width: width, height: height)
        }
        let customary = Colour.customaryMatrix(width: video.width, height: video.height)
        if matrix == AVCOL_SPC_UNSPECIFIED.rawValue, customary != Colour.customaryMatrix(width: width, height: height) {
            colour.matrix = customary
        }
        return colour
    }
}
