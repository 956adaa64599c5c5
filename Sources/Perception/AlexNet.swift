import Machine
internal import Tensors

/// AlexNet's five convolutions, as trained on ImageNet: zero padding, ReLU after each, maxima of 3x3 every 2 after the
/// first two.
struct AlexNet: Sendable {
    struct Shape {
        let inputChannels, outputChannels, size, stride, margin: Int
    }

    static let shapes = [
        Shape(inputChannels: 3, outputChannels: 64, size: 11, stride: 4, margin: 2),
        Shape(inputChannels: 64, outputChannels: 192, size: 5, stride: 1, margin: 2),
        Shape(inputChannels: 192, outputChannels: 384, size: 3, stride: 1, margin: 1),
        Shape(inputChannels: 384, outputChannels: 256, size: 3, stride: 1, margin: 1),
        Shape(inputChannels: 256, outputChannels: 256, size: 3, stride: 1, margin: 1),
    ]
    /// Layers whose output is pooled before the next one reads it.
    private static let pooled = 2
    /// The smallest side: below it nothing is left after the second pooling.
    static let minimumSide = 31

    let convolutions: [ConvolutionLayer]

    /// Height and width of each layer's output for a picture of that size.
    func sizes(height: Int, width: Int) -> [(height: Int, width: Int)] {
        var (h, w) = (height, width)
        return convolutions.enumerated().map { n, layer in
            if n > 0 && n <= Self.pooled { (h, w) = (Self.pooledSide(h), Self.pooledSide(w)) }
            (h, w) = (layer.outputHeight(h), layer.outputWidth(w))
            return (h, w)
        }
    }

    private static func pooledSide(_ side: Int) -> Int { (side - 3) / 2 + 1 }

    /// The pooled outputs of the first two layers.
    func planPools(height: Int, width: Int, _ planner: WorkspacePlanner) -> [Tensor] {
        sizes(height: height, width: width).prefix(Self.pooled).enumerated().map { n, size in
            planner.tensor(
                height: Self.pooledSide(size.height), width: Self.pooledSide(size.width),
                channels: convolutions[n].outputChannels)
        }
    }

    /// picture: [H, W, 3], shifted and scaled. Fills relu1 to relu5, handing each out once no layer reads it any more.
    func callAsFunction(
        _ picture: Tensor, pools: [Tensor], into outputs: [Tensor], team: ThreadTeam, finished: (Tensor) -> Void
    ) {
        var input = picture
        for (n, layer) in convolutions.enumerated() {
            layer(input, into: outputs[n], post: .relu, team: team)
            if n > Self.pooled { finished(outputs[n - 1]) }
            input = outputs[n]
            if n < Self.pooled {
                maxPool(input, window: 3, stride: 2, into: pools[n], team: team)
                finished(input)
                input = pools[n]
            }
        }
        finished(outputs.last!)
    }
}
