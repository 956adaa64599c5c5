internal import Glibc

/// Gated attention of one head as Eq. 1 to 5 write it, in double.
package enum AttentionReference {
    /// - Parameters:
    ///   - queries: [positions, keyWidth], of any length; `keys`: [tokens, keyWidth], unit length.
    ///   - gate: for each position ψ's two values, for λ and for β.
    /// - Returns: [positions, valueWidth], and for each position the distance of its nearest attention from the
    ///   threshold, in row means.
    package static func head(
        queries: [[Float]], keys: [[Float]], values: [[Float]], gate: [(Float, Float)]?, alpha: Double
    ) -> (aligned: [[Double]], distance: [Double]) {
        var aligned: [[Double]] = []
        var distances: [Double] = []
        for (p, query) in queries.enumerated() {
            let length = max(query.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot(), 1e-6)
            let scores = keys.map { key in
                alpha * zip(query, key).reduce(0.0) { $0 + Double($1.0) / length * Double($1.1) }
            }
            let total = scores.reduce(0.0) { $0 + exp($1) }
            let attention = scores.map { exp($0) / total }
            var open = attention.map { _ in 1.0 }
            if let gate {
                let (scale, bias) = (threshold(gate[p].0), threshold(gate[p].1))
                let limit = scale / Double(keys.count) + bias / Double(keys.count)
                open = attention.map { $0 > limit ? 1 : 0 }
                distances.append(attention.map { abs($0 - limit) }.min()! * Double(keys.count))
                if open.allSatisfy({ $0 == 0 }) { open = attention.map { _ in 1 } }
            }
            let weights = zip(attention, open).map { $0 * $1 }
            let kept = weights.reduce(0, +)
            aligned.append(
                values[0].indices.map { i in
                    zip(weights, values).reduce(0.0) { $0 + $1.0 * Double($1.1[i]) } / kept
                })
        }
        return (aligned, distances)
    }

    private static func threshold(_ psi: Float) -> Double { 1 / 8 + 3 / 8 / (1 + exp(-Double(psi))) }
}
