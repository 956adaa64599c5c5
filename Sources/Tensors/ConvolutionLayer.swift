internal import Kernels

/// A convolution with its weights, its bias, and what is fused into reading its input and writing its output.
///
/// output(y, x, o) = post( bias(o) + Σ weight(o, i, ky, kx) pre(input(y s + ky - p, x s + kx - p, i)) [+ added(y, x, o)] )
public final class ConvolutionLayer: Sendable {
    public enum Padding: Sendable { case reflect, zero }
    public enum Activation: Sendable { case none, relu, tanhToUnit }

    public let inputChannels: Int
    public let outputChannels: Int
    public let kernelHeight: Int
    public let kernelWidth: Int
    public let stride: Int
    /// Positions added on every side before the windows are laid.
    public let margin: Int
    public let padding: Padding

    /// [window, outputChannels], a window ordered (ky, kx, channel).
    private let matrix: ConstantBuffer
    /// Repeated eight times; see `Convolution.finish`.
    private let bias: ConstantBuffer

    /// - Parameter weight: [outputChannels, inputChannels, kernelHeight, kernelWidth], as in weights files.
    public init(
        weight: [Float], bias: [Float], inputChannels: Int, outputChannels: Int, kernelHeight: Int, kernelWidth: Int,
        stride: Int = 1, margin: Int, padding: Padding = .reflect
    ) {
        precondition(weight.count == outputChannels * inputChannels * kernelHeight * kernelWidth)
        precondition(bias.count == outputChannels)
        precondition(inputChannels > 0 && outputChannels > 0 && kernelHeight > 0 && kernelWidth > 0)
        precondition(stride > 0 && margin >= 0)
        (self.inputChannels, self.outputChannels) = (inputChannels, outputChannels)
        (self.kernelHeight, self.kernelWidth) = (kernelHeight, kernelWidth)
        (self.stride, self.margin, self.padding) = (stride, margin, padding)
        self.bias = ConstantBuffer((0..<8).flatMap { _ in bias })
        let taps = kernelHeight * kernelWidth
        matrix = ConstantBuffer(weight.count) { matrix in
            for o in 0..<outputChannels {
                for i in 0..<inputChannels {
                    for k in 0..<taps {
                        matrix[(k * inputChannels + i) * outputChannels + o] = weight[(o * inputChannels + i) * taps + k]
                    }
                }
            }
        }
        Gemm.prepare()
    }

    /// Height (or width) of the output for that of the input.
    public func outputHeight(_ height: Int) -> Int { (height + 2 * margin - kernelHeight) / stride + 1 }
    public func outputWidth(_ width: Int) -> Int { (width + 2 * margin - kernelWidth) / stride + 1 }

    /// Computes all rows of `output`, or those of `rows`, from all of `input` that they see. A row's bits do not depend
    /// on which other rows are asked for.
    /// - Parameters:
    ///   - pre: applied to the input as it is read (`none` or `relu`).
    ///   - added: a tensor of the output's shape, added before `post`; may be `output` itself, read before it is written.
    ///   - post: applied last; `tanhToUnit` is (tanh(v) + 1) / 2.
    public func callAsFunction(
        _ input: Tensor, into output: Tensor, rows: Range<Int>? = nil, pre: Activation = .none, adding added: Tensor? = nil,
        post: Activation = .none, team: ThreadTeam
    ) {
        precondition(input.channels == inputChannels && output.channels == outputChannels)
        precondition(input.height + 2 * margin >= kernelHeight && input.width + 2 * margin >= kernelWidth)
        precondition(output.height == outputHeight(input.height) && output.width == outputWidth(input.width))
        precondition(added == nil || added!.hasShape(of: output), "what is added has another shape than the output")
        precondition(pre != .tanhToUnit, "tanhToUnit is for outputs")
        let rows = rows ?? 0..<output.height
        precondition(rows.lowerBound >= 0 && rows.upperBound <= output.height, "rows \(rows) of \(output.height)")
        let shape = ConvolutionShape(
            inputHeight: input.height, inputWidth: input.width, inputChannels: inputChannels,
            outputChannels: outputChannels, kernelHeight: kernelHeight, kernelWidth: kernelWidth, stride: stride,
            margin: margin, padding: padding == .reflect ? .reflect : .zero)
        multiply(input, output, rows, shape, pre.kernel, added, post.kernel, team)
    }

    /// By panels of output positions, cut from each row by itself so that they are the same whatever rows are asked for.
    private func multiply(
        _ input: Tensor, _ output: Tensor, _ rows: Range<Int>, _ shape: ConvolutionShape, _ pre: Kernels.Activation,
        _ added: Tensor?, _ post: Kernels.Activation, _ team: ThreadTeam
    ) {
        let panel = Convolution.panelWidth(shape)
        let panels = (output.width + panel - 1) / panel
        // A 1x1 window is the input as it lies.
        let direct = shape.window == inputChannels && stride == 1 && margin == 0 && pre == .none
        team.run(rows.count * panels) { item, worker in
            let y = rows.lowerBound + item / panels
            let columns = item % panels * panel..<min((item % panels + 1) * panel, output.width)
            let sums = team.scratch(worker, panel * (outputChannels + (direct ? 0 : shape.window)))
            let windows = sums + panel * outputChannels
            if !direct { Convolution.gather(input.base, shape, y: y, columns: columns, pre: pre, into: windows) }
            let place = y * output.width + columns.lowerBound
            Gemm.multiply(
                direct ? input.base + place * inputChannels : windows, shape.window, matrix.base, outputChannels,
                into: sums, outputChannels, m: columns.count, n: outputChannels, k: shape.window)
            Convolution.finish(
                sums, bias: bias.base, adding: added.map { UnsafePointer($0.base + place * outputChannels) }, post: post,
                into: output.base + place * outputChannels, positions: columns.count, channels: outputChannels)
        }
    }
}

extension ConvolutionLayer.Activation {
    var kernel: Kernels.Activation {
        switch self {
        case .none: .none
        case .relu: .relu
        case .tanhToUnit: .tanhToUnit
        }
    }
}
