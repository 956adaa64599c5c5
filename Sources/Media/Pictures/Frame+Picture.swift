public import Imaging
import Kernels

extension Frame {
    /// Laid down upright.
    func turned(by orientation: Orientation) -> Frame {
        guard orientation != .upright else { return self }
        let swaps = orientation.swapsSides
        let upright = Frame(width: swaps ? height : width, height: swaps ? width : height)
        withBytes { orientation.place($0, width: width, height: height, stride: rowStride, into: upright) }
        return upright
    }

    /// With components of another depth, to the nearest; itself where it has that.
    public func converted(to format: PixelFormat) -> Frame {
        guard format != self.format else { return self }
        let other = Frame(width: width, height: height, format: format)
        other.place = place
        withMutableSamples { from in
            other.withMutableSamples { to in
                for y in 0..<height {
                    Opacity.copy(from + y * rowStride, count: 3 * width, into: to + y * other.rowStride)
                }
            }
        }
        return other
    }

    /// At a part of the size: means of squares. What is left over at the right and at the bottom falls away.
    func reduced(by divisor: Int) -> Frame {
        let smaller = Frame(width: max(1, width / divisor), height: max(1, height / divisor))
        let (across, down) = (min(divisor, width), min(divisor, height))
        withBytes { from in
            smaller.withMutableBytes { to in
                for y in 0..<smaller.height {
                    for place in 0..<(smaller.width * 3) {
                        let start = y * divisor * rowStride + place / 3 * divisor * 3 + place % 3
                        var sum = across * down / 2
                        for row in 0..<down {
                            for column in 0..<across { sum += Int(from[start + row * rowStride + column * 3]) }
                        }
                        to[y * smaller.rowStride + place] = UInt8(sum / (across * down))
                    }
                }
            }
        }
        return smaller
    }
}
