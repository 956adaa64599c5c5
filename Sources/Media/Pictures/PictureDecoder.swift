internal import CFFmpeg
import Imaging
import Machine

/// Decodes one picture by libav.
final class PictureDecoder {
    private let encoded: EncodedPicture
    private let call: LibAV
    private var context: UnsafeMutablePointer<AVCodecContext>?
    private var frame = av_frame_alloc()
    private var picture: PictureBytes { encoded.picture }

    /// What libav says where it lacks something rather than the file.
    private static let lacks = ["support", "implement", "patch", "sample", "Git"]

    init(_ encoded: EncodedPicture) throws {
        self.encoded = encoded
        call = LibAV(file: encoded.picture.path.string, kind: .damaged)
        guard let codec = PictureDecoder.decoder(encoded.codec) else {
            throw encoded.picture.unread("it is \(PictureDecoder.name(of: encoded.codec))")
        }
        context = LibAV.allocated(avcodec_alloc_context3(codec))
        let opened = LibAV.allocated(context)
        // One thread: what the decoder says is then said on this one.
        opened.pointee.thread_count = 1
        opened.pointee.max_pixels = Int64(PictureFile.maximumPixels)
        try call.check(avcodec_open2(opened, codec, nil), "read")
    }

    deinit {
        av_frame_free(&frame)
        avcodec_free_context(&context)
    }

    private static func decoder(_ codec: AVCodecID) -> UnsafePointer<AVCodec>? { avcodec_find_decoder(codec) }

    private static func name(of codec: AVCodecID) -> String {
        LibAV.string(avcodec_descriptor_get(codec)?.pointee.long_name) ?? "a picture"
    }

    func decode() throws -> Frame {
        _ = LibAVLog.lastError()
        let decoded = try decodeFirst()
        if let said = LibAVLog.lastError() {
            let detail = PictureDecoder.lacks.contains(where: said.contains) ? "" : ": \(said)"
            picture.notice("is damaged and read as far as it goes\(detail)")
        }
        return try convert(decoded)
    }

    private func decodeFirst() throws -> UnsafeMutablePointer<AVFrame> {
        var packet = av_packet_alloc()
        defer { av_packet_free(&packet) }
        let filled = LibAV.allocated(packet)
        try call.check(av_new_packet(filled, Int32(encoded.bytes.count)), "read")
        encoded.bytes.withUnsafeBytes {
            UnsafeMutableRawBufferPointer(start: filled.pointee.data, count: $0.count).copyMemory(from: $0)
        }
        let decoded = LibAV.allocated(frame)
        var code = avcodec_send_packet(context, filled)
        if code >= 0 {
            let flushed = avcodec_send_packet(context, nil)
            code = avcodec_receive_frame(context, decoded)
            if code < 0, flushed < 0 { code = flushed }
        }
        guard code >= 0 else { throw failure(code) }
        return decoded
    }

    /// What libav does not read is not damaged; what it would have one do about that is nobody's here.
    private func failure(_ code: Int32) -> MediaError {
        let error = call.error(code, "read", found: "it is too damaged to be read: " + LibAV.text(of: code))
        guard error.kind == .damaged,
            code == sv_error_not_implemented
                || PictureDecoder.lacks.contains(where: error.text.contains)
        else { return error }
        return picture.unread("it is a rare kind of \(PictureDecoder.name(of: encoded.codec))")
    }

    private func convert(_ decoded: UnsafeMutablePointer<AVFrame>) throws -> Frame {
        let (width, height) = (Int(decoded.pointee.width), Int(decoded.pointee.height))
        try picture.check(width: width, height: height)
        let (format, isFullRange) = AVPixelFormat(decoded.pointee.format).withoutRange
        let stored = Frame(width: width, height: height)
        let target = format.hasAlpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24
        guard
            let scaler = Scaler(
                from: .init(width: width, height: height, format: format),
                to: .init(width: width, height: height, format: target),
                yuv: layout(of: decoded, isFullRange: isFullRange))
        else { throw picture.unread("its pixels are \(format.name)") }
        if format.hasAlpha {
            _ = PlainGround(picture.ground, width: width, height: height).convert(decoded, scaler, into: stored)
        } else {
            stored.withMutableBytes { scaler.convert(decoded, to: $0, stride: stored.rowStride) }
        }
        apply(profileOf: decoded, to: stored, isGrey: format.isGrey)
        return stored.turned(by: encoded.orientation)
    }

    /// Grey lies in the frame three times.
    private func apply(profileOf decoded: UnsafeMutablePointer<AVFrame>, to frame: Frame, isGrey: Bool) {
        guard let data = av_frame_get_side_data(decoded, AV_FRAME_DATA_ICC_PROFILE)?.pointee else { return }
        let icc = [UInt8](UnsafeBufferPointer(start: data.data, count: data.size))
        let models: [(ColourModel, extra: Int)] = [(.rgb, 0)] + (isGrey ? [(.grey, 2)] : [])
        guard let profile = picture.profile(icc, models, bytes: 1) else { return }
        frame.withMutableBytes { bytes in
            for y in 0..<frame.height {
                let row = bytes.baseAddress! + y * frame.rowStride
                profile.convert(row, to: row, pixels: frame.width)
            }
        }
    }

    private func layout(of decoded: UnsafeMutablePointer<AVFrame>, isFullRange: Bool) -> YUVLayout {
        let colour = Colour(decoded.pointee, fallback: Colour())
        // Where the picture says no matrix, its format means BT.601 (JPEG, WebP do, whatever the size).
        let matrix = colour.hasKnownMatrix ? colour.matrix : UInt32(AVCOL_SPC_SMPTE170M.rawValue)
        let isFull =
            isFullRange || AVPixelFormat(decoded.pointee.format).isGrey || colour.range == AVCOL_RANGE_JPEG.rawValue
        // Still pictures' chroma is centred, unlike video's.
        let location = colour.chromaLocation != 0 ? colour.chromaLocation : AVCHROMA_LOC_CENTER.rawValue
        return YUVLayout(matrix: Int32(matrix), isFullRange: isFull, chromaLocation: location)
    }
}
