internal import CFFmpeg
import Imaging
import Kernels

/// Rows of RGB into the planes of frames to be encoded: 8 bits into 8 bits by swscale, whose bytes people have; else by
/// zimg, dithered once. Opacity is rounded to the nearest, so that what is opaque stays so.
final class PlaneFiller {
    private let width: Int
    private let height: Int
    /// Of the planes of colours.
    private let format: AVPixelFormat
    private let depth: Int
    private let hasOpacity: Bool
    private let yuv: YUVLayout
    private var scaler: Scaler?
    private var exact: ExactPlanes?
    /// The picture with its last column or row repeated, where the planes have one more.
    private var padded: Frame?

    /// - Parameters: sides, format and colours of the planes.
    /// - Throws: `MediaError`, where there is no way to them.
    init(width: Int, height: Int, _ pixels: EncodedPixels, _ colour: Colour, _ call: LibAV) throws {
        let format = pixels.colours.format
        (self.width, self.height, self.format) = (width, height, format)
        (depth, hasOpacity) = (pixels.depth, pixels.hasOpacity)
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
        if hasOpacity { fillOpacity(frame, picture.opacity?.frame) }
        let picture = padded(picture)
        if let scaler, picture.format == .rgb24 {
            return picture.withBytes { scaler.convert($0, stride: picture.rowStride, to: frame) }
        }
        exact = exact ?? ExactPlanes(width: width, height: height, format: format, yuv: yuv)
        guard let exact else { preconditionFailure("frames of a format that is not written") }
        exact.convert(picture, to: frame)
    }

    /// - Parameter opacity: nil: all is opaque.
    private func fillOpacity(_ frame: UnsafeMutablePointer<AVFrame>, _ opacity: Frame?) {
        let (data, stride) = UnsafePointer(frame).plane(3)
        let plane = UnsafeMutableRawPointer(mutating: data)
        if let opacity {
            opacity.withSamples {
                for y in 0..<height {
                    Opacity.plane(
                        $0 + min(y, opacity.height - 1) * opacity.rowStride, count: opacity.width, bits: depth,
                        into: plane + y * stride, places: width)
                }
            }
        } else {
            let white: [UInt8] = [255, 255, 255]
            white.withUnsafeBytes {
                let pixel = Samples($0.baseAddress!, isWide: false)
                for y in 0..<height {
                    Opacity.plane(pixel, count: 1, bits: depth, into: plane + y * stride, places: width)
                }
            }
        }
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
