import Kernels
import Machine
import Tensors
import TestSupport
import Testing

/// Normalisation, statistics, upsampling and pooling against what is written down.
@Suite struct PointwiseTests {
    static let widths = [1, 2, 3, 7, 8, 9, 16, 17, 31]

    private static func tensor(_ random: inout Seeded, _ h: Int, _ w: Int, _ c: Int) -> Tensor {
        Tensor(height: h, width: w, channels: c, values: random.floats(h * w * c, -2...3))
    }

    @Test(arguments: widths) func statistics(channels: Int) {
        var random = Seeded(channels)
        for (h, w) in [(1, 1), (1, 5), (7, 3), (19, 23)] {
            let x = Self.tensor(&random, h, w, channels)
            let expected = NormaliseReference.moments(x.values, positions: h * w, channels: channels)
            let one = channelStatistics(x, team: ThreadTeam(threads: 1))
            for (a, b) in zip(one.mean + one.variance, expected.mean + expected.variance) {
                #expect(abs(a - b) <= 1e-12 * max(abs(b), 1))
            }
            for threads in [2, 3, 5] { #expect(channelStatistics(x, team: ThreadTeam(threads: threads)) == one) }
        }
    }

    @Test(arguments: [
        (6, [0]), (6, [1, 0]), (9, [2, 0, 1]), (64, [3, 1, 0, 2]), (20, [1, 3, 0, 2]), (16, Array((0..<16).reversed())),
    ])
    func normalising(channels: Int, order: [Int]) {
        var random = Seeded(channels + order.count)
        let x = Self.tensor(&random, 5, 7, channels)
        let (mean, std) = (random.floats(channels), random.floats(channels, 0.5...2))
        let expected = NormaliseReference.apply(
            x.values, mean: mean, std: std, order: order, positions: 35, channels: channels)
        for threads in [1, 2, 3, 5] {
            let output = Tensor(height: 5, width: 7, channels: channels)
            normalise(
                x, by: Tensor(means: mean, deviations: std), order: order, into: output,
                team: ThreadTeam(threads: threads))
            #expect(output.values == expected)
        }
    }

    @Test(arguments: widths) func upsampling(channels: Int) {
        var random = Seeded(channels + 40)
        for (h, w) in [(1, 1), (1, 4), (5, 1), (6, 7)] {
            let x = Self.tensor(&random, h, w, channels)
            let added = Self.tensor(&random, 2 * h, 2 * w, channels)
            let plain = UpsampleReference.apply(x.values, height: h, width: w, channels: channels)
            let fused = UpsampleReference.apply(
                x.values, height: h, width: w, channels: channels, adding: added.values)
            var bits: [UInt32]?
            for threads in [1, 2, 3, 5] {
                let team = ThreadTeam(threads: threads)
                let output = Tensor(height: 2 * h, width: 2 * w, channels: channels)
                upsample2(x, into: output, team: team)
                #expect(deviation(output.values, plain) < 1e-6)
                if h * w > 1 { expectAgreement(output.values, plain, within: 1e-6) }
                upsample2(x, into: output, adding: added, team: team)
                expectAgreement(output.values, fused, within: 1e-6)
                #expect(bits == nil || bits == output.bits)
                bits = output.bits
            }
        }
    }

    @Test(arguments: widths) func pooling(channels: Int) {
        var random = Seeded(channels + 80)
        let team = ThreadTeam(threads: 2)
        for factor in [1, 2, 3, 4] {
            for squared in [false, true] {
                let x = Self.tensor(&random, 9, 13, channels)
                let output = Tensor(height: 9 / factor, width: 13 / factor, channels: channels)
                averagePool(x, factor: factor, squared: squared, into: output, team: team)
                let expected = PoolReference.average(
                    x.values, height: 9 / factor * factor, width: 13, channels: channels, factor: factor,
                    squared: squared)
                expectAgreement(output.values, expected, within: 1e-6)
            }
        }
        for (window, stride) in [(2, 2), (3, 2), (1, 1), (3, 1)] {
            let x = Self.tensor(&random, 9, 14, channels)
            let output = Tensor(
                height: (9 - window) / stride + 1, width: (14 - window) / stride + 1, channels: channels)
            maxPool(x, window: window, stride: stride, into: output, team: team)
            let expected = PoolReference.maximum(
                x.values, height: 9, width: 14, channels: channels, window: window, stride: stride)
            #expect(output.values == expected)
        }
    }
}
