internal import CFFmpeg
internal import CZimg
import Imaging
import Kernels

/// Rows of RGB into the planes of frames to be encoded, by zimg: dithered to the planes' depth, once.
final class ExactPlanes {
    private let conversion: PlaneConversion
    private let target: PlaneFormat
    private var source: Frame?

    /// Nil for formats that zimg does not write, or sides that chroma does not divide.
    init?(width: Int, height: Int, format: AVPixelFormat, yuv: YUVLayout) {
        guard let target = PlaneFormat(format), target.isPlain, !target.hasAlpha else { return nil }
        var from = PlaneConversion.format(width: width, height: height)
        (from.color_family, from.matrix_coefficients, from.pixel_range) = (
            ZIMG_COLOR_RGB, ZIMG_MATRIX_RGB, ZIMG_RANGE_FULL
        )
        (from.pixel_type, from.depth) = (ZIMG_PIXEL_WORD, 16)
        let to = target.zimg(width: width, height: height, yuv: yuv)
        guard let conversion = PlaneConversion(from: from, to: to, dithers: true) else { return nil }
        (self.conversion, self.target) = (conversion, target)
    }

    /// - Parameter frame: libav's, of the planned size and format, its planes at multiples of 32 bytes.
    func convert(_ picture: Frame, to frame: UnsafeMutablePointer<AVFrame>) {
        source = picture
        defer { source = nil }
        var planes = conversion.target()
        for (index, component) in target.components.enumerated() {
            let (data, stride) = UnsafePointer(frame).plane(Int(component.plane))
            sv_zimg_write(&planes, Int32(index), UnsafeMutableRawPointer(mutating: data), stride, .max)
        }
        conversion.run(
            conversion.source(), planes,
            fill: { user, y, _, _ in
                Unmanaged<ExactPlanes>.fromOpaque(user!).takeUnretainedValue().fill(Int(y))
                return 0
            }, empty: nil, user: Unmanaged.passUnretained(self).toOpaque())
    }

    private func fill(_ y: Int) {
        guard let source else { preconditionFailure("rows of no picture") }
        let ring = conversion.input
        func words(_ plane: Int) -> UnsafeMutablePointer<UInt16> {
            ring.row(plane, y).assumingMemoryBound(to: UInt16.self)
        }
        source.withSamples {
            Interleave.split($0 + y * source.rowStride, count: source.width, into: (words(0), words(1), words(2)))
        }
    }
}
