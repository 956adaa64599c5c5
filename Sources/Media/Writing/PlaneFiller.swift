internal import CFFmpeg
import Imaging

/// Rows of RGB into the planes of frames to be encoded: 8 bits into 8 bits by swscale, whose bytes people have; else by
/// zimg, dithered once.
final class PlaneFiller {
    private let width: Int
    private let height: Int
    private let format: AVPixelFormat
    private let yuv: YUVLayout
    private var scaler: Scaler?
    private var exact: ExactPlanes?
    /// The picture with its last column or row repeated, where the planes have one more.
    private var padded: Frame?

    /// - Parameters: sides, format and colours of the planes.
    /// - Throws: `MediaError`, where there is no way to them.
    init(width: Int, height: Int, format: AVPixelFormat, _ colour: Colour, _ call: LibAV) throws {
        (self.width, self.height, self.format) = (width, height, format)
        yuv = YUVLayout(
            matrix: Int32(colour.conversionMatrix(width: width, height: height)),
            isFullRange: colour.range == AVCOL_RANGE_JPEG.rawValue, chromaLocation: colour.chromaLocation)
        if format.depth > 8 {
            exact = ExactPlanes(width: width, height: height, format: format, yuv: yuv)
        } else {
            let from = Scaler.Side(width: width, height: height, format: AV_PIX_FMT_RGB24)
            scaler = Scaler(from: from, to: .init(width: width, height: height, format: format), yuv: yuv)
        }
        guard exact != nil || scaler != nil else {
            throw call.failure("convert", "frames of \(width) x \(height) cannot be converted")
        }
    }

    func fill(_ frame: UnsafeMutablePointer<AVFrame>, from picture: Frame) {
        let picture = padded(picture)
        if let scaler, picture.format == .rgb24 {
            return picture.withBytes { scaler.convert($0, stride: picture.rowStride, to: frame) }
        }
        exact = exact ?? ExactPlanes(width: width, height: height, format: format, yuv: yuv)
        guard let exact else { preconditionFailure("frames of a format that is not written") }
        exact.convert(picture, to: frame)
    }

    private func padded(_ picture: Frame) -> Frame {
        if (picture.width, picture.height) == (width, height) { return picture }
        let padded = padded ?? Frame(width: width, height: height, format: picture.format)
        self.padded = padded
        let size = picture.format.bytesPerPixel
        let row = picture.width * size
        picture.withBytes { from in
            padded.withMutableBytes { to in
                for y in 0..<height {
                    let start = min(y, picture.height - 1) * picture.rowStride
                    let target = y * padded.rowStride
                    copy(from[start..<(start + row)], to: to[target..<(target + row)])
                    guard width > picture.width else { continue }
                    copy(from[(start + row - size)..<(start + row)], to: to[(target + row)..<(target + row + size)])
                }
            }
        }
        return padded
    }
}

private func copy(_ from: Slice<UnsafeRawBufferPointer>, to: Slice<UnsafeMutableRawBufferPointer>) {
    UnsafeMutableRawBufferPointer(rebasing: to).copyMemory(from: UnsafeRawBufferPointer(rebasing: from))
}
