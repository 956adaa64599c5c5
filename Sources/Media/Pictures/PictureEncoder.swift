internal import CFFmpeg
import Imaging

/// Encodes one picture as PNG (of 8 or 16 bits as the frame, with opacity where the frame tells it) or WebP without
/// loss, or as JPEG of high quality with colour at full resolution. WebP with loss would halve the colours' resolution,
/// which strokes do not bear.
final class PictureEncoder {
    private let call: LibAV
    private let format: PictureFile.Format
    private var context: UnsafeMutablePointer<AVCodecContext>?
    private var frame = av_frame_alloc()

    /// libav's quantiser scale, 2 (best) to 31; 2 is about what others call quality 95.
    private static let jpegScale: Int32 = 2

    /// - Parameters:
    ///   - scale: of a JPEG.
    ///   - isBrief: whether it is read once or twice and then gone, so that time counts for more than its length.
    /// - Throws: `MediaError`: encoderMissing; cannotCreate for a picture that the format cannot hold.
    init(
        _ format: PictureFile.Format, frame picture: Frame, file: String, scale: Int32 = jpegScale,
        isBrief: Bool = false
    ) throws {
        call = LibAV(file: file, kind: .output)
        self.format = format
        guard let codec = PictureEncoder.codec(of: format) else {
            throw MediaError(
                .encoderMissing, operation: "write", file: file,
                text: "this system's libavcodec has no \(format) encoder")
        }
        context = LibAV.allocated(avcodec_alloc_context3(codec))
        let opened = LibAV.allocated(context)
        opened.pointee.width = Int32(picture.width)
        opened.pointee.height = Int32(picture.height)
        opened.pointee.time_base = AVRational(num: 1, den: 1)
        opened.pointee.thread_count = 1
        if isBrief { opened.pointee.compression_level = 1 }
        switch format {
        case .png:
            let isOpaque = picture.opacity == nil
            opened.pointee.pix_fmt =
                picture.format == .rgb48
                ? isOpaque ? AV_PIX_FMT_RGB48BE : AV_PIX_FMT_RGBA64BE : isOpaque ? AV_PIX_FMT_RGB24 : AV_PIX_FMT_RGBA
        case .webp:
            opened.pointee.pix_fmt = AV_PIX_FMT_BGRA
            av_opt_set_int(opened.pointee.priv_data, "lossless", 1, 0)
        case .jpeg, .avif:
            opened.pointee.pix_fmt = AV_PIX_FMT_YUVJ444P
            opened.pointee.color_range = AVCOL_RANGE_JPEG
            opened.pointee.flags |= AV_CODEC_FLAG_QSCALE
            opened.pointee.global_quality = scale * FF_QP2LAMBDA
        }
        try call.check(avcodec_open2(opened, codec, nil), "write")
    }

    private static func codec(of format: PictureFile.Format) -> UnsafePointer<AVCodec>? {
        switch format {
        case .png: avcodec_find_encoder(AV_CODEC_ID_PNG)
        // The other encoder of WebP makes animations.
        case .webp: avcodec_find_encoder_by_name("libwebp")
        case .jpeg, .avif: avcodec_find_encoder(AV_CODEC_ID_MJPEG)
        }
    }

    deinit {
        av_frame_free(&frame)
        avcodec_free_context(&context)
    }

    /// Hands the whole file's bytes to `sink`.
    func encode<R>(_ picture: Frame, to sink: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        let opened = LibAV.allocated(context)
        let filled = LibAV.allocated(frame)
        filled.pointee.format = opened.pointee.pix_fmt.rawValue
        filled.pointee.width = opened.pointee.width
        filled.pointee.height = opened.pointee.height
        filled.pointee.color_range = opened.pointee.color_range
        filled.pointee.quality = opened.pointee.global_quality
        if format == .png {
            // So that the file says that it is sRGB.
            filled.pointee.color_primaries = AVCOL_PRI_BT709
            filled.pointee.color_trc = AVCOL_TRC_IEC61966_2_1
        }
        try call.check(av_frame_get_buffer(filled, 0), "write")
        fill(filled, from: picture)
        try call.check(avcodec_send_frame(opened, filled), "write")
        try call.check(avcodec_send_frame(opened, nil), "write")
        var packet = av_packet_alloc()
        defer { av_packet_free(&packet) }
        let done = LibAV.allocated(packet)
        try call.check(avcodec_receive_packet(opened, done), "write")
        return try sink(UnsafeRawBufferPointer(start: done.pointee.data, count: Int(done.pointee.size)))
    }

    private func fill(_ filled: UnsafeMutablePointer<AVFrame>, from picture: Frame) {
        guard format != .png else { return fillRows(filled, from: picture) }
        picture.withBytes { bytes in
            let (width, height) = (picture.width, picture.height)
            // JPEG's matrix is BT.601, in full range.
            let layout = YUVLayout(
                matrix: Int32(AVCOL_SPC_SMPTE170M.rawValue), isFullRange: true,
                chromaLocation: AVCHROMA_LOC_CENTER.rawValue)
            let scaler = Scaler(
                from: .init(width: width, height: height, format: AV_PIX_FMT_RGB24),
                to: .init(width: width, height: height, format: format == .webp ? AV_PIX_FMT_BGRA : AV_PIX_FMT_YUV444P),
                yuv: layout)
            LibAV.allocated(scaler).convert(bytes, stride: picture.rowStride, to: filled)
        }
    }

    /// PNG's pixels: those of the frame, and opacity behind each.
    private func fillRows(_ filled: UnsafeMutablePointer<AVFrame>, from picture: Frame) {
        let stride = Int(filled.pointee.linesize.0)
        let target = UnsafeMutableRawPointer(LibAV.allocated(filled.pointee.data.0))
        let (size, step) = (picture.format.bytesPerPixel, picture.format.bytesPerComponent)
        let pixel = picture.opacity == nil ? size : size + step
        func copy(_ frame: Frame, count: Int, to place: Int) {
            frame.withBytes { bytes in
                for y in 0..<frame.height {
                    let (from, to) = (bytes.baseAddress! + y * frame.rowStride, target + y * stride + place)
                    for x in 0..<frame.width {
                        (to + x * pixel).copyMemory(from: from + x * size, byteCount: count)
                    }
                }
            }
        }
        copy(picture, count: size, to: 0)
        if let opacity = picture.opacity { copy(opacity.frame, count: step, to: size) }
        guard picture.format == .rgb48 else { return }
        for y in 0..<picture.height {
            UnsafeMutableRawBufferPointer(start: target + y * stride, count: picture.width * pixel).swapBytes()
        }
    }
}

extension UnsafeMutableRawBufferPointer {
    /// From this machine's order of 16-bit numbers to the network's.
    fileprivate func swapBytes() {
        let words = bindMemory(to: UInt16.self)
        for place in words.indices { words[place] = words[place].bigEndian }
    }
}
