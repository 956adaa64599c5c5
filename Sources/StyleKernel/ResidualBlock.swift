import Machine
internal import Tensors

/// x + conv2(relu(conv1(relu(x)))), with a 1x1 convolution of x on the way round where the width changes.
struct ResidualBlock {
    let conv1: ConvolutionLayer
    let conv2: ConvolutionLayer
    let skip: ConvolutionLayer?

    /// The layers that a block of this name and these widths has.
    static func shapes(_ name: String, _ inputChannels: Int, _ outputChannels: Int) -> [LayerShape] {
        let convolutions = [
            LayerShape(name + ".conv1", inputChannels, outputChannels),
            LayerShape(name + ".conv2", outputChannels, outputChannels),
        ]
        guard inputChannels != outputChannels else { return convolutions }
        return convolutions + [LayerShape(name + ".skip", inputChannels, outputChannels, size: 1)]
    }

    /// x [H, W, input channels], hidden and output [H, W, output channels]; `output` may be `x` where the width stays.
    /// - Parameter post: applied to the result, for a follower that reads it through a ReLU anyway.
    func callAsFunction(
        _ x: Tensor, hidden: Tensor, into output: Tensor, post: ConvolutionLayer.Activation = .none, team: ThreadTeam
    ) {
        conv1(x, into: hidden, pre: .relu, post: .relu, team: team)
        skip?(x, into: output, team: team)
        conv2(hidden, into: output, adding: skip == nil ? x : output, post: post, team: team)
    }
}
