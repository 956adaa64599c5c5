import Kernels
import Machine
import Tensors
import TestSupport
import Testing

@Suite struct CPULevelTests {
    @Test func nameIsOfTheTable() {
        #expect(KernelTable.rows.contains { $0.name == CPULevel.name && $0.runs })
    }

    @Test func refusalsAreSentences() {
        let unknown = CPULevelError(.unknown(name: "sse\u{1B}[1m", known: ["plain", "avx2"]))
        #expect(unknown.trouble == .usage)
        #expect(unknown.description.hasPrefix("there are no kernels \(printable("sse\u{1B}[1m")) for STYLEVIDEO_CPU"))
        #expect(unknown.description.hasSuffix("plain and avx2"))

        let lacking = CPULevelError(.lacking(name: "avx512", running: ["plain", "avx2"]))
        #expect(lacking.trouble == .unavailable)
        #expect(lacking.description.contains("kernels avx512") && lacking.description.hasSuffix("plain and avx2"))
    }

    /// A layer packs and multiplies by the row that it was given, and its bits do not depend on which that is.
    @Test(arguments: [(3, 16, 3), (16, 5, 3), (24, 40, 1), (32, 48, 3)], Precision.allCases)
    func layersOfAllRowsGiveTheSameBits(shape: (input: Int, output: Int, kernel: Int), precision: Precision) {
        let (input, output, kernel) = shape
        var random = Seeded(input)
        let (weight, bias) = (random.floats(output * input * kernel * kernel), random.floats(output))
        let picture = Tensor(height: 13, width: 37, channels: input, values: random.floats(13 * 37 * input))
        let team = ThreadTeam(threads: 2)
        let results = KernelTable.rows.filter(\.runs).map { row in
            let layer = ConvolutionLayer(
                weight: weight, bias: bias, inputChannels: input, outputChannels: output, kernelHeight: kernel,
                kernelWidth: kernel, margin: kernel / 2, precision: precision, kernels: row)
            let result = Tensor(height: 13, width: 37, channels: output)
            layer(picture, into: result, post: .relu, team: team)
            return result.values
        }
        #expect(results[0].contains { $0 > 0.1 }, "zeros would pass")
        for values in results { #expect(values == results[0]) }
    }
}
