import Kernels
import Testing

/// SplitMix64: the same numbers on every machine.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: Int) { state = UInt64(seed) }

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

/// Memory between two walls: a kernel that writes beyond its output breaks one.
final class Guarded<Element: Equatable & BitwiseCopyable> {
    let count: Int
    private let memory: UnsafeMutablePointer<Element>
    private let wall: Element
    private static var thickness: Int { 96 }

    /// - Parameter offset: moves the first element off its alignment.
    init(_ count: Int, wall: Element, offset: Int = 1) {
        (self.count, self.wall) = (count, wall)
        memory = .allocate(capacity: count + 2 * Self.thickness + offset)
        memory.initialize(repeating: wall, count: count + 2 * Self.thickness + offset)
        base = memory + Self.thickness + offset
    }

    deinit { memory.deallocate() }

    let base: UnsafeMutablePointer<Element>
    var values: [Element] { Array(UnsafeBufferPointer(start: base, count: count)) }
    var isIntact: Bool {
        (0..<base - memory).allSatisfy { memory[$0] == wall }
            && (count..<count + Self.thickness).allSatisfy { base[$0] == wall }
    }
}

extension Guarded where Element == Float {
    convenience init(_ values: [Float], offset: Int = 1) {
        self.init(values.count, wall: 1e30, offset: offset)
        for (i, value) in values.enumerated() { base[i] = value }
    }

    convenience init(output count: Int, offset: Int = 1) { self.init(count, wall: 12_345, offset: offset) }
}

/// Largest difference, as a part of the largest magnitude expected.
func deviation(_ actual: [Float], _ expected: [Float]) -> Float {
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
