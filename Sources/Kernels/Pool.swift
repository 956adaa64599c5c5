/// Pooling over windows that lie whole within the input; what is left at the right and the bottom is not seen.
package enum Pool {
    /// Positions `columns` of output row `y` [width / factor, channels]: means of `factor` x `factor` windows of the
    /// input [., width, channels], or of its squares.
    package static func averageRow(
        _ input: UnsafePointer<Float>, width: Int, channels: Int, factor: Int, squared: Bool, y: Int,
        columns: Range<Int>, into output: UnsafeMutablePointer<Float>
    ) {
        let scale = Lanes(repeating: 1 / Float(factor * factor))
        for x in columns {
            vectors(channels) { c, n in
                var sum = Lanes.zero
                for i in 0..<factor {
                    for j in 0..<factor {
                        let v = load(input + ((y * factor + i) * width + x * factor + j) * channels + c, n)
                        if squared { sum.addProduct(v, v) } else { sum += v }
                    }
                }
                store(sum * scale, output + x * channels + c, n)
            }
        }
    }

    /// Positions `columns` of output row `y` [(width - window) / stride + 1, channels]: maxima of `window` x `window`
    /// values.
    package static func maximumRow(
        _ input: UnsafePointer<Float>, width: Int, channels: Int, window: Int, stride: Int, y: Int,
        columns: Range<Int>, into output: UnsafeMutablePointer<Float>
    ) {
        for x in columns {
            vectors(channels) { c, n in
                let first = input + (y * stride * width + x * stride) * channels + c
                var most = load(first, n)
                for i in 0..<window {
                    for j in 0..<window {
                        let v = load(first + (i * width + j) * channels, n)
                        most = most.replacing(with: v, where: v .> most)
                    }
                }
                store(most, output + x * channels + c, n)
            }
        }
    }
}

/// Pooling as it is written down.
package enum PoolReference {
    package static func average(
        _ input: [Float], height: Int, width: Int, channels: Int, factor: Int, squared: Bool
    ) -> [Float] {
        windows(height, width, channels, factor, factor) { places in
            let sum = places.reduce(0.0) { $0 + (squared ? Double(input[$1]) * Double(input[$1]) : Double(input[$1])) }
            return Float(sum / Double(places.count))
        }
    }

    package static func maximum(
        _ input: [Float], height: Int, width: Int, channels: Int, window: Int, stride: Int
    ) -> [Float] {
        windows(height, width, channels, window, stride) { places in places.map { input[$0] }.max()! }
    }

    private static func windows(
        _ height: Int, _ width: Int, _ channels: Int, _ window: Int, _ stride: Int, _ value: ([Int]) -> Float
    ) -> [Float] {
        var output: [Float] = []
        for y in starts(height, window, stride) {
            for x in starts(width, window, stride) {
                for c in 0..<channels {
                    var places: [Int] = []
                    for i in 0..<window {
                        for j in 0..<window { places.append(((y + i) * width + x + j) * channels + c) }
                    }
                    output.append(value(places))
                }
            }
        }
        return output
    }

    private static func starts(_ side: Int, _ window: Int, _ step: Int) -> StrideThrough<Int> {
        Swift.stride(from: 0, through: side - window, by: step)
    }
}
