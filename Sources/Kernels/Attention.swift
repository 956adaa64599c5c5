/// Attention of content positions over style positions, gated by the content (3.1, Eq. 1 to 5), one head and one block
/// of positions at a time: the map of all positions over all others never exists whole.
package enum Attention {
    /// The shapes of one head: `tokens` style positions, keys of `keyWidth`, values of `valueWidth` floats.
    package struct Shape: Sendable {
        package var tokens, keyWidth, valueWidth: Int

        package init(tokens: Int, keyWidth: Int, valueWidth: Int) {
            (self.tokens, self.keyWidth, self.valueWidth) = (tokens, keyWidth, valueWidth)
        }

        /// Content positions of a block: its part of the map takes about a quarter of a 1 MB L2 cache.
        package var block: Int { min(max(65_536 / tokens / 6 * 6, 6), 48) }
        package func scratchCount(block: Int) -> Int { block * (tokens + 16 + keyWidth + valueWidth) + 64 }
    }

    /// Z_cs of one head for `positions` content positions that follow one another.
    ///
    /// - Parameters:
    ///   - query: the head's slice of the first position's query; `queryStride` floats on lies the next position's.
    ///   - keys: [tokens, keyWidth], unit length; `values`: [tokens, valueWidth].
    ///   - gate: the first position's ψ for this head's λ; `gateOffset` on lies its β, `gateStride` on the next
    ///     position's. Nil: nothing is dropped.
    ///   - scratch: `shape.scratchCount(block: positions)` floats.
    /// - Returns: [positions, valueWidth] within `scratch`.
    package static func head(
        _ shape: Shape, query: UnsafePointer<Float>, queryStride: Int, keys: UnsafePointer<Float>,
        values: UnsafePointer<Float>, gate: UnsafePointer<Float>?, gateStride: Int, gateOffset: Int, alpha: Float,
        positions: Int, scratch: UnsafeMutablePointer<Float>
    ) -> UnsafePointer<Float> {
        let rowStride = (shape.tokens + 15) / 16 * 16
        let map = scratch
        let queries = map + positions * rowStride
        let sums = queries + positions * shape.keyWidth
        for p in 0..<positions {
            unitLength(query + p * queryStride, shape.keyWidth, into: queries + p * shape.keyWidth)
        }
        Gemm.multiply(
            queries, shape.keyWidth, keys, shape.keyWidth, into: map, rowStride, m: positions, n: shape.tokens,
            k: shape.keyWidth, scale: alpha, transposed: true)
        // The weights stay as e^(score - max); what they must be divided by goes on the sums, which are fewer.
        let kept = queries  // no longer needed
        for p in 0..<positions {
            let row = map + p * rowStride
            let (total, most) = exponentials(row, shape.tokens, alpha: alpha)
            guard let gate else {
                kept[p] = total
                continue
            }
            let (scale, bias) = thresholds(gate + p * gateStride, gateOffset)
            let threshold = (scale + bias) / Float(shape.tokens) * total
            // Where nothing exceeds it (a style of one colour, and rounding), the whole row is kept.
            kept[p] = most > threshold ? drop(row, shape.tokens, threshold: threshold) : total
        }
        Gemm.multiply(
            map, rowStride, values, shape.valueWidth, into: sums, shape.valueWidth, m: positions, n: shape.valueWidth,
            k: shape.tokens)
        for p in 0..<positions {
            let factor = 1 / kept[p]
            for i in 0..<shape.valueWidth { sums[p * shape.valueWidth + i] *= factor }
        }
        return UnsafePointer(sums)
    }

    /// `vector` / |vector|, the length taken as at least 1e-6.
    package static func unitLength(_ vector: UnsafePointer<Float>, _ count: Int, into to: UnsafeMutablePointer<Float>) {
        var squares = Lanes.zero
        var i = 0
        while i < count {
            let v = load(vector + i, min(8, count - i))
            squares.addProduct(v, v)
            i += 8
        }
        let factor = 1 / max(squares.sum().squareRoot(), 1e-6)
        for i in 0..<count { to[i] = vector[i] * factor }
    }

    /// λ and β of a position: 1/8 + 3/8 sigmoid(ψ).
    @inline(__always)
    private static func thresholds(_ gate: UnsafePointer<Float>, _ offset: Int) -> (Float, Float) {
        let v = sigmoid(Lanes(gate[0], gate[offset], 0, 0, 0, 0, 0, 0))
        return (0.125 + 0.375 * v[0], 0.125 + 0.375 * v[1])
    }

    /// Replaces a row of scores by e^(score - shift); returns their sum and the largest of them.
    ///
    /// Vectors are of unit length, so no score exceeds alpha, and alpha can be the shift while e^(-2 alpha) is far from
    /// float's smallest; the largest score need not be looked for first.
    private static func exponentials(
        _ row: UnsafeMutablePointer<Float>, _ count: Int, alpha: Float
    ) -> (sum: Float, most: Float) {
        var shift = Lanes(repeating: alpha)
        if alpha > 20 {
            var most = Lanes(repeating: row[0])
            for i in 0..<count where row[i] > most[0] { most[0] = row[i] }
            shift = Lanes(repeating: most[0])
        }
        var sums = Lanes.zero
        var most = Lanes.zero
        vectors(count) { i, n in
            store(exponential(load(row + i, n) - shift), row + i, n)
            let e = load(row + i, n)
            sums += e
            most = most.replacing(with: e, where: e .> most)
        }
        return (sums.sum(), most.max())
    }

    /// Zeroes what does not exceed the threshold and returns the sum of the rest.
    private static func drop(_ row: UnsafeMutablePointer<Float>, _ count: Int, threshold: Float) -> Float {
        let limit = Lanes(repeating: threshold)
        var sums = Lanes.zero
        vectors(count) { i, n in
            let v = load(row + i, n)
            let open = v.replacing(with: 0, where: v .<= limit)
            store(open, row + i, n)
            sums += open
        }
        return sums.sum()
    }
}
