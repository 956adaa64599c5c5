internal import CKernels

/// Attention of content positions over style positions, gated by the content (3.1, Eq. 1 to 5), one head and one block
/// of positions at a time: the map of all positions over all others never exists whole.
///
/// The map lies [tokens, positions], so that a vector's lanes are positions: keys, values and queries are multiplied as
/// they lie, sums over the tokens are sums of vectors, and no bit depends on which positions share a block.
package enum Attention {
    /// The shapes of one head: `tokens` style positions, keys of `keyWidth`, values of `valueWidth` floats.
    package struct Shape: Sendable {
        package var tokens, keyWidth, valueWidth: Int
        let gemm: PackedGemm

        package init(tokens: Int, keyWidth: Int, valueWidth: Int, kernels: KernelTable.Row = KernelTable.row) {
            (self.tokens, self.keyWidth, self.valueWidth) = (tokens, keyWidth, valueWidth)
            gemm = kernels.gemm
        }

        /// Content positions of a block: its part of the map takes about a quarter of a 1 MB L2 cache.
        package var block: Int { min(max(65_536 / tokens / 16 * 16, 16), 48) }
        private var paddedValueWidth: Int { gemm.paddedWidth(valueWidth) }
        private var areValuesPadded: Bool { paddedValueWidth != valueWidth }
        package var scratchCount: Int {
            block * (tokens + keyWidth + paddedValueWidth + 2) + (areValuesPadded ? tokens * paddedValueWidth : 0)
        }

        /// Z_cs of one head for `positions` content positions that follow one another, at most a block.
        ///
        /// - Parameters:
        ///   - query: the head's slice of the first position's query; `queryStride` floats on lies the next position's.
        ///   - keys: [tokens, keyWidth], unit length; `values`: [tokens, valueWidth].
        ///   - gate: the first position's ψ for this head's λ; `gateOffset` on lies its β, `gateStride` on the next
        ///     position's. Nil: nothing is dropped.
        ///   - scratch: `scratchCount` floats.
        /// - Returns: the first position's, within `scratch`, and floats from one position's to the next.
        package func head(
            query: UnsafePointer<Float>, queryStride: Int, keys: UnsafePointer<Float>, values: UnsafePointer<Float>,
            gate: UnsafePointer<Float>?, gateStride: Int, gateOffset: Int, alpha: Float, positions: Int,
            scratch: UnsafeMutablePointer<Float>
        ) -> (sums: UnsafePointer<Float>, stride: Int) {
            let lanes = gemm.paddedWidth(positions)
            let map = scratch
            let queries = map + block * tokens
            let sums = queries + block * keyWidth
            let (kept, thresholds) = (sums + block * paddedValueWidth, sums + block * (paddedValueWidth + 1))
            queries.update(repeating: 0, count: lanes * keyWidth)
            for p in 0..<positions {
                Attention.unitLength(
                    query + p * queryStride, keyWidth, scale: alpha, into: queries + p, step: lanes)
            }
            gemm.multiply(keys, keyWidth, 1, queries, lanes, into: map, lanes, m: tokens, n: lanes, k: keyWidth)
            if let gate {
                for p in 0..<lanes { thresholds[p] = gate[min(p, positions - 1) * gateStride] }
                for p in 0..<lanes { kept[p] = gate[min(p, positions - 1) * gateStride + gateOffset] }
                // λ and β of a position are 1/8 + 3/8 sigmoid(ψ) each.
                gemm.level.sigmoid(thresholds, lanes, 1)
                gemm.level.sigmoid(kept, lanes, 1)
                for p in 0..<lanes { thresholds[p] = (0.25 + 0.375 * (thresholds[p] + kept[p])) / Float(tokens) }
            }
            // The weights stay as e^(score - shift); what they must be divided by goes on the sums, which are fewer.
            // Vectors are of unit length, so no score exceeds alpha, and alpha can be the shift while e^(-2 alpha) is
            // far from float's smallest; the largest score need not be looked for first.
            var how = stylevideo_softmax(
                tokens: tokens, positions: lanes, shift: alpha > 20 ? .nan : alpha,
                thresholds: gate == nil ? nil : UnsafePointer(thresholds))
            gemm.level.softmax(&how, map, kept)
            var values = values
            if areValuesPadded {
                let padded = thresholds + block
                for token in 0..<tokens {
                    let to = padded + token * paddedValueWidth
                    to.update(from: values + token * valueWidth, count: valueWidth)
                    (to + valueWidth).update(repeating: 0, count: paddedValueWidth - valueWidth)
                }
                values = UnsafePointer(padded)
            }
            gemm.multiply(
                map, 1, lanes, values, paddedValueWidth, into: sums, paddedValueWidth, m: positions,
                n: paddedValueWidth, k: tokens)
            for p in 0..<positions {
                let factor = 1 / kept[p]
                for i in 0..<valueWidth { sums[p * paddedValueWidth + i] *= factor }
            }
            return (UnsafePointer(sums), paddedValueWidth)
        }
    }

    /// `scale` `vector` / |vector|, the length taken as at least 1e-6, its values `step` apart.
    package static func unitLength(
        _ vector: UnsafePointer<Float>, _ count: Int, scale: Float = 1, into to: UnsafeMutablePointer<Float>,
        step: Int = 1
    ) {
        var squares = Lanes.zero
        var i = 0
        while i < count {
            let v = load(vector + i, min(8, count - i))
            squares.addProduct(v, v)
            i += 8
        }
        let factor = scale / max(squares.sum().squareRoot(), 1e-6)
        for i in 0..<count { to[i * step] = vector[i] * factor }
    }
}
