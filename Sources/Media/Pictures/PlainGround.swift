internal import CFFmpeg
import Imaging

/// Lays pictures with transparent places over white or black.
final class PlainGround {
    private let width: Int
    private let height: Int
    private let stride: Int
    private let level: Int
    private let bytes: UnsafeMutableRawBufferPointer

    init(_ ground: PictureFile.Ground, width: Int, height: Int) {
        (self.width, self.height, level) = (width, height, ground == .white ? 255 : 0)
        stride = (width * 4 + 63) / 64 * 64
        // 64 bytes more than the rows, as in Frame.
        bytes = .allocate(byteCount: stride * height + 64, alignment: 64)
    }

    deinit { bytes.deallocate() }

    /// A component c of opacity a becomes (c a + g (255 - a)) / 255 on a ground g.
    /// - Parameter scaler: to RGBA of this size.
    /// - Returns: whether any place was transparent.
    func convert(_ decoded: UnsafePointer<AVFrame>, _ scaler: Scaler, into frame: Frame) -> Bool {
        precondition(frame.width == width && frame.height == height && scaler.to.format == AV_PIX_FMT_RGBA.rawValue)
        scaler.convert(decoded, to: bytes, stride: stride)
        var isTransparent = false
        frame.withMutableBytes { target in
            for y in 0..<height {
                for x in 0..<width {
                    let from = y * stride + x * 4
                    let to = y * frame.rowStride + x * 3
                    let opacity = Int(bytes[from + 3])
                    if opacity < 255 { isTransparent = true }
                    for component in 0..<3 {
                        let blended = Int(bytes[from + component]) * opacity + level * (255 - opacity)
                        target[to + component] = UInt8((blended + 127) / 255)
                    }
                }
            }
        }
        return isTransparent
    }
}
