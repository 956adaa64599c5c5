import Kernels
import TestSupport
import Testing

/// Matrix products and what is built on them, between walls.
@Suite struct ProductTests {
    /// 0, 1, and what lies around a vector, a panel, a register tile; primes.
    static let sides = [1, 2, 5, 6, 7, 8, 9, 12, 13, 15, 16, 17, 31]

    private static func product(_ a: [Float], _ b: [Float], _ m: Int, _ n: Int, _ k: Int) -> [Float] {
        (0..<m * n).map { place in
            Float((0..<k).reduce(0.0) { $0 + Double(a[place / n * k + $1]) * Double(b[$1 * n + place % n]) })
        }
    }

    @Test(arguments: sides, multipliers) func packedProducts(n: Int, by multiplier: Multiplier) {
        var random = Seeded(n)
        let gemm = multiplier.gemm
        let width = gemm.paddedWidth(n)
        for m in [0] + Self.sides {
            for k in [1, 3, 16, 61, 319, 320, 321, 700] {
                let (a, b) = (multiplier.exact(random.floats(m * k)), multiplier.exact(random.floats(k * n)))
                // As many numbers are drawn for every row, so that all rows multiply the same.
                let bias = Array((random.floats((n + 7) / 8 * 8) + [0, 0, 0, 0, 0, 0, 0, 0]).prefix(width))
                let (left, right) = (Guarded(multiplier.left(a, k: k)), Guarded(b))
                let packed = Guarded(output: gemm.packedCount(k: k, n: n))
                gemm.pack(right.base, stride: n, k: k, n: n, into: packed.base)
                let c = Guarded(output: m * width)
                let start = Guarded(bias)
                gemm.multiply(
                    .init(left.base, rowStride: gemm.words(k)), packed.base, into: c.base, width, m: m, n: n, k: k,
                    bias: start.base, rectify: true)
                #expect(c.isIntact && packed.isIntact)
                let expected = Self.product(a, b, m, n, k)
                let actual = (0..<m * n).map { c.values[$0 / n * width + $0 % n] }
                let ends = expected.indices.map { max(expected[$0] + bias[$0 % n], 0) }
                // Products are of numbers up to 1; where few sums are left, they may all be small by cancellation.
                let worst = zip(actual, ends).map { abs($0 - $1) }.max() ?? 0
                #expect(worst <= 1e-5 * max(ends.max() ?? 0, 1))
                if m * n > 30 { #expect(ends.max()! > 0.1, "zeros would pass") }
            }
        }
    }

    /// Rows in pieces: windows of `segments` lines, as a convolution reads them.
    @Test(arguments: [(3, 10), (3, 48), (3, 384), (3, 666), (11, 33), (2, 161)], multipliers)
    func piecesOfRows(piece: (segments: Int, length: Int), by multiplier: Multiplier) {
        let (gemm, segments) = (multiplier.gemm, piece.segments)
        let length = gemm.words(piece.length) * gemm.numbers
        var random = Seeded(segments * length)
        let (m, n, k) = (13, 32, segments * length)
        let lineStride = m * 2 + length
        let input = multiplier.exact(random.floats(segments * lineStride))
        let b = multiplier.exact(random.floats(k * n))
        let packed = Guarded(output: gemm.packedCount(k: k, n: n))
        gemm.pack(b, stride: n, k: k, n: n, into: packed.base)
        let (left, c) = (Guarded(multiplier.left(input, k: lineStride)), Guarded(output: m * n))
        let rows = PackedGemm.Left(
            left.base, rowStride: gemm.words(2), segments: segments, segmentStride: gemm.words(lineStride))
        gemm.multiply(rows, packed.base, into: c.base, n, m: m, n: n, k: k)
        let a = (0..<m * k).map { input[$0 % k / length * lineStride + $0 / k * 2 + $0 % length] }
        expectAgreement(c.values, Self.product(a, b, m, n, k), within: 1e-5)
        #expect(c.isIntact)
    }

    /// A row's bits are the same whichever rows stand beside it.
    @Test(arguments: multipliers) func rowsDoNotDependOnTheirNeighbours(by multiplier: Multiplier) {
        var random = Seeded(4)
        let gemm = multiplier.gemm
        let (m, n, k) = (17, 48, 333)
        let (a, b) = (multiplier.left(random.floats(m * k), k: k), random.floats(k * n))
        let words = gemm.words(k)
        let packed = Guarded(output: gemm.packedCount(k: k, n: n))
        gemm.pack(b, stride: n, k: k, n: n, into: packed.base)
        let whole = Guarded(output: m * n)
        a.withUnsafeBufferPointer {
            gemm.multiply(.init($0.baseAddress!, rowStride: words), packed.base, into: whole.base, n, m: m, n: n, k: k)
        }
        for first in 0..<m {
            for count in 1...m - first {
                let part = Guarded(output: count * n)
                a.withUnsafeBufferPointer {
                    gemm.multiply(
                        .init($0.baseAddress! + first * words, rowStride: words), packed.base, into: part.base, n,
                        m: count, n: n, k: k)
                }
                #expect(part.values == Array(whole.values[first * n..<(first + count) * n]))
            }
        }
    }

    /// Every row of the table sums in the same order, and rounds once for each product: also where it has no
    /// instruction for pairs.
    @Test(arguments: sides, [false, true]) func allRowsGiveTheSameBits(n: Int, isPaired: Bool) {
        var random = Seeded(n)
        let (m, k) = (17, 333)
        let (a, b, bias) = (random.floats(m * k), random.floats(k * n), random.floats(2 * n + 64))
        let results = multipliers.filter { $0.gemm.isPaired == isPaired }.map { multiplier in
            let (gemm, left) = (multiplier.gemm, multiplier.left(a, k: k))
            let width = gemm.paddedWidth(n)
            let (packed, c) = (Guarded(output: gemm.packedCount(k: k, n: n)), Guarded(output: m * width))
            gemm.pack(b, stride: n, k: k, n: n, into: packed.base)
            left.withUnsafeBufferPointer {
                gemm.multiply(
                    .init($0.baseAddress!, rowStride: gemm.words(k)), packed.base, into: c.base, width, m: m, n: n,
                    k: k, bias: bias, rectify: n > 8)
            }
            return (0..<m * n).map { c.values[$0 / n * width + $0 % n].bitPattern }
        }
        for bits in results { #expect(bits == results[0]) }
    }

    struct Shape: Sendable {
        var height, width, input, output: Int
        var padding = Padding.reflect
        var margin = 1
        var kernel = 3
        var stride = 1
    }

    static let shapes =
        [1, 3, 4, 5, 8, 13, 29].map { Shape(height: 6, width: $0, input: 8, output: 8) }
        + [1, 7, 8, 9, 17].map { Shape(height: 5, width: 11, input: $0, output: 3) }
        + [1, 2, 3, 7, 8, 9, 17].map { Shape(height: 7, width: 9, input: 11, output: $0, padding: .zero) }
        + [
            Shape(height: 9, width: 270, input: 32, output: 16, padding: .zero, margin: 0),
            Shape(height: 5, width: 131, input: 9, output: 8),
            Shape(height: 4, width: 5, input: 8, output: 8, margin: 2),
        ]

    private static func problem(_ s: Shape) -> (ConvolutionShape, [Float], [Float], [Float], [Float]) {
        var random = Seeded(s.height * 100 + s.width + s.input * 7 + s.output)
        let shape = ConvolutionShape(
            inputHeight: s.height, inputWidth: s.width, inputChannels: s.input, outputChannels: s.output,
            kernelHeight: s.kernel, kernelWidth: s.kernel, stride: s.stride, margin: s.margin, padding: s.padding)
        return (
            shape, random.floats(s.height * s.width * s.input), random.floats(s.output * s.kernel * s.kernel * s.input),
            random.floats(s.output), random.floats(shape.outputHeight * shape.outputWidth * s.output)
        )
    }

    private static func ends(_ bias: Guarded<Float>, _ added: Guarded<Float>) -> ConvolutionEnds {
        ConvolutionEnds(pre: .relu, bias: bias.base, added: UnsafePointer(added.base), post: .none)
    }

    @Test(arguments: shapes, multipliers) func winograd(_ s: Shape, by multiplier: Multiplier) {
        let gemm = multiplier.gemm
        let (shape, input, weight, bias, added) = Self.problem(s)
        let padded = Guarded(bias + .init(repeating: 0, count: gemm.paddedWidth(s.output) - s.output))
        let weights = Guarded(output: Winograd.weightCount(s.input, s.output, gemm))
        Winograd.transform(
            weight: weight, inputChannels: s.input, outputChannels: s.output, gemm: gemm, into: weights.base)
        #expect(weights.isIntact)
        let expected = ConvolutionReference.convolve(
            input, shape, weight: weight, bias: bias, pre: .relu, adding: added, post: .none)
        let (from, residual) = (Guarded(input), Guarded(added))
        for budget in [1, 196_608] {  // many panels, and one
            let plan = Winograd.Plan(shape, gemm, budget: budget)
            let (output, scratch) = (Guarded(output: added.count), Guarded(output: plan.scratchCount))
            let (tiles, panel) = plan.panels(over: 0..<shape.outputWidth)
            for tileRow in 0..<plan.tileRows {
                for first in stride(from: 0, to: tiles.count, by: panel) {
                    Winograd.panel(
                        from.base, plan, weights: weights.base, ends: Self.ends(padded, residual), tileRow: tileRow,
                        tiles: first..<min(first + panel, tiles.count), rows: 0..<shape.outputHeight,
                        columns: 0..<shape.outputWidth, into: output.base, scratch: scratch.base)
                }
            }
            #expect(output.isIntact && scratch.isIntact)
            expectAgreement(output.values, expected, within: multiplier.isPaired ? 0.03 : 1e-5)
        }
    }

    @Test(
        arguments: shapes + [Shape(height: 9, width: 15, input: 3, output: 9, margin: 2, kernel: 5, stride: 3)],
        multipliers)
    func panels(_ s: Shape, by multiplier: Multiplier) {
        let gemm = multiplier.gemm
        let (shape, input, weight, bias, added) = Self.problem(s)
        let padded = Guarded(bias + .init(repeating: 0, count: gemm.paddedWidth(s.output) - s.output))
        let packed = Guarded(output: gemm.packedCount(k: shape.window(gemm), n: s.output))
        Convolution.pack(
            weight, inputChannels: s.input, outputChannels: s.output, taps: s.kernel * s.kernel, gemm,
            into: packed.base)
        #expect(packed.isIntact)
        let (from, residual) = (Guarded(input), Guarded(added))
        let expected = ConvolutionReference.convolve(
            input, shape, weight: weight, bias: bias, pre: .relu, adding: added, post: .none)
        for width in [1, 4, shape.outputWidth] {
            let output = Guarded(output: added.count)
            let scratch = Guarded(output: Convolution.scratchCount(shape, gemm, panelWidth: width))
            for y in 0..<shape.outputHeight {
                for x in stride(from: 0, to: shape.outputWidth, by: width) {
                    Convolution.panel(
                        from.base, shape, gemm, weights: packed.base, ends: Self.ends(padded, residual), y: y,
                        columns: x..<min(x + width, shape.outputWidth), into: output.base, scratch: scratch.base)
                }
            }
            #expect(output.isIntact && scratch.isIntact)
            expectAgreement(output.values, expected, within: multiplier.isPaired ? 0.005 : 1e-5)
        }
    }

    /// What a convolution reads in bfloat16 is rounded to the nearest, halfway to even, of either sign.
    @Test(arguments: rows) func inputIsRoundedToTheNearest(row: KernelTable.Row) {
        let half: Float = 0x1p-8  // of 1's last place
        var input: [Float] = [
            0, 1, 1 + half, (1 + half).nextDown, (1 + half).nextUp, 1 + 3 * half, 0x1.fffp7, 3e-20, 0.1,
        ]
        input += input.map { -$0 }
        input.append(1)  // an odd number
        let expected = input.map { value -> Float in
            let bits = value.bitPattern
            return Float(bitPattern: (bits + 0x7fff + (bits >> 16) & 1) & 0xffff_0000)
        }
        #expect(expected[2] == 1 && expected[4] == 1 + 2 * half && expected[5] == 1 + 4 * half)
        let (count, gemm) = (input.count, row.pairedGemm)
        let shape = ConvolutionShape(
            inputHeight: 1, inputWidth: 1, inputChannels: count, outputChannels: count, kernelHeight: 1, kernelWidth: 1,
            stride: 1, margin: 0, padding: .zero)
        let identity = (0..<count * count).map { Float($0 / count == $0 % count ? 1 : 0) }
        let packed = Guarded(output: gemm.packedCount(k: shape.window(gemm), n: count))
        Convolution.pack(identity, inputChannels: count, outputChannels: count, taps: 1, gemm, into: packed.base)
        let output = Guarded(output: count)
        let scratch = Guarded(output: Convolution.scratchCount(shape, gemm, panelWidth: 1))
        let bias = [Float](repeating: 0, count: gemm.paddedWidth(count))
        bias.withUnsafeBufferPointer {
            let ends = ConvolutionEnds(pre: .none, bias: $0.baseAddress!, added: nil, post: .none)
            Convolution.panel(
                input, shape, gemm, weights: packed.base, ends: ends, y: 0, columns: 0..<1, into: output.base,
                scratch: scratch.base)
        }
        #expect(output.values == expected)
    }
}
