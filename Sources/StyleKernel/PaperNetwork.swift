internal import Tensors

/// The `paper` preset: VGG-16 for both sides, attention and kernels at stride 8, the decoder of the paper's Table 4.
struct PaperNetwork: Architecture {
    let configuration: Configuration
    /// As VGG-16 was trained on ImageNet.
    let pixels = PixelScale(mean: (0.485, 0.456, 0.406), deviation: (0.229, 0.224, 0.225))

    /// VGG-16's first eight convolutions, to relu4_1: zero padding, 2x2 maxima after relu1_2, relu2_2 and relu3_3. Its
    /// weights never change.
    func encode(_ picture: Value, _ g: inout Graph) -> [Scale: Value] {
        var x = picture
        for (n, width) in [64, 64, 128, 128, 256, 256, 256, 512].enumerated() {
            x = g.convolve(
                x, "vgg.convs.\(n)", to: width / configuration.vggDivisor, padding: .zero, post: .relu,
                as: n == 7 ? "z8" : nil)
            if [1, 3, 6].contains(n) { x = g.maxPool(x, window: 2, stride: 2) }
        }
        return [.eight: x]
    }

    func values(_ z: [Scale: Value], _ g: inout Graph) -> [Value] {
        [g.convolve(z[.eight]!, "value", to: z[.eight]!.channels)]
    }

    func kernels(_ style: Value, _ g: inout Graph) -> [Scale: StyleKernels] {
        let hidden = g.convolve(style, "phi", to: style.channels, post: .relu)
        let count = 2 * configuration.taps + 1
        let delta = g.convolve(hidden, "head.conv", to: count * style.channels, as: "delta8", isStrip: true)
        return [.eight: StyleKernels(delta: delta)]
    }

    /// Table 4 from one scale: each block halves the width, each upsampling doubles the sides.
    func decode(_ m: [Scale: Value], _ g: inout Graph) -> Value {
        var x = m[.eight]!
        for block in ["dec8", "dec4", "dec2"] { x = g.upsample(g.residual(x, block, to: x.channels / 2)) }
        return g.convolve(x, "out", to: 3, pre: .relu, post: .tanhToUnit)
    }
}
