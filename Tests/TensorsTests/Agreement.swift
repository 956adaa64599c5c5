import Tensors
import Testing

/// SplitMix64: the same numbers on every machine.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func floats(_ count: Int, _ range: ClosedRange<Float> = -1...1) -> [Float] {
        (0..<count).map { _ in .random(in: range, using: &self) }
    }
}

/// Largest difference, as a part of the largest magnitude expected.
func deviation(_ actual: [Float], _ expected: [Float]) -> Float {
    precondition(actual.count == expected.count)
    var (worst, largest): (Float, Float) = (0, 0)
    for (a, e) in zip(actual, expected) {
        guard a.isFinite else { return .infinity }
        worst = max(worst, abs(a - e))
        largest = max(largest, abs(e))
    }
    return largest == 0 ? (worst == 0 ? 0 : .infinity) : worst / largest
}

/// Expects agreement within `bound`, under which zeros and the expected values shifted by one place would not pass.
func expectAgreement(
    _ actual: [Float], _ expected: [Float], within bound: Float, _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(deviation(actual, expected) <= bound, comment, sourceLocation: sourceLocation)
    guard expected.count > 1 else { return }
    #expect(deviation(expected.map { _ in 0 }, expected) > bound, "zeros would pass", sourceLocation: sourceLocation)
    let shifted = Array(expected.dropFirst() + expected.prefix(1))
    #expect(deviation(shifted, expected) > bound, "a shift would pass", sourceLocation: sourceLocation)
}

extension Tensor {
    convenience init(height: Int, width: Int, channels: Int, values: [Float]) {
        self.init(height: height, width: width, channels: channels)
        precondition(values.count == count)
        for (i, value) in values.enumerated() { base[i] = value }
    }

    var values: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }
    var bits: [UInt32] { values.map(\.bitPattern) }
    func fill(_ value: Float) { base.update(repeating: value, count: count) }
}
