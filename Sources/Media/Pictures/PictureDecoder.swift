internal import CFFmpeg
import Imaging
import Logging
import Machine

/// Decodes one picture.
final class PictureDecoder {
    private let picture: EncodedPicture
    private let file: String
    private let call: LibAV
    private var context: UnsafeMutablePointer<AVCodecContext>?
    private var frame = av_frame_alloc()
    private static let logger = Logger(label: "media")

    init(_ picture: EncodedPicture, file: String) throws {
        self.picture = picture
        self.file = file
        call = LibAV(file: file, kind: .damaged)
        guard let codec = avcodec_find_decoder(picture.codec) else {
            throw MediaError(
                .notMedia, operation: "read", file: file,
                text: "this system's libavcodec cannot decode \(String(cString: avcodec_get_name(picture.codec)))")
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

    func decode() throws -> Frame {
        _ = LibAVLog.lastError()
        let decoded = try decodeFirst()
        if let said = LibAVLog.lastError() {
            PictureDecoder.logger.warning(
                "\(printable(file)) is damaged and read as far as it goes: \(printable(said))")
        }
        return try convert(decoded)
    }

    private func decodeFirst() throws -> UnsafeMutablePointer<AVFrame> {
        var packet = av_packet_alloc()
        defer { av_packet_free(&packet) }
        let filled = LibAV.allocated(packet)
        try call.check(av_new_packet(filled, Int32(picture.bytes.count)), "read")
        picture.bytes.withUnsafeBytes {
            UnsafeMutableRawBufferPointer(start: filled.pointee.data, count: $0.count).copyMemory(from: $0)
        }
        let decoded = LibAV.allocated(frame)
        var code = avcodec_send_packet(context, filled)
        if code >= 0 {
            avcodec_send_packet(context, nil)
            code = avcodec_receive_frame(context, decoded)
        }
        guard code >= 0 else {
            throw call.error(code, "read", found: "it is too damaged to be read: " + LibAV.text(of: code))
        }
        return decoded
    }

    private func convert(_ decoded: UnsafeMutablePointer<AVFrame>) throws -> Frame {
        let (width, height) = (Int(decoded.pointee.width), Int(decoded.pointee.height))
        let (format, isFullRange) = AVPixelFormat(decoded.pointee.format).withoutRange
        let stored = Frame(width: width, height: height)
        let target = format.hasAlpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24
        guard
            let scaler = Scaler(
                from: .init(width: width, height: height, format: format),
                to: .init(width: width, height: height, format: target),
                yuv: layout(of: decoded, isFullRange: isFullRange))
        else {
            throw call.failure("read", "its pixel format \(format.name) cannot be converted to RGB")
        }
        if format.hasAlpha {
            _ = WhiteGround(width: width, height: height).convert(decoded, scaler, into: stored)
        } else {
            stored.withMutableBytes { scaler.convert(decoded, to: $0, stride: stored.rowStride) }
        }
        guard picture.orientation != .upright else { return stored }
        let swaps = picture.orientation.swapsSides
        let upright = Frame(width: swaps ? height : width, height: swaps ? width : height)
        stored.withBytes {
            picture.orientation.place($0, width: width, height: height, stride: stored.rowStride, into: upright)
        }
        return upright
    }

    private func layout(of decoded: UnsafeMutablePointer<AVFrame>, isFullRange: Bool) -> YUVLayout {
        let colour = Colour(decoded.pointee, fallback: Colour())
        var layout = picture.yuv
        if colour.hasKnownMatrix { layout.matrix = Int32(colour.matrix) }
        let format = AVPixelFormat(decoded.pointee.format)
        layout.isFullRange =
            isFullRange || format.isGrey || colour.range == AVCOL_RANGE_JPEG.rawValue || layout.isFullRange
        // Still pictures' chroma is centred, unlike video's.
        layout.chromaLocation = colour.chromaLocation != 0 ? colour.chromaLocation : AVCHROMA_LOC_CENTER.rawValue
        return layout
    }
}
