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

    private let weight: [Float]
    private let bias: [Float]

    /// - Parameter weight: [outputChannels, inputChannels, kernelHeight, kernelWidth], as in weights files.
    public init(
        weight: [Float], bias: [Float], inputChannels: Int, outputChannels: Int, kernelHeight: Int, kernelWidth: Int,
        stride: Int = 1, margin: Int, padding: Padding = .reflect
    ) {
        precondition(weight.count == outputChannels * inputChannels * kernelHeight * kernelWidth)
        precondition(bias.count == outputChannels)
        (self.weight, self.bias) = (weight, bias)
        (self.inputChannels, self.outputChannels) = (inputChannels, outputChannels)
        (self.kernelHeight, self.kernelWidth) = (kernelHeight, kernelWidth)
        (self.stride, self.margin, self.padding) = (stride, margin, padding)
    }

    /// Height (or width) of the output for that of the input.
    public func outputHeight(_ height: Int) -> Int { (height + 2 * margin - kernelHeight) / stride + 1 }
    public func outputWidth(_ width: Int) -> Int { (width + 2 * margin - kernelWidth) / stride + 1 }

    /// Computes all rows of `output`, or those of `rows`, from all of `input` that they see.
    /// - Parameters:
    ///   - pre: applied to the input as it is read (`none` or `relu`).
    ///   - added: a tensor of the output's shape, added before `post`; may be `output` itself, read before it is written.
    ///   - post: applied last; `tanhToUnit` is (tanh(v) + 1) / 2.
    public func callAsFunction(
        _ input: Tensor, into output: Tensor, rows: Range<Int>? = nil, pre: Activation = .none, adding added: Tensor? = nil,
        post: Activation = .none, team: ThreadTeam
    ) {
        precondition(input.channels == inputChannels && output.channels == outputChannels)
        precondition(output.height == outputHeight(input.height) && output.width == outputWidth(input.width))
        fatalError("owned by the engine; being written")
    }
}
