/// Normalisation and statistics as they are written down.
package enum NormaliseReference {
    package static func apply(
        _ input: [Float], mean: [Float], std: [Float], order: [Int], positions: Int, channels: Int
    ) -> [Float] {
        let width = channels / order.count
        var output = [Float](repeating: 0, count: positions * channels)
        for p in 0..<positions {
            for place in 0..<channels {
                let source = order[place / width] * width + place % width
                output[p * channels + place] = (input[p * channels + source] - mean[source]) / std[source]
            }
        }
        return output
    }

    /// Mean and population variance of each channel, in two passes.
    package static func moments(
        _ input: [Float], positions: Int, channels: Int
    ) -> (mean: [Double], variance: [Double]) {
        var mean = [Double](repeating: 0, count: channels)
        var variance = mean
        for p in 0..<positions {
            for c in 0..<channels { mean[c] += Double(input[p * channels + c]) / Double(positions) }
        }
        for p in 0..<positions {
            for c in 0..<channels {
                let d = Double(input[p * channels + c]) - mean[c]
                variance[c] += d * d / Double(positions)
            }
        }
        return (mean, variance)
    }
}
