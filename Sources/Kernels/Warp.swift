/// Pictures brought along a motion that is known at every `side` pixels.
package enum Warp {
    /// Where an axis's pixels lie between nodes, one node in the middle of every `side` pixels; beyond the outermost
    /// nodes is the outermost's.
    package struct Axis: Sendable {
        package var node: [Int32] = []
        package var fraction: [Float] = []

        package init(pixels: Int, nodes: Int, side: Int) {
            for pixel in 0..<pixels {
                let place = min(max((Float(pixel) + 0.5) / Float(side) - 0.5, 0), Float(nodes - 1))
                let first = max(min(Int(place), nodes - 2), 0)
                node.append(Int32(first))
                fraction.append(place - Float(first))
            }
        }
    }

    /// A row of nodes between two, and its last again behind it.
    package static func nodes(
        _ upper: UnsafePointer<SIMD4<Float>>, _ lower: UnsafePointer<SIMD4<Float>>, fraction: Float, count: Int,
        into to: UnsafeMutablePointer<SIMD4<Float>>
    ) {
        let share = SIMD4(repeating: fraction)
        for i in 0..<count { to[i] = upper[i].addingProduct(lower[i] - upper[i], share) }
        to[count] = to[count - 1]
    }

    /// Adds weight (r, g, b, 255) to a row's sums, of the picture at x + u, y + v, bilinear, edges clamped.
    /// - Parameters:
    ///   - source: the picture of interleaved RGB, 2 x 2 pixels at least, with a component behind its last.
    ///   - nodes: (u, v, weight, -) of this row, one more than there are. Where the weight is 0 nothing is added.
    package static func addRow(
        _ source: Samples, rowStride: Int, width: Int, height: Int, y: Int,
        nodes: UnsafePointer<SIMD4<Float>>, node: UnsafePointer<Int32>, fraction: UnsafePointer<Float>,
        into sums: UnsafeMutablePointer<SIMD4<Float>>
    ) {
        let (right, bottom) = (Float(width - 1), Float(height - 1))
        for x in 0..<width {
            let first = nodes[Int(node[x])]
            let here = first.addingProduct(nodes[Int(node[x]) + 1] - first, SIMD4(repeating: fraction[x]))
            guard here.z > 0 else { continue }
            let (column, line) = (min(max(Float(x) + here.x, 0), right), min(max(Float(y) + here.y, 0), bottom))
            let (left, top) = (min(Int(column), width - 2), min(Int(line), height - 2))
            let (across, down) = (column - Float(left), line - Float(top))
            let (above, below) = (source + top * rowStride, source + (top + 1) * rowStride)
            let upper = between(above.pixel(3 * left), above.pixel(3 * left + 3), across)
            let lower = between(below.pixel(3 * left), below.pixel(3 * left + 3), across)
            sums[x].addProduct(between(upper, lower, down), SIMD4(repeating: here.z))
        }
    }

    /// A row's own pixels with weight 1.
    package static func begin(
        _ source: Samples, width: Int, into sums: UnsafeMutablePointer<SIMD4<Float>>
    ) {
        for x in 0..<width { sums[x] = source.pixel(3 * x) }
    }

    /// A row's sums over their weights, rounded to the nearest; weights are above 0.
    package static func finish(
        _ sums: UnsafePointer<SIMD4<Float>>, width: Int, into to: MutableSamples
    ) {
        for x in 0..<width { to.store(sums[x] / SIMD4(repeating: sums[x].w / 255), 3 * x) }
    }

    /// The squared differences of a row to another's sums, and of how many pixels: those of full weight. Where the
    /// weight is less, `to` gets the row's own pixels, elsewhere the sums'.
    package static func compare(
        _ row: Samples, _ sums: UnsafePointer<SIMD4<Float>>, width: Int,
        into to: MutableSamples
    ) -> SIMD2<Double> {
        var (total, count) = (0.0, 0.0)
        for x in 0..<width {
            let own = row.pixel(3 * x)
            let isVisible = sums[x].w >= 255
            let colour = isVisible ? sums[x] : own
            let difference = colour - own
            total += Double((difference * difference).sum())
            count += isVisible ? 1 : 0
            to.store(colour, 3 * x)
        }
        return SIMD2(total, count)
    }

    @inline(__always)
    private static func between(_ a: SIMD4<Float>, _ b: SIMD4<Float>, _ share: Float) -> SIMD4<Float> {
        a.addingProduct(b - a, SIMD4(repeating: share))
    }
}
