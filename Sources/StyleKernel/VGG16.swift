import Machine
internal import Tensors

/// VGG-16's first eight convolutions, to relu4_1, as trained on ImageNet: zero padding, 2x2 maxima after relu1_2, relu2_2
/// and relu3_3. The encoder of the `paper` preset; its weights never change.
struct VGG16 {
    /// What a picture in [0, 1] is normalised by before the first convolution.
    static let mean: [Float] = [0.485, 0.456, 0.406]
    static let deviation: [Float] = [0.229, 0.224, 0.225]

    static func eachChannel(_ value: (Int) -> Float) -> (Float, Float, Float) { (value(0), value(1), value(2)) }

    private static let widths = [64, 64, 128, 128, 256, 256, 256, 512]
    /// Convolutions that are followed by pooling.
    private static let pooled: Set<Int> = [1, 3, 6]

    private let convolutions: [ConvolutionLayer]

    static func shapes(_ configuration: Configuration) -> [LayerShape] {
        widths.indices.map { n in
            LayerShape(
                "vgg.convs.\(n)", n == 0 ? 3 : widths[n - 1] / configuration.vggDivisor,
                widths[n] / configuration.vggDivisor, padding: .zero)
        }
    }

    init(_ layers: Layers) {
        convolutions = Self.widths.indices.map { layers["vgg.convs.\($0)"] }
    }

    /// The output of each convolution, and of the pooling after it where there is one.
    struct Buffers {
        let outputs: [Tensor]
        let pools: [Int: Tensor]

        /// relu4_1.
        var z8: Tensor { outputs.last! }
        var features: Features { Features([.eight: z8]) }
    }

    /// - Parameters: sides in pixels, multiples of 8.
    func plan(height: Int, width: Int, _ planner: WorkspacePlanner) -> Buffers {
        var (outputs, pools): ([Tensor], [Int: Tensor]) = ([], [:])
        var (stride, input): (Int, Tensor?) = (1, nil)
        for (n, layer) in convolutions.enumerated() {
            let output = planner.tensor(
                height: height / stride, width: width / stride, channels: layer.outputChannels)
            input.map(planner.release)
            outputs.append(output)
            input = output
            guard Self.pooled.contains(n) else { continue }
            stride *= 2
            let pool = planner.tensor(height: height / stride, width: width / stride, channels: layer.outputChannels)
            planner.release(output)
            pools[n] = pool
            input = pool
        }
        return Buffers(outputs: outputs, pools: pools)
    }

    /// picture: [H, W, 3], (rgb - mean) / deviation. Fills z8 [H / 8, W / 8, C].
    func callAsFunction(_ picture: Tensor, _ b: Buffers, team: ThreadTeam) {
        var input = picture
        for (n, layer) in convolutions.enumerated() {
            layer(input, into: b.outputs[n], post: .relu, team: team)
            input = b.outputs[n]
            guard let pool = b.pools[n] else { continue }
            maxPool(input, window: 2, stride: 2, into: pool, team: team)
            input = pool
        }
    }
}
