import Kernels
import Machine
import Tensors
import TestSupport
import Testing

/// What LPIPS compares with, against what is written down.
@Suite struct ComparisonTests {
    static let widths = [1, 7, 8, 9, 31, 64]

    @Test(arguments: widths) func unitLengthAndDifference(channels: Int) {
        var random = Seeded(channels)
        let (a, b) = (random.floats(35 * channels), random.floats(35 * channels))
        let weights = random.floats(channels, 0...1)
        let expectedUnit = ComparisonReference.unitLength(a, channels: channels, epsilon: 1e-10)
        let expected = ComparisonReference.weightedSquaredDifference(a, b, weights: weights)
        var distances: Set<Double> = []
        for threads in [1, 2, 3, 5] {
            let team = ThreadTeam(threads: threads)
            let first = Tensor(height: 7, width: 5, channels: channels, values: a)
            let second = Tensor(height: 7, width: 5, channels: channels, values: b)
            distances.insert(weightedSquaredDifference(first, second, weights: weights, team: team))
            makeUnitLength(first, epsilon: 1e-10, team: team)
            expectAgreement(first.values, expectedUnit, within: 1e-6)
        }
        #expect(distances.count == 1)
        #expect(abs(distances.first! - expected) < 1e-6 * expected)
    }

    @Test func unitLengthOfNothingIsNothing() {
        let x = Tensor(height: 1, width: 2, channels: 9)
        makeUnitLength(x, epsilon: 1e-10, team: ThreadTeam(threads: 1))
        #expect(x.values.allSatisfy { $0 == 0 })
    }
}
