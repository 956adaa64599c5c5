import Kernels
import Machine
import Tensors
import TestSupport
import Testing

@Suite struct ModulationTests {
    struct Case: Sendable {
        var height, width, channels, taps: Int
        var order: [Int]
    }

    static let cases = [
        Case(height: 1, width: 1, channels: 1, taps: 1, order: [0]),
        Case(height: 1, width: 1, channels: 3, taps: 5, order: [0]),
        Case(height: 5, width: 4, channels: 7, taps: 3, order: [0]),
        Case(height: 6, width: 9, channels: 8, taps: 3, order: [1, 0]),
        Case(height: 7, width: 5, channels: 9, taps: 5, order: [2, 0, 1]),
        Case(height: 9, width: 17, channels: 64, taps: 3, order: [3, 1, 7, 2, 0, 4, 6, 5]),
        Case(height: 2, width: 3, channels: 16, taps: 7, order: [1, 0]),
    ]

    private static func tensor(_ random: inout Seeded, _ h: Int, _ w: Int, _ c: Int) -> Tensor {
        Tensor(height: h, width: w, channels: c, values: random.floats(h * w * c))
    }

    @Test(arguments: cases) func agreesWithTheEquation(_ c: Case) {
        var random = Seeded(c.channels * 10 + c.taps)
        let z = Self.tensor(&random, c.height, c.width, c.channels)
        let (mean, std) = (random.floats(c.channels), random.floats(c.channels, 0.5...2))
        let delta = Self.tensor(&random, c.height, c.width, c.channels * (2 * c.taps + 1))
        let gain = Self.tensor(&random, c.height, c.width, c.channels)
        let bias = Self.tensor(&random, c.height, c.width, c.channels)
        let corrections = DynamicKernelTensor(delta, taps: c.taps, isCorrection: true, gain: gain, bias: bias)
        let whole = Tensor(height: c.height, width: c.width, channels: delta.channels)
        for p in 0..<whole.positions { Self.assemble(p, delta, gain, bias, c, into: whole) }
        let n = NormaliseReference.apply(
            z.values, mean: mean, std: std, order: c.order, positions: c.height * c.width, channels: c.channels)
        let expected = DynamicKernelsReference.apply(
            n, kernels: whole.values, taps: c.taps, height: c.height, width: c.width, channels: c.channels)
        var bits: [UInt32]?
        for threads in [1, 2, 3, 5] {
            let output = Tensor(height: c.height, width: c.width, channels: c.channels)
            modulate(
                z, by: Tensor(means: mean, deviations: std), order: c.order, kernels: corrections, into: output,
                team: ThreadTeam(threads: threads))
            expectAgreement(output.values, expected, within: 1e-5)
            #expect(bits == nil || output.bits == bits)
            bits = output.bits
        }
        let output = Tensor(height: c.height, width: c.width, channels: c.channels)
        modulate(
            z, by: Tensor(means: mean, deviations: std), order: c.order,
            kernels: DynamicKernelTensor(whole, taps: c.taps, isCorrection: false), into: output,
            team: ThreadTeam(threads: 1))
        expectAgreement(output.values, expected, within: 1e-5)
    }

    /// F1 = (point + δ1) gain, F2 = point + δ2, B = δB + bias, of one position.
    private static func assemble(
        _ p: Int, _ delta: Tensor, _ gain: Tensor, _ bias: Tensor, _ c: Case, into whole: Tensor
    ) {
        for tap in 0...2 * c.taps {
            for channel in 0..<c.channels {
                let place = (p * (2 * c.taps + 1) + tap) * c.channels + channel
                let point: Float = tap == c.taps / 2 || tap == c.taps + c.taps / 2 ? 1 : 0
                let f = delta.base[place] + point
                let (a, b) = (gain.base[p * c.channels + channel], bias.base[p * c.channels + channel])
                whole.base[place] = tap < c.taps ? f * a : tap == 2 * c.taps ? f + b : f
            }
        }
    }

