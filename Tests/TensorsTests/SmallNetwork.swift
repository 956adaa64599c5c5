@testable import Tensors

/// Parts of a network in small, which graphs for tests are made of.
extension Graph {
    static let attention = GatedAttention(heads: 2, alpha: 10, parts: [16, 8, 8])

    /// From the picture to stride 4; 16 channels at strides 2 and 4.
    mutating func goDown(_ padding: ConvolutionLayer.Padding) -> (half: Value, deep: Value) {
        let scale = PixelScale(factor: 2, mean: (1, 1, 1), deviation: (1, 1, 1))
        let fine = convolve(read(scale), "fine", to: 8, padding: padding, post: .relu)
        let half = convolve(fine, "half", to: 16, stride: 2, padding: padding)
        let quarter = maxPool(convolve(half, "pooled", to: 16, padding: padding), window: 2, stride: 2)
        let hidden = convolve(quarter, "hidden", to: 16, padding: padding, pre: .relu, post: .relu)
        let deep = convolve(hidden, "deep", to: 16, padding: padding, adding: quarter)
        return (half, deep)
    }

    /// What attention asks, and its gate.
    mutating func ask(
        _ deep: Value, by statistics: Value, _ padding: ConvolutionLayer.Padding
    ) -> (query: Value, gate: Value) {
        let query = convolve(normalise(deep, by: statistics), "query", to: 16, padding: padding)
        let gate = convolve(query, "gate", to: 4, size: 1)
        return (query, gate)
    }

    /// By kernels of three taps, gain and bias made of the style by the strip.
    mutating func modulated(
        _ deep: Value, by statistics: Value, _ style: Value, _ padding: ConvolutionLayer.Padding
    ) -> Value {
        let wide = convolve(style, "wide", to: 16 * 7, size: 1, isStrip: true)
        let bias = convolve(style, "bias", to: 16, padding: padding, isStrip: true)
        let gain = convolve(style, "gain", to: 16, size: 1, isStrip: true)
        return modulate(
            deep, by: statistics, kernels: wide, gain: gain, bias: bias, taps: 3, order: [1, 0], as: "made")
    }
}
