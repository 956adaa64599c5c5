import Kernels
import TestSupport
import Testing

/// Kernels that go along the channels, between walls, at widths around a vector's.
@Suite struct PointwiseKernelTests {
    static let widths = [1, 7, 8, 9, 13, 16, 17]

    @Test(arguments: widths) func normalising(channels: Int) {
        var random = Seeded(channels)
        for positions in [0, 1, 5] {
            let (x, mean, std) = (
                Guarded(random.floats(positions * channels)), Guarded(random.floats(channels)),
                Guarded(random.floats(channels, 0.5...2))
            )
            let output = Guarded(output: positions * channels)
            Normalise.apply(
                x.base, mean: mean.base, std: std.base, order: [0], groups: 1, into: output.base, positions: positions,
                channels: channels)
            let expected = NormaliseReference.apply(
                x.values, mean: mean.values, std: std.values, order: [0], positions: positions, channels: channels)
            #expect(output.values == expected && output.isIntact)

            let sums = Guarded(2 * channels, wall: 7.0)
            for i in 0..<2 * channels { sums.base[i] = 1 }
            Normalise.accumulate(
                x.base, positions: positions, channels: channels, sums: sums.base, squares: sums.base + channels)
            #expect(sums.isIntact)
            for c in 0..<channels {
                let column = (0..<positions).map { Double(x.values[$0 * channels + c]) }
                #expect(abs(sums.values[c] - 1 - column.reduce(0, +)) < 1e-12)
                #expect(abs(sums.values[channels + c] - 1 - column.reduce(0) { $0 + $1 * $1 }) < 1e-12)
            }
        }
    }

    @Test(arguments: widths) func upsampling(channels: Int) {
        var random = Seeded(channels)
        for (h, w) in [(1, 1), (3, 5)] {
            let x = Guarded(random.floats(h * w * channels))
            let expected = UpsampleReference.apply(x.values, height: h, width: w, channels: channels)
            for y in 0..<2 * h {
                let output = Guarded(output: 2 * w * channels)
                Upsample.row(
                    x.base, height: h, width: w, stride: channels, channels: channels, y: y, columns: 0..<2 * w,
                    adding: nil, into: output.base)
                let row = Array(expected[y * 2 * w * channels..<(y + 1) * 2 * w * channels])
                #expect(deviation(output.values, row) < 1e-6 && output.isIntact)
            }
        }
    }

    @Test(arguments: widths) func pooling(channels: Int) {
        var random = Seeded(channels)
        let x = Guarded(random.floats(6 * 7 * channels, 1...2))
        let (mean, most) = (Guarded(output: 3 * channels), Guarded(output: 3 * channels))
        Pool.averageRow(
            x.base, width: 7, channels: channels, factor: 2, squared: true, y: 1, columns: 0..<3, into: mean.base)
        Pool.maximumRow(
            x.base, width: 7, channels: channels, window: 3, stride: 2, y: 1, columns: 0..<3, into: most.base)
        let means = PoolReference.average(x.values, height: 6, width: 7, channels: channels, factor: 2, squared: true)
        let maxima = PoolReference.maximum(x.values, height: 6, width: 7, channels: channels, window: 3, stride: 2)
        expectAgreement(mean.values, Array(means[3 * channels..<6 * channels]), within: 1e-6)
        #expect(most.values == Array(maxima[3 * channels..<6 * channels]))
        #expect(mean.isIntact && most.isIntact)
    }

    @Test(arguments: widths) func modulating(channels: Int) {
        var random = Seeded(channels)
        for (taps, width) in [(1, 1), (1, 4), (3, 1), (3, 6), (5, 4), (7, 9)] {
            let height = 5
            let n = random.floats(height * width * channels)
            let kernels = random.floats(height * width * (2 * taps + 1) * channels)
            let expected = DynamicKernelsReference.apply(
                n, kernels: kernels, taps: taps, height: height, width: width, channels: channels)
            var actual: [Float] = []
            let rowLength = width * channels
            for y in 0..<height {
                let lines = Guarded(
                    (0..<taps).flatMap { i -> ArraySlice<Float> in
                        let source = paddedIndex(y + i - taps / 2, height, .reflect)
                        return n[source * rowLength..<(source + 1) * rowLength]
                    })
                let own = Guarded(Array(kernels[y * rowLength * (2 * taps + 1)..<(y + 1) * rowLength * (2 * taps + 1)]))
                let (m, output) = (Guarded(output: rowLength), Guarded(output: rowLength))
                DynamicKernels.columns(
                    lines.base, rowStride: rowLength, kernels: own.base, gain: nil, isCorrection: false, taps: taps,
                    columns: 0..<width, channels: channels, into: m.base)
                DynamicKernels.rows(
                    m.base, kernels: own.base, bias: nil, isCorrection: false, taps: taps, width: width,
                    columns: 0..<width, channels: channels, into: output.base)
                #expect(m.isIntact && output.isIntact)
                actual += output.values
            }
            expectAgreement(actual, expected, within: 1e-5)
        }
    }

