/// Between planes of red, green and blue, and pixels of three components.
package enum Interleave {
    /// - Parameters:
    ///   - planes: rows of `count` components of the pixels' width.
    package static func join(
        _ planes: (UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer), count: Int, into pixels: MutableSamples
    ) {
        if pixels.isWide {
            join(planes, count, into: pixels.words)
        } else {
            join(planes, count, into: pixels.bytes)
        }
    }

    /// - Parameters:
    ///   - planes: rows of `count` 16-bit numbers, whatever the pixels' width is.
    package static func split(
        _ pixels: Samples, count: Int,
        into planes: (UnsafeMutablePointer<UInt16>, UnsafeMutablePointer<UInt16>, UnsafeMutablePointer<UInt16>)
    ) {
        if pixels.isWide {
            split(pixels.words, count, into: planes) { $0 }
        } else {
            split(pixels.bytes, count, into: planes) { 257 * UInt16($0) }
        }
    }

    private static func join<Component>(
        _ planes: (UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer), _ count: Int,
        into pixels: UnsafeMutablePointer<Component>
    ) {
        let red = planes.0.assumingMemoryBound(to: Component.self)
        let green = planes.1.assumingMemoryBound(to: Component.self)
        let blue = planes.2.assumingMemoryBound(to: Component.self)
        for x in 0..<count { (pixels[3 * x], pixels[3 * x + 1], pixels[3 * x + 2]) = (red[x], green[x], blue[x]) }
    }

    @inline(__always)
    private static func split<Component>(
        _ pixels: UnsafePointer<Component>, _ count: Int,
        into planes: (UnsafeMutablePointer<UInt16>, UnsafeMutablePointer<UInt16>, UnsafeMutablePointer<UInt16>),
        _ widened: (Component) -> UInt16
    ) {
        for x in 0..<count {
            planes.0[x] = widened(pixels[3 * x])
            planes.1[x] = widened(pixels[3 * x + 1])
            planes.2[x] = widened(pixels[3 * x + 2])
        }
    }
}
