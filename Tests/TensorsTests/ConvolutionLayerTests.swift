import Kernels
import Machine
import Tensors
import TestSupport
import Testing

@Suite struct ConvolutionLayerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var height, width, input, output: Int
        var kernel = 3
        var stride = 1
        var padding = ConvolutionLayer.Padding.reflect
        var margin: Int?
        var testDescription: String { "\(height)x\(width) \(input)->\(output) k\(kernel) s\(stride) \(padding)" }
    }

    static let cases: [Case] =
        [1, 3, 4, 7, 8, 9, 13, 16].map { Case(height: 7, width: 11, input: $0, output: 5) }
        + [1, 3, 7, 8, 9, 16, 17, 31].map { Case(height: 5, width: 9, input: 6, output: $0) }
        + [1, 2, 3, 4, 5, 6, 7, 8, 9].map { Case(height: $0, width: 10 - $0, input: 8, output: 16) }
        + [1, 2, 5, 8, 13].map { Case(height: $0, width: 12, input: 5, output: 9, stride: 2) }
        + [
            Case(height: 9, width: 10, input: 8, output: 24, kernel: 1),
            Case(height: 9, width: 10, input: 3, output: 7, kernel: 1, stride: 2),
            Case(height: 23, width: 31, input: 3, output: 8, kernel: 11, stride: 4, padding: .zero, margin: 2),
            Case(height: 12, width: 12, input: 4, output: 8, kernel: 5, padding: .zero),
            Case(height: 2, width: 2, input: 4, output: 8, kernel: 7),
            Case(height: 16, width: 16, input: 16, output: 16, padding: .zero),
            Case(height: 17, width: 67, input: 32, output: 48),
            Case(height: 6, width: 70, input: 128, output: 64),
            Case(height: 6, width: 500, input: 16, output: 3),
        ]

    private static func layer(
        _ c: Case, _ random: inout Seeded, _ precision: Precision = .float32
    ) -> (ConvolutionLayer, [Float], [Float]) {
        let weight = random.floats(c.output * c.input * c.kernel * c.kernel)
        let bias = random.floats(c.output, 0...3)
        let layer = ConvolutionLayer(
            weight: weight, bias: bias, inputChannels: c.input, outputChannels: c.output, kernelHeight: c.kernel,
            kernelWidth: c.kernel, stride: c.stride, margin: c.margin ?? c.kernel / 2, padding: c.padding,
            precision: precision)
        return (layer, weight, bias)
    }

    private static func shape(_ c: Case) -> ConvolutionShape {
        ConvolutionShape(
            inputHeight: c.height, inputWidth: c.width, inputChannels: c.input, outputChannels: c.output,
            kernelHeight: c.kernel, kernelWidth: c.kernel, stride: c.stride, margin: c.margin ?? c.kernel / 2,
            padding: c.padding == .reflect ? .reflect : .zero)
    }

    @Test(arguments: cases, Precision.allCases) func agreesWithTheReference(_ c: Case, precision: Precision) {
        var random = Seeded(c.height * 1000 + c.input * 31 + c.output)
        let (layer, weight, bias) = Self.layer(c, &random, precision)
        let bound: Float = precision == .float32 ? 2e-5 : 0.02
        let shape = Self.shape(c)
        let input = Tensor(
            height: c.height, width: c.width, channels: c.input, values: random.floats(c.height * c.width * c.input))
        let output = Tensor(height: shape.outputHeight, width: shape.outputWidth, channels: c.output)
        let added = Tensor(
            height: output.height, width: output.width, channels: c.output, values: random.floats(output.count))
        let team = ThreadTeam(threads: 2)

        layer(input, into: output, team: team)
        let plain = ConvolutionReference.convolve(input.values, shape, weight: weight, bias: bias)
        expectAgreement(output.values, plain, within: bound)

        layer(input, into: output, pre: .relu, adding: added, post: .relu, team: team)
        let fused = ConvolutionReference.convolve(
            input.values, shape, weight: weight, bias: bias, pre: .relu, adding: added.values, post: .relu)
        expectAgreement(output.values, fused, within: bound)
    }

    /// Weights are held in bfloat16 alone where products are many; and of both precisions none where they are few.
    @Test(arguments: [(16, 16, 3), (64, 32, 1), (3, 16, 3), (16, 3, 3)])
    func weightsAreHeldOnce(input: Int, output: Int, kernel: Int) {
        var random = Seeded(input)
        let c = Case(height: 0, width: 0, input: input, output: output, kernel: kernel)
        let layers = Precision.allCases.map { Self.layer(c, &random, $0).0 }
        let bytes = layers.map { $0.byteCount - 4 * output }
        #expect(bytes[1] == (min(input, output) < 8 ? bytes[0] : bytes[0] / 2))
    }

    @Test func mapsToTheUnitInterval() {
        var random = Seeded(5)
        let c = Case(height: 9, width: 33, input: 8, output: 3)
        let (layer, weight, bias) = Self.layer(c, &random)
        let input = Tensor(height: 9, width: 33, channels: 8, values: random.floats(9 * 33 * 8))
        let output = Tensor(height: 9, width: 33, channels: 3)
        layer(input, into: output, post: .tanhToUnit, team: ThreadTeam(threads: 1))
        let expected = ConvolutionReference.convolve(
            input.values, Self.shape(c), weight: weight, bias: bias, post: .tanhToUnit)
        expectAgreement(output.values, expected, within: 1e-5)
    }

    @Test func addsToItsOwnOutput() {
        var random = Seeded(6)
        let c = Case(height: 10, width: 21, input: 16, output: 16)
        let (layer, weight, bias) = Self.layer(c, &random)
        let input = Tensor(height: 10, width: 21, channels: 16, values: random.floats(10 * 21 * 16))
        let output = Tensor(height: 10, width: 21, channels: 16, values: random.floats(10 * 21 * 16))
        let expected = ConvolutionReference.convolve(
            input.values, Self.shape(c), weight: weight, bias: bias, adding: output.values)
        layer(input, into: output, adding: output, team: ThreadTeam(threads: 2))
        expectAgreement(output.values, expected, within: 2e-5)
    }

    @Test(arguments: cases, Precision.allCases)
    func givesTheSameBitsForAnyTeamAndAnyRows(_ c: Case, precision: Precision) {
        var random = Seeded(c.width * 77 + c.output)
        let (layer, _, _) = Self.layer(c, &random, precision)
        let shape = Self.shape(c)
        let input = Tensor(
            height: c.height, width: c.width, channels: c.input, values: random.floats(c.height * c.width * c.input))
        let whole = Tensor(height: shape.outputHeight, width: shape.outputWidth, channels: c.output)
        layer(input, into: whole, pre: .relu, team: ThreadTeam(threads: 1))
        for threads in [2, 3, 5] {
            let output = Tensor(height: whole.height, width: whole.width, channels: c.output)
            layer(input, into: output, pre: .relu, team: ThreadTeam(threads: threads))
            #expect(output.bits == whole.bits)
        }
        let team = ThreadTeam(threads: 2)
        for start in 0..<whole.height {
            let rows = start..<min(start + 1 + start % 3, whole.height)
            let output = Tensor(height: whole.height, width: whole.width, channels: c.output)
            output.fill(-7)
            layer(
                input, into: output, region: Region(rows: rows, columns: 0..<whole.width), pre: .relu, team: team)
            for y in 0..<whole.height {
                let (a, b) = (output.row(y), whole.row(y))
                for i in 0..<output.rowStride {
                    let expected = rows.contains(y) ? b[i] : -7
                    if a[i].bitPattern != expected.bitPattern {
                        Issue.record("row \(y), value \(i) of rows \(rows): \(a[i]), not \(expected)")
                        return
                    }
                }
            }
        }
    }

    /// A strip by itself holds the rows of the whole.
    @Test(arguments: [(16, 24, 3), (5, 9, 1), (16, 16, 5)]) func stripsAreRowsOfTheWhole(
        input: Int, output: Int, kernel: Int
    ) {
        var random = Seeded(input * output)
        let (layer, _, _) = Self.layer(Case(height: 0, width: 0, input: input, output: output, kernel: kernel), &random)
        let x = Tensor(height: 11, width: 7, channels: input, values: random.floats(77 * input))
        let team = ThreadTeam(threads: 2)
        let whole = Tensor(height: 11, width: 7, channels: output)
        layer(x, into: whole, team: team)
        for rows in [0..<4, 4..<8, 8..<11, 3..<4] {
            let strip = Tensor(height: 11, width: 7, channels: output, rows: rows)
            layer(x, into: strip, region: Region(rows: rows, columns: 0..<7), adding: strip, team: team)
            #expect(strip.bits(of: rows) == whole.bits(of: rows))
        }
    }
}
