internal import Tensors

/// The `fast` preset: one light encoder for both sides, attention at stride 16, kernels at strides 8 and 4.
struct FastNetwork: Architecture {
    let configuration: Configuration
    /// 2 rgb - 1
    let pixels = PixelScale(factor: 2, mean: (1, 1, 1), deviation: (1, 1, 1))

    /// Widths at strides 1 to 16.
    private var w: [Int] { configuration.widths }

    func encode(_ picture: Value, _ g: inout Graph) -> [Scale: Value] {
        var x = g.convolve(picture, "stem", to: w[0], post: .relu)
        x = g.convolve(x, "down2", to: w[1], stride: 2, post: .relu)
        x = g.convolve(x, "down4", to: w[2], stride: 2, post: .relu)
        let z4 = g.residual(x, "res4", as: "z4")
        x = g.convolve(z4, "down8", to: w[3], stride: 2, pre: .relu, post: .relu)
        let z8 = g.residual(x, "res8", as: "z8")
        x = g.convolve(z8, "down16", to: w[4], stride: 2, pre: .relu, post: .relu)
        return [.four: z4, .eight: z8, .sixteen: g.residual(x, "res16", as: "z16")]
    }

    /// The style's own feature, and mean and mean square of the finer features under it. float32 throughout:
    /// square - mean² cancels.
    func values(_ z: [Scale: Value], _ g: inout Graph) -> [Value] {
        var values = [g.convolve(z[.sixteen]!, "value", to: w[4])]
        for (scale, factor) in [(Scale.eight, 2), (.four, 4)] {
            values.append(g.averagePool(z[scale]!, factor: factor, squared: false))
            values.append(g.averagePool(z[scale]!, factor: factor, squared: true))
        }
        return values
    }

    /// Channels of Z_cs: deep, mean8, square8, mean4, square4.
    private var parts: [Range<Int>] {
        configuration.alignedWidths.reduce(into: []) { parts, width in
            let start = parts.last?.upperBound ?? 0
            parts.append(start..<start + width)
        }
    }

    /// Squares become deviations: mixed squares would add the difference of two styles' means to the deviation.
    func style(_ zcs: Value, _ g: inout Graph) -> Value {
        let style = g.deviations(of: zcs, means: parts[1], squares: parts[2])
        return g.deviations(of: style, means: parts[3], squares: parts[4])
    }

    func kernels(_ style: Value, _ g: inout Graph) -> [Scale: StyleKernels] {
        let (means8, squares8, means4, squares4) = (parts[1], parts[2], parts[3], parts[4])
        let p16 = g.convolve(style, "phi16", to: w[4], post: .relu)
        let p8 = g.convolve(g.upsample(p16), "phi8", to: w[3], post: .relu)
        let p4 = g.convolve(p8, "phi4", to: w[2], post: .relu)
        let mean4 = g.upsample(style, channels: means4, as: "mean4")
        let deviation4 = g.upsample(style, channels: squares4, as: "deviation4")

        let count = 2 * configuration.taps + 1
        func head(_ p: Value, _ name: String, as delta: String) -> Value {
            g.convolve(p, name, to: count * p.channels, size: 1, as: delta, isStrip: true)
        }
        return [
            .eight: StyleKernels(
                delta: head(p8, "head8.conv", as: "delta8"),
                gain: g.upsample(style, channels: squares8, as: "gain8", isStrip: true),
                bias: g.upsample(style, channels: means8, as: "bias8", isStrip: true)),
            .four: StyleKernels(
                delta: head(g.upsample(p4, isStrip: true), "head4.conv", as: "delta4"),
                gain: g.upsample(deviation4, as: "gain4", isStrip: true),
                bias: g.upsample(mean4, as: "bias4", isStrip: true)),
        ]
    }

    func decode(_ m: [Scale: Value], _ g: inout Graph) -> Value {
        var x = g.residual(m[.eight]!, "dec8", post: .relu)
        x = g.upsample(g.convolve(x, "to4", to: w[2]), adding: m[.four]!)
        x = g.residual(x, "dec4", post: .relu)
        x = g.upsample(g.convolve(x, "to2", to: w[1]))
        x = g.residual(x, "dec2", post: .relu)
        x = g.upsample(g.convolve(x, "to1", to: w[0]))
        return g.convolve(x, "out", to: 3, pre: .relu, post: .tanhToUnit)
    }
}
