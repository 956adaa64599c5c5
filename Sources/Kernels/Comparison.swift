/// What comparing two pictures' features takes (LPIPS).
package enum Comparison {
    /// Divides each position's channels by their length + ε.
    package static func makeUnitLength(
        _ values: UnsafeMutablePointer<Float>, positions: Int, channels: Int, epsilon: Float
    ) {
        for p in 0..<positions {
            let position = values + p * channels
            let length = sumOfSquares(position, channels).squareRoot()
            let factor = Lanes(repeating: 1 / (length + epsilon))
            vectors(channels) { c, n in
                store(load(position + c, n) * factor, position + c, n)
            }
        }
    }

    @inline(__always)
    private static func sumOfSquares(_ values: UnsafePointer<Float>, _ count: Int) -> Float {
        var sum = Lanes.zero
        vectors(count) { c, n in
            let v = load(values + c, n)
            sum.addProduct(v, v)
        }
        return sum.sum()
    }

    /// Σ over positions and channels of weight(c) (a - b)²: a position's sum in float, the positions' in double.
    package static func weightedSquaredDifference(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, weights: UnsafePointer<Float>, positions: Int,
        channels: Int
    ) -> Double {
        var total = 0.0
        for p in 0..<positions {
            var sum = Lanes.zero
            vectors(channels) { c, n in
                let difference = load(a + p * channels + c, n) - load(b + p * channels + c, n)
                sum.addProduct(load(weights + c, n) * difference, difference)
            }
            total += Double(sum.sum())
        }
        return total
    }
}

/// Comparison as it is written down, in double.
package enum ComparisonReference {
    package static func unitLength(_ values: [Float], channels: Int, epsilon: Double) -> [Float] {
        stride(from: 0, to: values.count, by: channels).flatMap { start -> [Float] in
            let position = values[start..<start + channels].map(Double.init)
            let length = position.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return position.map { Float($0 / (length + epsilon)) }
        }
    }

    package static func weightedSquaredDifference(_ a: [Float], _ b: [Float], weights: [Float]) -> Double {
        a.indices.reduce(0.0) { sum, i in
            let difference = Double(a[i]) - Double(b[i])
            return sum + Double(weights[i % weights.count]) * difference * difference
        }
    }
}
