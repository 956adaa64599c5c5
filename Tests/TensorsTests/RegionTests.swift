import Imaging
import Machine
import TestSupport
import Testing

@testable import Tensors

/// Every operation, asked for a rectangle: there it gives the bits of the whole, and elsewhere it writes nothing.
@Suite struct RegionTests {
    private static let team = ThreadTeam(threads: 3)

    private static func tensor(_ h: Int, _ w: Int, _ c: Int, seed: Int, _ range: ClosedRange<Float> = -1...1) -> Tensor
    {
        var random = Seeded(seed)
        return Tensor(height: h, width: w, channels: c, values: random.floats(h * w * c, range))
    }

    private static func expect(
        _ height: Int, _ width: Int, _ channels: Int, sourceLocation: SourceLocation = #_sourceLocation,
        _ run: (Tensor, Region) -> Void
    ) {
        var random = Seeded(height * 100 + width)
        let whole = Tensor(height: height, width: width, channels: channels)
        run(whole, whole.whole)
        #expect(Set(whole.bits).count > whole.count / 8, sourceLocation: sourceLocation)
        for _ in 0..<24 {
            let (y, x) = (Int.random(in: 0..<height, using: &random), Int.random(in: 0..<width, using: &random))
            let region = Region(
                rows: y..<Int.random(in: y + 1...height, using: &random),
                columns: x..<Int.random(in: x + 1...width, using: &random))
            let part = Tensor(height: height, width: width, channels: channels)
            part.fill(-7)
            run(part, region)
            let wrong = (0..<whole.count).first { i in
                let (y, x) = (i / channels / width, i / channels % width)
                let isAsked = region.rows.contains(y) && region.columns.contains(x)
                return part.base[i].bitPattern != (isAsked ? whole.base[i] : -7).bitPattern
            }
            #expect(wrong == nil, "value \(wrong ?? 0) of \(region)", sourceLocation: sourceLocation)
        }
    }

    @Test(
        arguments: [
            // input and output channels, size, stride: tiles, their narrow ends, panels
            (8, 16, 3, 1), (16, 3, 3, 1), (9, 9, 3, 1), (3, 16, 3, 1), (5, 8, 3, 2), (16, 24, 1, 1), (4, 4, 5, 1),
            (9, 8, 3, 2),
        ], Precision.allCases)
    func convolution(shape: (input: Int, output: Int, size: Int, stride: Int), precision: Precision) {
        let (input, output, size, stride) = shape
        var random = Seeded(input + output)
        for padding in [ConvolutionLayer.Padding.reflect, .zero] {
            let layer = ConvolutionLayer(
                weight: random.floats(input * output * size * size), bias: random.floats(output),
                inputChannels: input, outputChannels: output, kernelHeight: size, kernelWidth: size, stride: stride,
                margin: size / 2, padding: padding, precision: precision)
            let x = Self.tensor(13, 150, input, seed: 1)
            let (height, width) = (layer.outputHeight(13), layer.outputWidth(150))
            let added = Self.tensor(height, width, output, seed: 2)
            Self.expect(height, width, output) {
                layer(x, into: $0, region: $1, pre: .relu, adding: added, team: Self.team)
            }
        }
    }

    @Test func attention() {
        let attention = GatedAttention(heads: 2, alpha: 10, parts: [6, 4])
        let (keys, values) = (Self.tensor(2, 40, 5, seed: 3), Self.tensor(2, 40, 5, seed: 4))
        // Blocks of 44.
        let (query, gate) = (Self.tensor(5, 130, 10, seed: 5), Self.tensor(5, 130, 4, seed: 6, -3...3))
        Self.expect(5, 130, 10) {
            attention(
                query: query, gate: gate, keys: keys, values: values, into: $0, region: $1, team: Self.team)
        }
    }

    @Test(arguments: [1, 3, 5]) func modulation(taps: Int) {
        let z = Self.tensor(9, 14, 12, seed: 7)
        let kernels = DynamicKernelTensor(
            Self.tensor(9, 14, 12 * (2 * taps + 1), seed: 8), taps: taps, isCorrection: true,
            gain: Self.tensor(9, 14, 12, seed: 9), bias: Self.tensor(9, 14, 12, seed: 10))
        var random = Seeded(11)
        let statistics = Tensor(means: random.floats(12), deviations: random.floats(12, 0.5...2))
        Self.expect(9, 14, 12) {
            modulate(z, by: statistics, order: [2, 0, 1], kernels: kernels, into: $0, region: $1, team: Self.team)
        }
        Self.expect(9, 14, 12) { normalise(z, by: statistics, into: $0, region: $1, team: Self.team) }
    }

    @Test func scaling() {
        let (x, added) = (Self.tensor(7, 9, 12, seed: 12), Self.tensor(14, 18, 10, seed: 13))
        Self.expect(14, 18, 10) {
            upsample2(x, into: $0, region: $1, channels: 1..<11, adding: added, team: Self.team)
        }
        Self.expect(3, 4, 12) { averagePool(x, factor: 2, squared: true, into: $0, region: $1, team: Self.team) }
        Self.expect(3, 4, 12) { maxPool(x, window: 3, stride: 2, into: $0, region: $1, team: Self.team) }
    }

    @Test func positionsByThemselves() {
        let x = Self.tensor(6, 11, 9, seed: 14)
        Self.expect(6, 11, 9) {
            deviations(of: x, means: 0..<3, squares: 5..<8, into: $0, region: $1, team: Self.team)
        }
        Self.expect(6, 11, 9) { to, region in
            for y in region.rows {
                to.place(y, region.columns.lowerBound)
                    .update(from: x.place(y, region.columns.lowerBound), count: region.columns.count * 9)
            }
            makeUnitLength(to, epsilon: 1e-3, region: region, team: Self.team)
        }
    }

    @Test func pixels() {
        let frame = Frame(width: 11, height: 6)
        frame.fill { x, y in (0..<3).map { UInt8((x * 37 + y * 91 + $0 * 53 + x * x * y) % 256) } }
        let scale = PixelScale(scale: (1 / 255, 2 / 255, -1 / 255), offset: (0.1, 0.2, 0.3))
        Self.expect(9, 32, 3) { $0.read(frame, scale, region: $1, team: Self.team) }

        let x = Self.tensor(9, 32, 3, seed: 15, 0...1)
        let whole = Frame(width: 11, height: 6)
        x.write(whole, team: Self.team)
        for (rows, columns) in [(1..<3, 2..<7), (5..<9, 0..<32), (0..<1, 10..<11), (7..<8, 3..<4)] {
            let part = Frame(width: 11, height: 6)
            part.fill { _, _ in [77, 77, 77] }
            x.write(part, region: Region(rows: rows, columns: columns), team: Self.team)
            let expected = zip(0..., whole.pixels).map { i, byte in
                rows.contains(i / 33) && columns.contains(i / 3 % 11) ? byte : 77
            }
            #expect(part.pixels == expected)
        }
    }
}
