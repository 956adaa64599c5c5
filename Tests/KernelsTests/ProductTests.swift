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

    @Test(arguments: sides, rows) func packedProducts(n: Int, row: KernelTable.Row) {
        var random = Seeded(n)
        let gemm = row.gemm
        let width = gemm.paddedWidth(n)
        for m in [0] + Self.sides {
            for k in [1, 3, 16, 61, 319, 320, 321, 700] {
                let (a, b) = (random.floats(m * k), random.floats(k * n))
                // As many numbers are drawn for every row, so that all rows multiply the same.
                let bias = Array((random.floats((n + 7) / 8 * 8) + [0, 0, 0, 0, 0, 0, 0, 0]).prefix(width))
                let (left, right) = (Guarded(a), Guarded(b))
                let packed = Guarded(output: gemm.packedCount(k: k, n: n))
                gemm.pack(right.base, stride: n, k: k, n: n, into: packed.base)
                let c = Guarded(output: m * width)
                let start = Guarded(bias)
                gemm.multiply(
                    .init(left.base, rowStride: k), packed.base, into: c.base, width, m: m, n: n, k: k,
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
    @Test(arguments: [(3, 9), (3, 48), (3, 384), (11, 33), (2, 161)], rows)
    func piecesOfRows(piece: (segments: Int, length: Int), row: KernelTable.Row) {
        let (gemm, segments, length) = (row.gemm, piece.segments, piece.length)
        var random = Seeded(segments * length)
        let (m, n, k) = (13, 32, segments * length)
        let lineStride = m * 2 + length
        let (input, b) = (random.floats(segments * lineStride), random.floats(k * n))
        let packed = Guarded(output: gemm.packedCount(k: k, n: n))
        gemm.pack(b, stride: n, k: k, n: n, into: packed.base)
        let (left, c) = (Guarded(input), Guarded(output: m * n))
        gemm.multiply(
            .init(left.base, rowStride: 2, segments: segments, segmentStride: lineStride), packed.base, into: c.base, n,
            m: m, n: n, k: k)
        let a = (0..<m * k).map { input[$0 % k / length * lineStride + $0 / k * 2 + $0 % length] }
        expectAgreement(c.values, Self.product(a, b, m, n, k), within: 1e-5)
        #expect(c.isIntact)
    }

    /// A row's bits are the same whichever rows stand beside it.
    @Test(arguments: rows) func rowsDoNotDependOnTheirNeighbours(row: KernelTable.Row) {
        var random = Seeded(4)
        let gemm = row.gemm
        let (m, n, k) = (17, 48, 333)
        let (a, b) = (random.floats(m * k), random.floats(k * n))
        let packed = Guarded(output: gemm.packedCount(k: k, n: n))
        gemm.pack(b, stride: n, k: k, n: n, into: packed.base)
        let whole = Guarded(output: m * n)
        gemm.multiply(.init(a, rowStride: k), packed.base, into: whole.base, n, m: m, n: n, k: k)
        for first in 0..<m {
            for count in 1...m - first {
                let part = Guarded(output: count * n)
                a.withUnsafeBufferPointer {
                    gemm.multiply(
                        .init($0.baseAddress! + first * k, rowStride: k), packed.base, into: part.base, n, m: count,
                        n: n, k: k)
                }
                #expect(part.values == Array(whole.values[first * n..<(first + count) * n]))
            }
        }
    }

    /// Every row of the table sums in the same order, and rounds once for each product.
    @Test(arguments: sides) func allRowsGiveTheSameBits(n: Int) {
        var random = Seeded(n)
        let (m, k) = (17, 333)
        let (a, b, bias) = (random.floats(m * k), random.floats(k * n), random.floats(2 * n + 64))
        let results = rows.map { row in
            let width = row.gemm.paddedWidth(n)
            let (packed, c) = (Guarded(output: row.gemm.packedCount(k: k, n: n)), Guarded(output: m * width))
            row.gemm.pack(b, stride: n, k: k, n: n, into: packed.base)
            row.gemm.multiply(
                .init(a, rowStride: k), packed.base, into: c.base, width, m: m, n: n, k: k, bias: bias, rectify: n > 8)
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
            shape, random.floats(s.height * s.width * s.input), random.floats(s.output * shape.window),
            random.floats(s.output), random.floats(shape.outputHeight * shape.outputWidth * s.output)
        )
    }

    private static func ends(_ bias: Guarded<Float>, _ added: Guarded<Float>) -> ConvolutionEnds {
        ConvolutionEnds(pre: .relu, bias: bias.base, added: UnsafePointer(added.base), post: .none)
    }

    @Test(arguments: shapes, rows) func winograd(_ s: Shape, row: KernelTable.Row) {
        let gemm = row.gemm
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
                        columns: 0..<shape.outputWidth, next: (0, 0), into: output.base, scratch: scratch.base)
                }
            }
            #expect(output.isIntact && scratch.isIntact)
            expectAgreement(output.values, expected, within: 1e-5)
        }
    }

    @Test(arguments: shapes + [Shape(height: 9, width: 15, input: 3, output: 9, margin: 2, kernel: 5, stride: 3)], rows)
    func panels(_ s: Shape, row: KernelTable.Row) {
        let gemm = row.gemm
        let (shape, input, weight, bias, added) = Self.problem(s)
        let padded = Guarded(bias + .init(repeating: 0, count: gemm.paddedWidth(s.output) - s.output))
        let taps = s.kernel * s.kernel
        let matrix = (0..<weight.count).map { i in
            weight[(i % s.output * s.input + i / s.output % s.input) * taps + i / s.output / s.input]
        }
        let packed = Guarded(output: gemm.packedCount(k: shape.window, n: s.output))
        gemm.pack(matrix, stride: s.output, k: shape.window, n: s.output, into: packed.base)
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
            expectAgreement(output.values, expected, within: 1e-5)
        }
    }
}
