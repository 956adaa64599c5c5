/// How much detail interleaved RGB rows have, and more or less of it.
package enum Detail {
    /// Detail is what differs from the mean of 9 x 9 pixels.
    package static let reach = 4

    /// Adds each component's differences to those right of and below it, whatever their sign.
    package static func addGradients(
        _ row: Samples, below: Samples, width: Int, into sums: UnsafeMutablePointer<Float>
    ) {
        vectors(3 * (width - 1)) { i, n in
            let here = row.load(i, n)
            let (right, under) = (row.load(i + 3, n) - here, below.load(i, n) - here)
            store(load(sums + i, n) + right.size + under.size, sums + i, n)
        }
    }

    /// Floats of scratch that `amplify` takes.
    package static func scratchCount(width: Int) -> Int { 3 * (width + 2 * reach) }

    /// Row `y` with gain times its detail added. Rows and columns beyond the picture's edges are those at the edges.
    /// - Parameter gains: one for each component of the row.
    package static func amplify(
        _ source: Samples, rowStride: Int, width: Int, height: Int, y: Int,
        gains: UnsafePointer<Float>, scratch: UnsafeMutablePointer<Float>, into to: MutableSamples
    ) {
        let columns = scratch + 3 * reach
        vectors(3 * width) { i, n in
            var sum = Lanes.zero
            for row in -reach...reach { sum += (source + min(max(y + row, 0), height - 1) * rowStride).load(i, n) }
            store(sum, columns + i, n)
        }
        for i in 0..<3 * reach {
            scratch[i] = columns[i % 3]
            columns[3 * width + i] = columns[3 * (width - 1) + i % 3]
        }
        let side = 2 * reach + 1
        let share = Lanes(repeating: 1 / Float(side * side))
        vectors(3 * width) { i, n in
            var sum = Lanes.zero
            for column in 0..<side { sum += load(scratch + i + 3 * column, n) }
            let here = (source + y * rowStride).load(i, n)
            let gain = load(gains + i, n)
            to.store(here.addingProduct(here - sum * share, gain), i, n)
        }
    }
}
