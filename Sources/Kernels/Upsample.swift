/// Bilinear upsampling to twice the size, half-pixel centres, edges clamped:
/// out(2 i) = ¼ x(i - 1) + ¾ x(i), out(2 i + 1) = ¾ x(i) + ¼ x(i + 1), down the columns and along the rows.
package enum Upsample {
    /// Positions `columns` of output row `y` [2 width, channels] from input [height, width, channels].
    /// - Parameter stride: floats from one input position to the next; more than `channels` where only some are taken.
    /// - Parameter added: the same row of a tensor of the output's shape, or nil.
    package static func row(
        _ input: UnsafePointer<Float>, height: Int, width: Int, stride: Int, channels: Int, y: Int,
        columns: Range<Int>, adding added: UnsafePointer<Float>?, into output: UnsafeMutablePointer<Float>
    ) {
        let near = y / 2
        let far = min(max(y % 2 == 0 ? near - 1 : near + 1, 0), height - 1)
        let a = input + near * width * stride
        let b = input + far * width * stride
        vectors(channels) { c, n in
            let start = columns.lowerBound / 2
            let before = max(start - 1, 0) * stride + c
            var left = blend(a + before, b + before, n)
            var here = blend(a + start * stride + c, b + start * stride + c, n)
            for x in start..<(columns.upperBound + 1) / 2 {
                let next = min(x + 1, width - 1) * stride + c
                let right = blend(a + next, b + next, n)
                var first = (Lanes(repeating: 0.75) * here).addingProduct(left, Lanes(repeating: 0.25))
                var second = (Lanes(repeating: 0.75) * here).addingProduct(right, Lanes(repeating: 0.25))
                let to = 2 * x * channels + c
                if let added {
                    first += load(added + to, n)
                    second += load(added + to + channels, n)
                }
                if 2 * x >= columns.lowerBound { store(first, output + to, n) }
                if 2 * x + 1 < columns.upperBound { store(second, output + to + channels, n) }
                left = here
                here = right
            }
        }
    }

    @inline(__always)
    private static func blend(
        _ near: UnsafePointer<Float>, _ far: UnsafePointer<Float>, _ n: Int
    ) -> Lanes {
        (Lanes(repeating: 0.75) * load(near, n)).addingProduct(load(far, n), Lanes(repeating: 0.25))
    }
}

/// Upsampling as it is written down.
package enum UpsampleReference {
    package static func apply(
        _ input: [Float], height: Int, width: Int, channels: Int, adding added: [Float]? = nil
    ) -> [Float] {
        func value(_ y: Int, _ x: Int, _ c: Int) -> Double {
            Double(input[(min(max(y, 0), height - 1) * width + min(max(x, 0), width - 1)) * channels + c])
        }
        var output: [Float] = []
        for y in 0..<2 * height {
            for x in 0..<2 * width {
                let (i, j) = (y / 2, x / 2)
                let (fi, fj) = (y % 2 == 0 ? i - 1 : i + 1, x % 2 == 0 ? j - 1 : j + 1)
                for c in 0..<channels {
                    let near = 0.75 * value(i, j, c) + 0.25 * value(i, fj, c)
                    let far = 0.75 * value(fi, j, c) + 0.25 * value(fi, fj, c)
                    output.append(Float(0.75 * near + 0.25 * far + Double(added?[output.count] ?? 0)))
                }
            }
        }
        return output
    }
}
