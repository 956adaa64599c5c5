import Foundation
package import Testing

/// Largest difference, as a part of the largest magnitude expected; infinite where a value is no number.
package func deviation(_ actual: [Float], _ expected: [Float]) -> Float {
    guard actual.count == expected.count else { return .infinity }
    var (worst, largest): (Float, Float) = (0, 0)
    for (a, e) in zip(actual, expected) {
        guard a.isFinite else { return .infinity }
        worst = max(worst, abs(a - e))
        largest = max(largest, abs(e))
    }
    return largest == 0 ? (worst == 0 ? 0 : .infinity) : worst / largest
}

/// Expects agreement within `bound`, under which zeros and the expected values shifted by one place would not pass.
package func expectAgreement(
    _ actual: [Float], _ expected: [Float], within bound: Float, _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(deviation(actual, expected) <= bound, comment, sourceLocation: sourceLocation)
    guard expected.count > 1 else { return }
    #expect(deviation(expected.map { _ in 0 }, expected) > bound, "zeros would pass", sourceLocation: sourceLocation)
    let shifted = Array(expected.dropFirst() + expected.prefix(1))
    #expect(deviation(shifted, expected) > bound, "a shift would pass", sourceLocation: sourceLocation)
}

/// Peak signal-to-noise ratio in decibels of values up to `peak`; infinite for equal ones.
package func psnr(_ a: [Float], _ b: [Float], peak: Double = 1) -> Double {
    precondition(a.count == b.count && !a.isEmpty)
    let squares = zip(a, b).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    return squares > 0 ? 10 * log10(peak * peak * Double(a.count) / squares) : .infinity
}

/// The same of bytes; 99 for equal pictures.
package func psnr(_ a: [UInt8], _ b: [UInt8]) -> Double {
    min(99, psnr(a.map(Float.init), b.map(Float.init), peak: 255))
}
