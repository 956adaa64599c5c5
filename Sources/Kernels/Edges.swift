/// How much of an edge lies at each pixel, and two pictures put together by it. Rows beyond a picture's edges are those
/// at the edges, and so are columns.
package enum Edges {
    /// Luma of a row, Y' of BT.709, in levels.
    package static func luma(_ row: Samples, width: Int, into luma: UnsafeMutablePointer<Float>) {
        for x in 0..<width { luma[x] = Colours.luma(row.pixel(3 * x)) }
    }

    /// The size of Sobel's gradient in levels a pixel, of the row between two others.
    package static func gradient(
        _ above: UnsafePointer<Float>, _ row: UnsafePointer<Float>, _ below: UnsafePointer<Float>, width: Int,
        into gradient: UnsafeMutablePointer<Float>
    ) {
        inside(width) { x, l, r in
            let across = (above[r] - above[l]) + 2 * (row[r] - row[l]) + (below[r] - below[l])
            let down = (below[l] - above[l]) + 2 * (below[x] - above[x]) + (below[r] - above[r])
            gradient[x] = 0.125 * (across * across + down * down).squareRoot()
        }
    }

    /// The largest of 3 x 3.
    package static func widen(
        _ above: UnsafePointer<Float>, _ row: UnsafePointer<Float>, _ below: UnsafePointer<Float>, width: Int,
        into largest: UnsafeMutablePointer<Float>
    ) {
        func column(_ x: Int) -> Float {
            let two = above[x] > row[x] ? above[x] : row[x]
            return two > below[x] ? two : below[x]
        }
        inside(width) { x, l, r in
            let (left, here, right) = (column(l), column(x), column(r))
            let two = left > here ? left : here
            largest[x] = two > right ? two : right
        }
    }

    /// Smoothed by 1, 2, 1 both ways, and brought from `low` and less to 0, `high` and more to 1, with no corner
    /// between.
    package static func weigh(
        _ above: UnsafePointer<Float>, _ row: UnsafePointer<Float>, _ below: UnsafePointer<Float>, width: Int,
        low: Float, high: Float, into weights: UnsafeMutablePointer<Float>
    ) {
        func column(_ x: Int) -> Float { above[x] + 2 * row[x] + below[x] }
        let scale = 1 / (high - low)
        inside(width) { x, l, r in
            let smooth = 0.0625 * (column(l) + 2 * column(x) + column(r))
            let share = min(max((smooth - low) * scale, 0), 1)
            weights[x] = share * share * (3 - 2 * share)
        }
    }

    /// Where a pixel of a large picture lies between two of a small one: the first, and how far to the next.
    package struct Between: Sendable {
        package let first: [Int32]
        package let fraction: [Float]

        /// - Parameters: how many pixels the small and the large picture have that way, centres of the first on the
        ///   first's of the other's cells (half-pixel centres).
        package init(from small: Int, to large: Int) {
            let places = (0..<large).map { place in
                min(max((Double(place) + 0.5) * Double(small) / Double(large) - 0.5, 0), Double(small - 1))
            }
            first = places.map { Int32(min($0, Double(max(small - 2, 0)))) }
            fraction = zip(places, first).map { Float($0 - Double($1)) }
        }
    }

    /// Floats of scratch that `blend` takes.
    package static func scratchCount(width: Int, smallWidth: Int) -> Int { smallWidth + 1 + 3 * width }

    /// `coarse` + weight (`fine` - `coarse`), by the weights of a row that lies `down` of the way from one small
    /// row to the next.
    /// - Parameter scratch: `scratchCount` floats.
    package static func blend(
        coarse: Samples, fine: Samples, width: Int, above: UnsafePointer<Float>, below: UnsafePointer<Float>,
        down: Float, smallWidth: Int, across: Between, scratch: UnsafeMutablePointer<Float>, into to: MutableSamples
    ) {
        vectors(smallWidth) { x, n in
            let upper = load(above + x, n)
            store(upper.addingProduct(load(below + x, n) - upper, Lanes(repeating: down)), scratch + x, n)
        }
        scratch[smallWidth] = scratch[smallWidth - 1]
        let own = scratch + smallWidth + 1
        across.first.withUnsafeBufferPointer { first in
            across.fraction.withUnsafeBufferPointer { fraction in
                for x in 0..<width {
                    let pair = scratch + Int(first[x])
                    let weight = pair[0] + (pair[1] - pair[0]) * fraction[x]
                    for c in 0..<3 { own[3 * x + c] = weight }
                }
            }
        }
        vectors(3 * width) { i, n in
            let rough = coarse.load(i, n)
            to.store(rough.addingProduct(fine.load(i, n) - rough, load(own + i, n)), i, n)
        }
    }

    /// Every pixel with its neighbours to the left and right.
    @inline(__always)
    private static func inside(_ width: Int, _ body: (_ x: Int, _ left: Int, _ right: Int) -> Void) {
        guard width > 1 else { return body(0, 0, 0) }
        body(0, 0, 1)
        for x in 1..<width - 1 { body(x, x - 1, x + 1) }
        body(width - 1, width - 2, width - 1)
    }
}
