public import Imaging
import Kernels
public import Machine

/// Mean and covariance of a picture's colours: gamma-encoded red, green and blue, 0 to 1.
public struct ColourMoments: Sendable, Hashable, Codable {
    public var mean: SIMD3<Double>
    /// The population's.
    public var covariance: Symmetric3

    public init(mean: SIMD3<Double>, covariance: Symmetric3) { (self.mean, self.covariance) = (mean, covariance) }

    /// Of all of a frame's pixels, summed as whole numbers: exact, whoever sums which of them.
    public init(of frame: Frame, team: ThreadTeam) {
        let parts = min(64, frame.height)
        let sums = frame.withSamples { pixels in
            withUnsafeTemporaryAllocation(of: Colours.Sums.self, capacity: parts) { sums in
                sums.initialize(repeating: Colours.Sums())
                let sums = sums.baseAddress!
                team.run(parts) { part, _ in
                    for y in frame.height * part / parts..<frame.height * (part + 1) / parts {
                        Colours.add(pixels + y * frame.rowStride, width: frame.width, to: &sums[part])
                    }
                }
                return (0..<parts).reduce(into: Colours.Sums()) { $0 += sums[$1] }
            }
        }
        let steps: Double = frame.format == .rgb48 ? 65535 : 255
        let count = Double(frame.width) * Double(frame.height)
        func mean(_ sum: SIMD4<UInt64>, _ unit: Double) -> SIMD3<Double> {
            SIMD3(Double(sum.x), Double(sum.y), Double(sum.z)) / (count * unit)
        }
        let first = mean(sums.first, steps)
        let second = Symmetric3(
            diagonal: mean(sums.squares, steps * steps), mixed: mean(sums.mixed, steps * steps))
        self.init(mean: first, covariance: second - Symmetric3(square: first))
    }

    /// Of several frames, each with the same weight: mean of the means; mean of (covariance + mean meanᵀ) less the
    /// mean's own.
    /// - Parameter frames: at least one.
    public static func average(_ frames: [ColourMoments]) -> ColourMoments {
        precondition(!frames.isEmpty, "moments of no frames")
        if frames.count == 1 { return frames[0] }
        let count = Double(frames.count)
        let mean = frames.reduce(SIMD3.zero) { $0 + $1.mean } / count
        let squares = frames.dropFirst().reduce(frames[0].square) { $0 + $1.square } / count
        return ColourMoments(mean: mean, covariance: squares - Symmetric3(square: mean))
    }

    /// Mean of x xᵀ.
    private var square: Symmetric3 { covariance + Symmetric3(square: mean) }
}

extension ColourMoments {
    /// Between several: means and covariances each in straight lines. What lies between two palettes is no mixture of
    /// them, in which the difference of their means would be spread.
    /// - Parameter weights: of each; they sum to 1.
    public static func mixed(_ moments: [ColourMoments], weights: [Double]) -> ColourMoments {
        precondition(!moments.isEmpty && moments.count == weights.count, "weights of other palettes")
        var (mean, diagonal, mixed) = (SIMD3<Double>.zero, SIMD3<Double>.zero, SIMD3<Double>.zero)
        for (own, weight) in zip(moments, weights) {
            mean += weight * own.mean
            diagonal += weight * own.covariance.diagonal
            mixed += weight * own.covariance.mixed
        }
        return ColourMoments(mean: mean, covariance: Symmetric3(diagonal: diagonal, mixed: mixed))
    }
}
