/// Normalisation and channel statistics over [positions, channels].
package enum Normalise {
    /// output(p, place) = (input(p, c) - mean(c)) / std(c), where group `order[i]` of the channels goes to place i.
    ///
    /// `order` holds the groups (the identity: one group, 0); `mean` and `std` are in the input's order.
    package static func apply(
        _ input: UnsafePointer<Float>, mean: UnsafePointer<Float>, std: UnsafePointer<Float>,
        order: UnsafePointer<Int>, groups: Int, into output: UnsafeMutablePointer<Float>, positions: Int, channels: Int
    ) {
        let width = channels / groups
        for p in 0..<positions {
            let from = input + p * channels
            let to = output + p * channels
            for i in 0..<groups {
                let source = order[i] * width
                vectors(width) { c, n in
                    // The lanes beyond n divide by what they must not: they are never stored.
                    let v = load(from + source + c, n) - load(mean + source + c, n)
                    store(v / load(std + source + c, n), to + i * width + c, n)
                }
            }
        }
    }

    /// In place: x(p, c) = x(p, c) std(c) + mean(c).
    package static func revert(
        _ values: UnsafeMutablePointer<Float>, mean: UnsafePointer<Float>, std: UnsafePointer<Float>, positions: Int,
        channels: Int
    ) {
        for p in 0..<positions {
            let place = values + p * channels
            vectors(channels) { c, n in
                store(load(mean + c, n).addingProduct(load(place + c, n), load(std + c, n)), place + c, n)
            }
        }
    }

    /// Adds each channel's sum and sum of squares over `positions` to `sums` and `squares`, in double.
    package static func accumulate(
        _ input: UnsafePointer<Float>, positions: Int, channels: Int, sums: UnsafeMutablePointer<Double>,
        squares: UnsafeMutablePointer<Double>
    ) {
        vectors(channels) { c, n in
            var sum = SIMD8<Double>.zero
            var square = SIMD8<Double>.zero
            for p in 0..<positions {
                let v = SIMD8<Double>(load(input + p * channels + c, n))
                sum += v
                square.addProduct(v, v)
            }
            for i in 0..<n {
                sums[c + i] += sum[i]
                squares[c + i] += square[i]
            }
        }
    }
}
