/// The verbs in which a stage is written: each adds a step and returns what it makes.
extension Graph {
    /// The source frame as the network takes it, [H, W, 3].
    package mutating func read(_ scale: PixelScale, as name: String = "picture") -> Value {
        let picture = make(name, stride: 1, channels: 3)
        add(.read(scale), of: [], into: picture)
        return picture
    }

    package mutating func write(_ picture: Value) { add(.write, of: [picture], into: nil) }

    /// Writes the picture, and below a strength of 1 what `own`, the source as it comes through, lacks of the source.
    package mutating func write(_ picture: Value, restoring own: Value, by strength: Value) {
        add(.writeRestoring, of: [picture, own, strength], into: nil)
    }

    /// post(layer(pre(x)) + added); the layer's name is the weights file's.
    /// - Parameters:
    ///   - margin: of padding; half the size if nil.
    ///   - isStrip: whether it is made by the strip.
    ///   - isBound: whether its memory is the caller's.
    package mutating func convolve(
        _ x: Value, _ layer: String, to channels: Int, size: Int = 3, stride: Int = 1, margin: Int? = nil,
        padding: ConvolutionLayer.Padding = .reflect, pre: ConvolutionLayer.Activation = .none, adding: Value? = nil,
        post: ConvolutionLayer.Activation = .none, as name: String? = nil, isStrip: Bool = false, isBound: Bool = false
    ) -> Value {
        let shape = LayerShape(
            layer, x.channels, channels, size: size, stride: stride, margin: margin, padding: padding)
        let result = make(
            name ?? layer, stride: x.stride * stride, channels: channels,
            home: isStrip ? .strips : isBound ? .caller : .workspace)
        add(.convolve(shape, pre: pre, post: post), of: [x] + (adding.map { [$0] } ?? []), into: result)
        return result
    }

    /// x at twice the sides, plus what is added.
    /// - Parameter channels: those of x that are taken; all if nil.
    package mutating func upsample(
        _ x: Value, channels: Range<Int>? = nil, adding: Value? = nil, as name: String? = nil, isStrip: Bool = false
    ) -> Value {
        let channels = channels ?? 0..<x.channels
        let result = make(
            name ?? "up2(\(x.name))", stride: x.stride / 2, channels: channels.count,
            home: isStrip ? .strips : .workspace)
        add(.upsample(channels: channels), of: [x] + (adding.map { [$0] } ?? []), into: result)
        return result
    }

    /// (x - μ) / σ
    package mutating func normalise(_ x: Value, by statistics: Value) -> Value {
        like(x, "normalise(\(x.name))", .normalise, of: [x, statistics])
    }

    /// Z_cs: what attention brings of a style to each position of the query (Eq. 1 to 5).
    package mutating func attend(
        _ query: Value, to tokens: (keys: Value, values: Value), by attention: GatedAttention, gate: Value?,
        as name: String
    ) -> Value {
        let result = make(name, stride: query.stride, channels: attention.channels)
        add(.attend(attention), of: [query, tokens.keys, tokens.values] + (gate.map { [$0] } ?? []), into: result)
        return result
    }

    /// x with its channels `squares`, mean squares, as deviations sqrt(square - mean²).
    package mutating func deviations(of x: Value, means: Range<Int>, squares: Range<Int>) -> Value {
        like(x, "deviations(\(x.name))", .deviations(means: means, squares: squares), of: [x])
    }

    /// Σ w_k x_k, of two values or more, by weights that are held.
    package mutating func mix(_ values: [Value], by weights: Value, as name: String) -> Value {
        precondition(values.count > 1 && weights.channels == values.count, "weights of other values")
        return like(values[0], name, .mix(values.count), of: values + [weights])
    }

    /// (normalised x, groups shuffled) * F1 * F2 + B (Eq. 6). Kernels that are corrections may have a gain and a bias
    /// that they correct, and a strength with which they do.
    package mutating func modulate(
        _ x: Value, by statistics: Value, kernels: Value, gain: Value? = nil, bias: Value? = nil, taps: Int,
        order: [Int], isCorrection: Bool = true, strength: Value? = nil, as name: String
    ) -> Value {
        precondition((gain == nil) == (bias == nil))
        return like(
            x, name,
            .modulate(taps: taps, order: order, isCorrection: isCorrection, isTempered: strength != nil),
            of: [x, statistics] + [strength, kernels, gain, bias].compactMap { $0 })
    }

    /// What kernels of no strength leave of x: its groups shuffled, with their own means and deviations.
    package mutating func shuffle(_ x: Value, by statistics: Value, order: [Int], as name: String) -> Value {
        like(x, name, .shuffle(order: order), of: [x, statistics])
    }

    package mutating func averagePool(_ x: Value, factor: Int, squared: Bool) -> Value {
        let result = make(
            "mean\(squared ? " square" : "")(\(x.name))", stride: x.stride * factor, channels: x.channels)
        add(.averagePool(factor: factor, squared: squared), of: [x], into: result)
        return result
    }

    package mutating func maxPool(_ x: Value, window: Int, stride: Int) -> Value {
        let result = make("max(\(x.name))", stride: x.stride * stride, channels: x.channels)
        add(.maxPool(window: window, stride: stride), of: [x], into: result)
        return result
    }

    package mutating func unitLength(_ x: Value, epsilon: Float) -> Value {
        like(x, "unit(\(x.name))", .unitLength(epsilon: epsilon), of: [x])
    }

    /// A style's keys and values by head, [G, N_s, d], into the caller's memory.
    package mutating func split(keys: Value, values: [Value], by attention: GatedAttention) -> (Value, Value) {
        let split = (
            given("tokens.keys", channels: keys.channels / attention.heads),
            given("tokens.values", channels: attention.channels / attention.heads)
        )
        add(.splitKeys(attention), of: [keys], into: split.0)
        add(.splitValues(attention), of: values, into: split.1)
        return split
    }

    private mutating func like(_ x: Value, _ name: String, _ operation: Operation, of reads: [Value]) -> Value {
        let result = make(name, stride: x.stride, channels: x.channels)
        add(operation, of: reads, into: result)
        return result
    }
}
