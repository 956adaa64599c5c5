internal import Kernels
public import Machine

extension Tensor {
    /// Fills a tensor of three channels with value scale(c) + offset(c) of 8-bit RGB pixels. Where the tensor is larger
    /// than the picture, at the right and the bottom, the picture is reflected as often as needed.
    /// - Parameters:
    ///   - pixels: `height` rows of `width` pixels, `stride` bytes apart.
    ///   - scale: of each channel, on values from 0 to 255; `offset` likewise.
    public func read(
        pixels: UnsafeRawBufferPointer, stride: Int, width: Int, height: Int, scale: (Float, Float, Float),
        offset: (Float, Float, Float), team: ThreadTeam
    ) {
        precondition(channels == 3 && width > 0 && height > 0 && width <= self.width && height <= self.height)
        precondition(stride >= 3 * width && pixels.count >= (height - 1) * stride + 3 * width)
        let from = pixels.baseAddress!
        team.run(self.height) { y, _ in
            let row = from + paddedIndex(y, height, .reflect) * stride
            Pixels.widen(
                row.assumingMemoryBound(to: UInt8.self), width: width, columns: self.width,
                scale: SIMD4(scale.0, scale.1, scale.2, 0), offset: SIMD4(offset.0, offset.1, offset.2, 0),
                into: self.row(y))
        }
    }

    /// Writes the upper left `width` x `height` of a tensor of three channels, values from 0 to 1, as 8-bit RGB pixels,
    /// rounded to the nearest. Bytes between the rows are left as they are.
    public func write(
        pixels: UnsafeMutableRawBufferPointer, stride: Int, width: Int, height: Int, team: ThreadTeam
    ) {
        precondition(channels == 3 && width > 0 && height > 0 && width <= self.width && height <= self.height)
        precondition(stride >= 3 * width && pixels.count >= (height - 1) * stride + 3 * width)
        let to = pixels.baseAddress!
        team.run(height) { y, _ in
            Pixels.narrow(self.row(y), count: 3 * width, into: (to + y * stride).assumingMemoryBound(to: UInt8.self))
        }
    }
}