    @Test(arguments: [1, 2, 7, 8, 9, 31, 64], rows) func attending(tokens: Int, row: KernelTable.Row) {
        var random = Seeded(tokens)
        for (positions, keyWidth, valueWidth, alpha) in [(1, 1, 1, Float(10)), (5, 16, 9, 10), (7, 3, 24, 45)] {
            let shape = Attention.Shape(
                tokens: tokens, keyWidth: keyWidth, valueWidth: valueWidth, kernels: row)
            let queries = random.floats(positions * keyWidth)
            var keys = random.floats(tokens * keyWidth)
            for token in 0..<tokens {
                let raw = Array(keys[token * keyWidth..<(token + 1) * keyWidth])
                keys.withUnsafeMutableBufferPointer {
                    Attention.unitLength(raw, keyWidth, into: $0.baseAddress! + token * keyWidth)
                }
            }
            let (values, gate) = (random.floats(tokens * valueWidth, 0.5...2), random.floats(positions * 2, -2...2))
            let (q, k, v) = (Guarded(queries), Guarded(keys), Guarded(values))
            let (psi, scratch) = (Guarded(gate), Guarded(output: shape.scratchCount))
            let (sums, stride) = shape.head(
                query: q.base, queryStride: keyWidth, keys: k.base, values: v.base, gate: psi.base, gateStride: 2,
                gateOffset: 1, alpha: alpha, positions: positions, scratch: scratch.base)
            #expect(scratch.isIntact)
            func rows(_ flat: [Float], _ width: Int) -> [[Float]] {
                Swift.stride(from: 0, to: flat.count, by: width).map { Array(flat[$0..<$0 + width]) }
            }
            let reference = AttentionReference.head(
                queries: rows(queries, keyWidth), keys: rows(keys, keyWidth), values: rows(values, valueWidth),
                gate: rows(gate, 2).map { ($0[0], $0[1]) }, alpha: Double(alpha))
            for p in 0..<positions where reference.distance[p] > 1e-4 || tokens == 1 {
                let actual = (0..<valueWidth).map { sums[p * stride + $0] }
                #expect(deviation(actual, reference.aligned[p].map { Float($0) }) < 2e-5)
            }
        }
    }

    @Test(arguments: [0, 1, 7, 8, 9, 31]) func bytes(count: Int) {
        let values = (0..<count).map { Float($0 * 13 - 20) / 255 }
        let output = Guarded<UInt8>(count, wall: 77)
        Pixels.narrow(values, count: count, into: MutableSamples(output.base, isWide: false))
        #expect(output.values == values.map { UInt8(min(max(($0 * 255).rounded(), 0), 255)) } && output.isIntact)

        let bytes = (0..<3 * count).map { UInt8(truncatingIfNeeded: $0 * 41) }
        guard count > 0 else { return }
        let wide = Guarded(output: 3 * (count + 5))
        bytes.withUnsafeBytes {
            Pixels.widen(
                Samples($0.baseAddress!, isWide: false), width: count, columns: 0..<count + 5, scale: [1, 2, 3, 0],
                offset: [0, 1, 2, 0], into: wide.base)
        }
        for x in 0..<count + 5 {
            for c in 0..<3 {
                let source = Float(bytes[3 * paddedIndex(x, count, .reflect) + c])
                #expect(wide.values[3 * x + c] == source * Float(c + 1) + Float(c))
            }
        }
        #expect(wide.isIntact)
    }

    @Test(arguments: [1, 2, 5, 8, 13]) func resampling(side: Int) {
        var random = Seeded(side)
        for (target, filter) in [
            (1, Resample.Filter.lanczos3), (7, .area), (20, .lanczos3), (9, .area), (5, .triangle), (30, .triangle),
        ] {
            let source = (0..<3 * side * side).map { _ in UInt8.random(in: 0...255, using: &random) }
            let weights = Resample.Weights(from: side, to: target, filter: filter)
            let pixels = Guarded(output: 4 * side)
            let between = Guarded<UInt8>(3 * target * side, wall: 77)
            let output = Guarded<UInt8>(3 * target * target, wall: 77)
            for y in 0..<side {
                source.withUnsafeBytes {
                    Resample.alongRow(
                        Samples($0.baseAddress! + y * 3 * side, isWide: false), width: side, weights: weights,
                        pixels: pixels.base, into: MutableSamples(between.base + y * 3 * target, isWide: false))
                }
            }
            for y in 0..<target {
                Resample.downColumns(
                    Samples(between.base, isWide: false), rowStride: 3 * target, y: y, weights: weights,
                    count: 3 * target, into: MutableSamples(output.base + y * 3 * target, isWide: false))
            }
            let expected = ResampleReference.apply(
                source, width: side, height: side, toWidth: target, toHeight: target, filter: filter)
            let worst = zip(output.values, expected).map { abs(Int($0) - Int($1)) }.max()!
            #expect(worst <= 1 && output.isIntact && between.isIntact && pixels.isIntact)
        }
    }

    /// Pillow 13.0.0's weights of BILINEAR, from 4 to 2 and from 2 to 4. None is below 0, so nothing overshoots.
    @Test func trianglesFallInAStraightLine() {
        func weights(_ source: Int, _ target: Int) -> [[Float]] {
            let weights = Resample.Weights(from: source, to: target, filter: .triangle)
            return (0..<target).map { i in
                let own = weights.values[i * weights.stride..<i * weights.stride + weights.count[i]]
                return [Float](repeating: 0, count: weights.first[i]) + own
            }
        }
        #expect(weights(2, 4) == [[1], [0.75, 0.25], [0.25, 0.75], [0, 1]])
        #expect(weights(4, 2) == [[3, 3, 1].map { $0 / 7 }, [0, 1, 3, 3].map { $0 / 7 }])
        #expect(weights(3, 3).map { $0.firstIndex(of: 1) } == [0, 1, 2])
    }

    @Test func reflectsAsOftenAsNeeded() {
        #expect(
            (-7...7).map { paddedIndex($0, 3, .reflect) } == [1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1].map { $0 })
        #expect((-3...3).map { paddedIndex($0, 1, .reflect) } == [0, 0, 0, 0, 0, 0, 0])
        #expect((-2...3).map { paddedIndex($0, 2, .zero) } == [-1, -1, 0, 1, -1, -1])
    }
}
