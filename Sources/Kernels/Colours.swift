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

    /// (r, g, b) -> r `red` + g `green` + b `blue` + `offset`, in levels, rounded once and cut off at 0 and 255.
    /// `target` may be the source.
    package static func map(
        _ source: Samples, width: Int, red: SIMD4<Float>, green: SIMD4<Float>, blue: SIMD4<Float>,
        offset: SIMD4<Float>, into target: MutableSamples
    ) {
        vectors(width) { x, n in
            let from = Planes(source, x, n)
            func component(_ c: Int) -> Lanes {
                var sum = Lanes(repeating: offset[c])
                sum.addProduct(from.red, Lanes(repeating: red[c]))
                sum.addProduct(from.green, Lanes(repeating: green[c]))
                sum.addProduct(from.blue, Lanes(repeating: blue[c]))
                return sum
            }
            Planes(red: component(0), green: component(1), blue: component(2)).store(target, x, n)
        }
    }

    /// The luma of `painting` with the chroma of `source`, whose difference from its own luma is made smaller where a
    /// component would leave 0 to 255. `target` may be either.
    package static func chroma(
        of source: Samples, luma painting: Samples, width: Int, into target: MutableSamples
    ) {
        vectors(width) { x, n in
            let from = Planes(source, x, n)
            let own = from.luma
            let (red, green, blue) = (from.red - own, from.green - own, from.blue - own)
            let luma = Planes(painting, x, n).luma
            // By the components that go farthest.
            let most = larger(larger(red, green), blue)
            let least = larger(larger(-red, -green), -blue)
            let (above, below) = (share(of: most, in: 255 - luma), share(of: least, in: luma))
            let share = above.replacing(with: below, where: below .< above)
            Planes(
                red: luma.addingProduct(red, share), green: luma.addingProduct(green, share),
                blue: luma.addingProduct(blue, share)
            ).store(target, x, n)
        }
    }

    @inline(__always)
    private static func larger(_ a: Lanes, _ b: Lanes) -> Lanes { a.replacing(with: b, where: b .> a) }

    /// How much of a difference there is room for: at most 1, which x / x is.
    @inline(__always)
    private static func share(of difference: Lanes, in room: Lanes) -> Lanes {
        room / larger(larger(difference, room), Lanes(repeating: 1e-30))
    }

    /// Up to eight pixels by their components. (Pixel by pixel a frame took two to six times as long.)
    private struct Planes {
        let red, green, blue: Lanes

        @inline(__always)
        init(red: Lanes, green: Lanes, blue: Lanes) { (self.red, self.green, self.blue) = (red, green, blue) }

        @inline(__always)
        init(_ row: Samples, _ x: Int, _ pixels: Int) {
            let (a, b, c) = (
                row.load(3 * x, Self.components(of: pixels, 0)), row.load(3 * x + 8, Self.components(of: pixels, 1)),
                row.load(3 * x + 16, Self.components(of: pixels, 2))
            )
            red = Lanes(a[0], a[3], a[6], b[1], b[4], b[7], c[2], c[5])
            green = Lanes(a[1], a[4], a[7], b[2], b[5], c[0], c[3], c[6])
            blue = Lanes(a[2], a[5], b[0], b[3], b[6], c[1], c[4], c[7])
        }

        /// In levels, rounded to the nearest and cut off at 0 and 255.
        @inline(__always)
        func store(_ row: MutableSamples, _ x: Int, _ pixels: Int) {
            let (r, g, b) = (red, green, blue)
            row.store(
                Lanes(r[0], g[0], b[0], r[1], g[1], b[1], r[2], g[2]), 3 * x, Self.components(of: pixels, 0))
            row.store(
                Lanes(b[2], r[3], g[3], b[3], r[4], g[4], b[4], r[5]), 3 * x + 8, Self.components(of: pixels, 1))
            row.store(
                Lanes(g[5], b[5], r[6], g[6], b[6], r[7], g[7], b[7]), 3 * x + 16, Self.components(of: pixels, 2))
        }

        /// Y' of BT.709, of which `Colours.luma` is one pixel's.
        @inline(__always)
        var luma: Lanes { 0.2126 * red + (0.7152 * green + 0.0722 * blue) }

        /// Of three vectors that hold `pixels`, how many lanes of one count.
        @inline(__always)
        private static func components(of pixels: Int, _ vector: Int) -> Int {
            pixels == 8 ? 8 : min(max(3 * pixels - 8 * vector, 0), 8)
        }
    }

    /// Y' of BT.709 (ITU-R BT.709-6, item 3.2), of gamma-encoded components.
    @inline(__always)
    static func luma(_ pixel: SIMD4<Float>) -> Float { 0.2126 * pixel.x + (0.7152 * pixel.y + 0.0722 * pixel.z) }
}
