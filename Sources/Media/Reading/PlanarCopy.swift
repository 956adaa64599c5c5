internal import CFFmpeg

/// Frames whose format zimg does not take, as planes of red, green and blue of as many bits: palettes, components of
/// fewer than 8 bits, cinema's XYZ.
final class PlanarCopy {
    private let scaler: Scaler
    private let copy: UnsafeMutablePointer<AVFrame>

    /// Nil where swscale cannot read the format either.
    init?(of decoded: UnsafeMutablePointer<AVFrame>, yuv: YUVLayout) {
        let (width, height) = (Int(decoded.pointee.width), Int(decoded.pointee.height))
        let given = AVPixelFormat(decoded.pointee.format).withoutRange.format
        let isDeep = given.depth > 8
        let planar =
            given.hasAlpha
            ? isDeep ? AV_PIX_FMT_GBRAP16LE : AV_PIX_FMT_GBRAP : isDeep ? AV_PIX_FMT_GBRP16LE : AV_PIX_FMT_GBRP
        let target = Scaler.Side(width: width, height: height, format: planar)
        guard let scaler = Scaler(from: .init(width: width, height: height, format: given), to: target, yuv: yuv)
        else { return nil }
        self.scaler = scaler
        copy = LibAV.allocated(av_frame_alloc())
        (copy.pointee.width, copy.pointee.height) = (decoded.pointee.width, decoded.pointee.height)
        copy.pointee.format = planar.rawValue
        _ = LibAV.allocated(av_frame_get_buffer(copy, 0) >= 0 ? copy : nil)
    }

    deinit {
        var frame: UnsafeMutablePointer<AVFrame>? = copy
        av_frame_free(&frame)
    }

    func takes(_ decoded: UnsafePointer<AVFrame>) -> Bool {
        scaler.from
            == Scaler.Side(
                width: Int(decoded.pointee.width), height: Int(decoded.pointee.height),
                format: AVPixelFormat(decoded.pointee.format))
    }

    /// - Returns: the copy, good until the next.
    func take(_ decoded: UnsafePointer<AVFrame>) -> UnsafeMutablePointer<AVFrame> {
        scaler.scale(from: decoded, to: copy)
        return copy
    }
}
