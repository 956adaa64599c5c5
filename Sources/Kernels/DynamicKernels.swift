internal import Glibc

/// Kernels of every position and channel (3.2, Eq. 6): `taps` down the column, `taps` along the row, and a bias.
///
/// A position's kernels lie tap-major: F1's taps 0..<k with C channels each, then F2's, then B. `isCorrection` says
/// that they are δ: F1 = (point + δ1) gain, F2 = point + δ2, B = δB + bias, `point` being 1 at the middle tap.
package enum DynamicKernels {
    /// How far corrections lead from the content to the style: δ are taken `strength` times, and gain and bias lie so
    /// far on the way from the content's own deviations and means, in the order of the result's channels. 1 is the
    /// style, 0 the content; beyond 1 a gain stays above half of either.
    package struct Tempering {
        let strength: Float
        let means, deviations: UnsafePointer<Float>

        package init(strength: Float, means: UnsafePointer<Float>, deviations: UnsafePointer<Float>) {
            (self.strength, self.means, self.deviations) = (strength, means, deviations)
        }

        @inline(__always)
        fileprivate func gain(_ gain: Lanes, _ c: Int, _ n: Int) -> Lanes {
            let own = load(deviations + c, n)
            let far = own.addingProduct(Lanes(repeating: strength), gain - own)
            let least = gain.replacing(with: own, where: own .< gain) * 0.5
            return far.replacing(with: least, where: far .< least)
        }

        @inline(__always)
        fileprivate func bias(_ bias: Lanes, _ c: Int, _ n: Int) -> Lanes {
            let own = load(means + c, n)
            return own.addingProduct(Lanes(repeating: strength), bias - own)
        }
    }

    /// m(x) = Σ_i F1_i(x) n(y + i - k/2, x) for the positions `columns` of one row.
    /// - Parameters:
    ///   - rows: `taps` rows of n [width, channels], `rowStride` floats apart.
    ///   - kernels: [width, (2 taps + 1) channels]; `gain`: [width, channels] or nil.
    package static func columns(
        _ rows: UnsafePointer<Float>, rowStride: Int, kernels: UnsafePointer<Float>, gain: UnsafePointer<Float>?,
        isCorrection: Bool, tempering: Tempering? = nil, taps: Int, columns: Range<Int>, channels: Int,
        into m: UnsafeMutablePointer<Float>
    ) {
        let point = Lanes(repeating: isCorrection ? 1 : 0)
        let strength = Lanes(repeating: tempering?.strength ?? 1)
        for x in columns {
            let kernel = kernels + x * (2 * taps + 1) * channels
            let place = x * channels
            vectors(channels) { c, n in
                var sum = Lanes.zero
                for i in 0..<taps {
                    var f = i == taps / 2 ? point : .zero
                    f.addProduct(strength, load(kernel + i * channels + c, n))
                    sum.addProduct(f, load(rows + i * rowStride + place + c, n))
                }
                if let tempering {
                    sum *= tempering.gain(gain.map { load($0 + place + c, n) } ?? Lanes(repeating: 1), c, n)
                } else if let gain {
                    sum *= load(gain + place + c, n)
                }
                store(sum, m + place + c, n)
            }
        }
    }

    /// out(x) = Σ_j F2_j(x) m(x + j - k/2) + B(x) for the positions `columns` of one row, m reflected at its ends.
    package static func rows(
        _ m: UnsafePointer<Float>, kernels: UnsafePointer<Float>, bias: UnsafePointer<Float>?, isCorrection: Bool,
        tempering: Tempering? = nil, taps: Int, width: Int, columns: Range<Int>, channels: Int,
        into output: UnsafeMutablePointer<Float>
    ) {
        let point = Lanes(repeating: isCorrection ? 1 : 0)
        let strength = Lanes(repeating: tempering?.strength ?? 1)
        for x in columns {
            let kernel = kernels + (x * (2 * taps + 1) + taps) * channels
            vectors(channels) { c, n in
                var sum = load(kernel + taps * channels + c, n)
                if let tempering {
                    sum *= strength
                    sum += tempering.bias(bias.map { load($0 + x * channels + c, n) } ?? .zero, c, n)
                } else if let bias {
                    sum += load(bias + x * channels + c, n)
                }
                for j in 0..<taps {
                    var f = j == taps / 2 ? point : .zero
                    f.addProduct(strength, load(kernel + j * channels + c, n))
                    let source = paddedIndex(x + j - taps / 2, width, .reflect)
                    sum.addProduct(f, load(m + source * channels + c, n))
                }
                store(sum, output + x * channels + c, n)
            }
        }
    }

    /// In place: sum + weight (other - first), value by value.
    package static func add(
        _ weight: Float, of other: UnsafePointer<Float>, against first: UnsafePointer<Float>,
        to sum: UnsafeMutablePointer<Float>, count: Int
    ) {
        vectors(count) { c, n in
            var value = load(sum + c, n)
            value.addProduct(Lanes(repeating: weight), load(other + c, n) - load(first + c, n))
            store(value, sum + c, n)
        }
    }

    /// In place: squares become standard deviations sqrt(max(square - mean², 0) + epsilon), over `positions` of
    /// `stride` floats; `mean` and `square` are the first position's.
    package static func deviations(
        mean: UnsafePointer<Float>, square: UnsafeMutablePointer<Float>, epsilon: Float, positions: Int, stride: Int,
        channels: Int
    ) {
        for p in 0..<positions {
            vectors(channels) { c, n in
                let m = load(mean + p * stride + c, n)
                let variance = (load(square + p * stride + c, n) - m * m).rectified
                store((variance + Lanes(repeating: epsilon)).squareRoot(), square + p * stride + c, n)
            }
        }
    }
}

/// Eq. 6 as it is written down.
package enum DynamicKernelsReference {
    /// - Parameters:
    ///   - n: normalised and shuffled features [height, width, channels].
    ///   - kernels: [height, width, (2 taps + 1) channels], F1, F2 and B themselves.
    package static func apply(
        _ n: [Float], kernels: [Float], taps: Int, height: Int, width: Int, channels: Int
    ) -> [Float] {
        func kernel(_ y: Int, _ x: Int, _ tap: Int, _ c: Int) -> Double {
            Double(kernels[((y * width + x) * (2 * taps + 1) + tap) * channels + c])
        }
        func column(_ y: Int, _ x: Int, _ c: Int) -> Double {
            (0..<taps).reduce(0.0) { sum, i in
                let source = paddedIndex(y + i - taps / 2, height, .reflect)
                return sum + kernel(y, x, i, c) * Double(n[(source * width + x) * channels + c])
            }
        }
        var output: [Float] = []
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<channels {
                    let sum = (0..<taps).reduce(0.0) { sum, j in
                        sum + kernel(y, x, taps + j, c) * column(y, paddedIndex(x + j - taps / 2, width, .reflect), c)
                    }
                    output.append(Float(sum + kernel(y, x, 2 * taps, c)))
                }
            }
        }
        return output
    }
}