    /// δ are taken so often, and gain and bias lie so far on the way from the content's own.
    @Test(arguments: cases, [0, 0.3, 1, 1.5] as [Float]) func leadsAsFarAsTheStrengthSays(_ c: Case, strength: Float) {
        var random = Seeded(c.channels * 10 + c.taps + 1)
        let z = Self.tensor(&random, c.height, c.width, c.channels)
        let (mean, std) = (random.floats(c.channels), random.floats(c.channels, 0.5...2))
        let delta = Self.tensor(&random, c.height, c.width, c.channels * (2 * c.taps + 1))
        let gain = Tensor(
            height: c.height, width: c.width, channels: c.channels,
            values: random.floats(c.height * c.width * c.channels, 0.1...3))
        let bias = Self.tensor(&random, c.height, c.width, c.channels)
        for isFull in [true, false] {
            // The same as corrections of full strength of what lies on the way.
            let (scaled, g, b) = (delta.values.map { $0 * strength }, gain.values, bias.values)
            let ownGain = (0..<g.count).map { i -> Float in
                let (own, far) = (std[i % c.channels], isFull ? g[i] : 1)
                return max(own + strength * (far - own), min(own, far) / 2)
            }
            let ownBias = (0..<b.count).map { i -> Float in
                mean[i % c.channels] + strength * ((isFull ? b[i] : 0) - mean[i % c.channels])
            }
            func like(_ tensor: Tensor, _ values: [Float]) -> Tensor {
                Tensor(height: tensor.height, width: tensor.width, channels: tensor.channels, values: values)
            }
            let (expected, output) = (like(z, z.values), like(z, z.values))
            let statistics = Tensor(means: mean, deviations: std)
            modulate(
                z, by: statistics, order: c.order,
                kernels: DynamicKernelTensor(
                    like(delta, scaled), taps: c.taps, isCorrection: true, gain: like(gain, ownGain),
                    bias: like(bias, ownBias)), into: expected, team: ThreadTeam(threads: 1))
            modulate(
                z, by: statistics, order: c.order,
                kernels: DynamicKernelTensor(
                    delta, taps: c.taps, isCorrection: true, gain: isFull ? gain : nil, bias: isFull ? bias : nil,
                    strength: strength), into: output, team: ThreadTeam(threads: 2))
            expectAgreement(output.values, expected.values, within: 1e-5)
            guard strength == 0 else { continue }
            let shuffled = like(z, z.values)
            shuffle(z, by: statistics, order: c.order, into: shuffled, team: ThreadTeam(threads: 2))
            expectAgreement(output.values, shuffled.values, within: 1e-5)
        }
    }

    /// Kernels of a strip, predicted, used and forgotten, give the bits that kernels of all rows give.
    @Test func worksByStrips() {
        var random = Seeded(3)
        let z = Self.tensor(&random, 11, 9, 16)
        let (mean, std) = (random.floats(16), random.floats(16, 0.5...2))
        let delta = Self.tensor(&random, 11, 9, 16 * 7)
        let team = ThreadTeam(threads: 2)
        let whole = Tensor(height: 11, width: 9, channels: 16)
        modulate(
            z, by: Tensor(means: mean, deviations: std), order: [1, 0],
            kernels: DynamicKernelTensor(delta, taps: 3, isCorrection: true), into: whole, team: team)
        let output = Tensor(height: 11, width: 9, channels: 16)
        for rows in [0..<4, 4..<8, 8..<11] {
            let strip = Tensor(height: 11, width: 9, channels: 16 * 7, rows: rows)
            strip.row(rows.lowerBound).update(from: delta.row(rows.lowerBound), count: rows.count * strip.rowStride)
            modulate(
                z, by: Tensor(means: mean, deviations: std), order: [1, 0],
                kernels: DynamicKernelTensor(strip, taps: 3, isCorrection: true), into: output,
                region: Region(rows: rows, columns: 0..<9), team: team)
        }
        #expect(output.bits == whole.bits)
    }

    @Test(arguments: [1, 7, 8, 9, 24]) func deviationsReplaceSquares(channels: Int) {
        var random = Seeded(channels)
        let t = Self.tensor(&random, 3, 5, 3 * channels)
        let before = t.values
        deviations(
            of: t, means: channels..<2 * channels, squares: 2 * channels..<3 * channels, into: t,
            team: ThreadTeam(threads: 2))
        for p in 0..<15 {
            for c in 0..<3 * channels {
                let i = p * 3 * channels + c
                if c < 2 * channels {
                    #expect(t.values[i] == before[i])
                } else {
                    let mean = before[i - channels]
                    #expect(abs(t.values[i] - (max(before[i] - mean * mean, 0) + 1e-5).squareRoot()) < 1e-6)
                }
            }
        }
    }

    @Test func upsamplesStripsAndChannels() {
        var random = Seeded(9)
        let x = Self.tensor(&random, 5, 6, 20)
        let team = ThreadTeam(threads: 2)
        let slice = Tensor(height: 5, width: 6, channels: 9)
        for y in 0..<5 { for i in 0..<6 { for c in 0..<9 { slice[y, i, c] = x[y, i, c + 4] } } }
        let whole = Tensor(height: 10, width: 12, channels: 9)
        upsample2(slice, into: whole, team: team)
        let strip = Tensor(height: 10, width: 12, channels: 9, rows: 5..<8)
        upsample2(x, into: strip, region: Region(rows: 5..<8, columns: 0..<12), channels: 4..<13, team: team)
        #expect(strip.bits(of: 5..<8) == whole.bits(of: 5..<8))
    }
}
