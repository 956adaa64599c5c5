/// Rows of interleaved RGB: their colours' sums, and other colours in their places.
package enum Colours {
    /// Sums of a stretch of pixels, in whole steps of their format (255 or 65535 of them), exact: no sum depends on
    /// how a picture was cut.
    package struct Sums: Sendable, Hashable {
        /// Of red, green and blue.
        package var first = SIMD4<UInt64>.zero
        /// Of their squares.
        package var squares = SIMD4<UInt64>.zero
        /// Of red times green, green times blue, blue times red.
        package var mixed = SIMD4<UInt64>.zero

        package init() {}

        package static func += (sums: inout Sums, others: Sums) {
            sums.first &+= others.first
            sums.squares &+= others.squares
            sums.mixed &+= others.mixed
        }
    }

    /// Adds a row. What lies behind its last component is read, too. The sums hold 2^32 pixels of 16 bits.
    package static func add(_ row: Samples, width: Int, to sums: inout Sums) {
        var own = sums
        for x in 0..<width {
            let pixel = row.whole(3 * x)
            let turned = SIMD4<UInt32>(pixel.y, pixel.z, pixel.x, 0)
            own.first &+= SIMD4<UInt64>(truncatingIfNeeded: pixel)
            // 65535 squared is below 2^32.
            own.squares &+= SIMD4<UInt64>(truncatingIfNeeded: pixel &* pixel)
            own.mixed &+= SIMD4<UInt64>(truncatingIfNeeded: pixel &* turned)
        }
        sums = own
    }

    /// (r, g, b, -) -> r `red` + g `green` + b `blue` + `offset`, in levels, rounded once and cut off at 0 and 255.
    /// `target` may be the source.
    package static func map(
        _ source: Samples, width: Int, red: SIMD4<Float>, green: SIMD4<Float>, blue: SIMD4<Float>,
        offset: SIMD4<Float>, into target: MutableSamples
    ) {
        for x in 0..<width {
            let pixel = source.pixel(3 * x)
            var sum = offset
            sum.addProduct(red, SIMD4(repeating: pixel.x))
            sum.addProduct(green, SIMD4(repeating: pixel.y))
            sum.addProduct(blue, SIMD4(repeating: pixel.z))
            target.store(bounded(sum), 3 * x)
        }
    }

    /// The luma of `painting` with the chroma of `source`, whose difference from its own luma is made smaller where a
    /// component would leave 0 to 255. `target` may be either.
    package static func chroma(
        of source: Samples, luma painting: Samples, width: Int, into target: MutableSamples
    ) {
        for x in 0..<width {
            let from = source.pixel(3 * x)
            let difference = from - SIMD4(repeating: luma(from))
            let luma = SIMD4(repeating: luma(painting.pixel(3 * x)))
            // How far each component may go, and so by how much all may at most.
            let room = (SIMD4(repeating: 255) - luma).replacing(with: -luma, where: difference .< 0)
            var shares = room / difference
            // The fourth lane is no colour. 0 / 0 compares false.
            shares.w = 1
            shares.replace(with: 1, where: .!(shares .< 1))
            let share = min(shares.x, shares.y, shares.z)
            target.store(bounded(luma.addingProduct(difference, SIMD4(repeating: share))), 3 * x)
        }
    }

    /// Y' of BT.709 (ITU-R BT.709-6, item 3.2), of gamma-encoded components.
    @inline(__always)
    static func luma(_ pixel: SIMD4<Float>) -> Float { 0.2126 * pixel.x + (0.7152 * pixel.y + 0.0722 * pixel.z) }

    @inline(__always)
    private static func bounded(_ pixel: SIMD4<Float>) -> SIMD4<Float> {
        pixel.replacing(with: 0, where: pixel .< 0).replacing(with: 255, where: pixel .> 255)
    }
}
