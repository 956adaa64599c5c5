internal import Glibc

/// Linear light of a wide range to gamma-encoded pixels: a curve over each pixel's largest component, by which all
/// three are scaled so that hues stay, and then the inverse of BT.1886's transfer function.
///
/// The curve is that of Hable ("Uncharted 2: HDR Lighting", GDC 2010): h(x) / h(peak), with h(x) = (x (A x + C B) + D
/// E) / (x (A x + B) + D F) - E / F and A to F = 0.15, 0.5, 0.1, 0.2, 0.02, 0.3. Without a peak light above 1 is cut
/// off.
package struct ToneCurve: Sendable {
    /// h(peak); nil: cuts off.
    private let top: Float?
    /// x^(1/2.4) at x = (i / steps)^4, in levels: smooth enough there for straight lines between.
    private let encoded: [Float]
    private static let steps = 4096
    /// More than any light that is encoded; colours that no display shows become numbers without end.
    private static let most: Float = 64

    /// - Parameter peak: the light that becomes 1, in multiples of reference white; nil cuts off at 1.
    package init(peak: Float?) {
        top = peak.map { Self.hable($0) }
        encoded = (0...Self.steps + 1).map { Float(255 * pow(Double($0) / Double(Self.steps), 4 / 2.4)) }
    }

    /// - Parameter light: rows of red, green and blue, 1 being reference white.
    package func row(
        _ light: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>), count: Int,
        into pixels: MutableSamples
    ) {
        encoded.withUnsafeBufferPointer { encoded in
            for x in 0..<count {
                let colour = SIMD4(light.0[x], light.1[x], light.2[x], 0)
                let linear = bounded(mapped(bounded(colour, -Self.most...Self.most)), 0...1)
                pixels.store(encode(linear, encoded.baseAddress!), 3 * x)
            }
        }
    }

    private func mapped(_ colour: SIMD4<Float>) -> SIMD4<Float> {
        let most = max(colour.x, colour.y, colour.z)
        guard most > 0 else { return .zero }
        let target = top.map { Self.hable(most) / $0 } ?? most
        return colour * (min(target, 1) / most)
    }

    /// What is not a number becomes the least.
    private func bounded(_ colour: SIMD4<Float>, _ range: ClosedRange<Float>) -> SIMD4<Float> {
        let least = SIMD4(repeating: range.lowerBound)
        let large = least.replacing(with: colour, where: colour .> least)
        return large.replacing(with: range.upperBound, where: large .> range.upperBound)
    }

    private func encode(_ colour: SIMD4<Float>, _ encoded: UnsafePointer<Float>) -> SIMD4<Float> {
        let place = colour.squareRoot().squareRoot() * Float(Self.steps)
        var levels = SIMD4<Float>.zero
        for c in 0..<3 {
            let step = Int(place[c])
            levels[c] = encoded[step] + (encoded[step + 1] - encoded[step]) * (place[c] - Float(step))
        }
        return levels
    }

    private static func hable(_ x: Float) -> Float {
        (x * (0.15 * x + 0.05) + 0.004) / (x * (0.15 * x + 0.5) + 0.06) - 0.02 / 0.3
    }
}
