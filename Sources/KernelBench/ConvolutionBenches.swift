import Kernels
import Tensors

/// The convolutions of the fast preset, and two widths of the paper's.
private struct Layer {
    var name: String
    /// Of the input.
    var stride: Int
    var input, output: Int
    var kernel = 3
    var step = 1
    var count = 1
    var pre = ConvolutionLayer.Activation.none

    static let all = [
        Layer(name: "stem", stride: 1, input: 3, output: 16),
        Layer(name: "down2", stride: 1, input: 16, output: 32, step: 2),
        Layer(name: "down4", stride: 2, input: 32, output: 64, step: 2),
        Layer(name: "res4", stride: 4, input: 64, output: 64, count: 4, pre: .relu),
        Layer(name: "down8", stride: 4, input: 64, output: 128, step: 2, pre: .relu),
        Layer(name: "res8", stride: 8, input: 128, output: 128, count: 4, pre: .relu),
        Layer(name: "down16", stride: 8, input: 128, output: 128, step: 2, pre: .relu),
        Layer(name: "res16", stride: 16, input: 128, output: 128, count: 3, pre: .relu),
        Layer(name: "gate.0", stride: 16, input: 128, output: 64),
        Layer(name: "gate.2", stride: 16, input: 64, output: 64),
        Layer(name: "gate.4", stride: 16, input: 64, output: 16),
        Layer(name: "phi16", stride: 16, input: 512, output: 128),
        Layer(name: "phi8", stride: 8, input: 128, output: 128),
        Layer(name: "phi4, to4", stride: 8, input: 128, output: 64, count: 2, pre: .relu),
        Layer(name: "head8", stride: 8, input: 128, output: 896, kernel: 1),
        Layer(name: "head4", stride: 4, input: 64, output: 448, kernel: 1),
        Layer(name: "to2", stride: 4, input: 64, output: 32, pre: .relu),
        Layer(name: "dec2", stride: 2, input: 32, output: 32, count: 2, pre: .relu),
        Layer(name: "to1", stride: 2, input: 32, output: 16, pre: .relu),
        Layer(name: "out", stride: 1, input: 16, output: 3, pre: .relu),
        Layer(name: "paper 512", stride: 16, input: 512, output: 512, count: 0),
        Layer(name: "paper 64", stride: 2, input: 64, output: 64, count: 0),
    ]
}

extension Bench {
    func convolutions() {
        for layer in Layer.all where wants(layer.name) {
            for row in rows {
                for precision in Precision.allCases { convolution(layer, row, precision) }
            }
        }
    }

    private func convolution(_ layer: Layer, _ row: KernelTable.Row, _ precision: Precision) {
        let weight = floats(layer.output * layer.input * layer.kernel * layer.kernel, -0.1...0.1)
        let bias = floats(layer.output)
        let convolution = ConvolutionLayer(
            weight: weight, bias: bias, inputChannels: layer.input, outputChannels: layer.output,
            kernelHeight: layer.kernel, kernelWidth: layer.kernel, stride: layer.step, margin: layer.kernel / 2,
            precision: precision, kernels: row)
        let input = tensor(options.height / layer.stride, options.width / layer.stride, layer.input)
        let output = Tensor(
            height: convolution.outputHeight(input.height), width: convolution.outputWidth(input.width),
            channels: layer.output)
        let products = Double(output.count) * Double(layer.input * layer.kernel * layer.kernel)
        measure(
            layer.name, "\(output.height)x\(output.width) \(layer.input)->\(layer.output)",
            row: row.name(in: precision),
            count: layer.count, deviation: deviation(layer, convolution, weight, bias),
            bound: precision == .float32 ? 5e-5 : 0.03,
            work: 2e-9 * products, unit: "GFLOP/s"
        ) {
            convolution(input, into: output, pre: layer.pre, post: .relu, team: team)
        }
    }

    private func deviation(
        _ layer: Layer, _ convolution: ConvolutionLayer, _ weight: [Float], _ bias: [Float]
    ) -> Float {
        let input = tensor(11, 29, layer.input)
        let shape = ConvolutionShape(
            inputHeight: 11, inputWidth: 29, inputChannels: layer.input, outputChannels: layer.output,
            kernelHeight: layer.kernel, kernelWidth: layer.kernel, stride: layer.step, margin: layer.kernel / 2,
            padding: .reflect)
        let output = Tensor(height: shape.outputHeight, width: shape.outputWidth, channels: layer.output)
        convolution(input, into: output, pre: layer.pre, team: team)
        let expected = ConvolutionReference.convolve(
            Self.values(input), shape, weight: weight, bias: bias, pre: layer.pre)
        return Self.deviation(Self.values(output), expected)
    }
}
