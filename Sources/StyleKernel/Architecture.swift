internal import Tensors

typealias Value = Graph.Value

/// One network of the family: the stages in which its presets differ, each a function that adds its steps to a graph.
protocol Architecture: Sendable {
    var configuration: Configuration { get }
    /// What a frame's bytes become on their way into the encoder.
    var pixels: PixelScale { get }

    /// z [H / s, W / s, C] at each stride s of the configuration.
    func encode(_ picture: Value, _ g: inout Graph) -> [Scale: Value]
    /// What attention carries over of a style's positions: value tensors at the deepest stride.
    func values(_ z: [Scale: Value], _ g: inout Graph) -> [Value]
    /// Z_cs in a form that may be mixed with other styles' (appendix B).
    func style(_ zcs: Value, _ g: inout Graph) -> Value
    /// φ (3.2): from the style the kernels of every position and channel, at each stride that is modulated.
    func kernels(_ style: Value, _ g: inout Graph) -> [Scale: StyleKernels]
    /// Modulated features to the picture [H, W, 3] in [0, 1].
    func decode(_ m: [Scale: Value], _ g: inout Graph) -> Value
}

/// What the graphs call a style's tokens.
struct TokenNames {
    let keys, values: String

    init(style number: Int = 0) {
        let suffix = number == 0 ? "" : ".\(number)"
        (keys, values) = ("tokens.keys" + suffix, "tokens.values" + suffix)
    }
}

/// Kernels of every position, made by the strip, as corrections δ of the identity: F1 = (point + δ1) gain,
/// F2 = point + δ2, B = δB + bias.
struct StyleKernels {
    let delta: Value
    var gain: Value?
    var bias: Value?
}

/// Which strengths a graph paints with.
enum Tempering {
    /// 1 alone.
    case none
    /// Up to 1: what the network cannot give back of the source is made good.
    case below
    /// From 1 on.
    case beyond

    init(_ strength: Float) { self = strength == 1 ? .none : strength < 1 ? .below : .beyond }
}

extension Architecture {
    /// From a frame to its painting. Tokens and the scene's statistics are given, and of several styles their weights.
    /// - Parameter tempering: asks for a strength, too.
    func painting(styles count: Int = 1, _ tempering: Tempering = .none) -> Graph {
        var g = Graph()
        let tokens = (0..<count).map { number in
            let name = TokenNames(style: number)
            return (
                keys: g.given(name.keys, channels: deepChannels / configuration.heads),
                values: g.given(name.values, channels: attention.channels / configuration.heads)
            )
        }
        g.stage = "encode"
        let z = encode(g.read(pixels), &g)
        g.stage = "align"
        let zcs = align(z[configuration.deepest]!, tokens, &g)
        g.stage = "kernels"
        let styles = zcs.map { style($0, &g) }
        let mixed = count == 1 ? styles[0] : g.mix(styles, by: g.given("weights", channels: count), as: "style")
        let kernels = kernels(mixed, &g)
        let strength = tempering == .none ? nil : g.given("strength", channels: 1)
        var m: [Scale: Value] = [:]
        for scale in kernels.keys.sorted(by: >) {
            g.stage = "modulate \(scale.rawValue)"
            m[scale] = modulate(z[scale]!, kernels[scale]!, at: scale, strength, &g)
        }
        g.stage = "decode"
        let painted = decode(m, &g)
        guard tempering == .below, let strength else {
            g.write(painted)
            return g
        }
        (g.stage, g.prefix) = ("restore", "own.")
        let own = decode(kernels.keys.reduce(into: [:]) { $0[$1] = unchanged(z[$1]!, at: $1, &g) }, &g)
        g.write(painted, restoring: own, by: strength)
        return g
    }

    /// From a style picture to its tokens. Its own statistics are given.
    var remembering: Graph {
        var g = Graph()
        g.stage = "encode"
        let z = encode(g.read(pixels), &g)
        g.stage = "remember"
        let deep = z[configuration.deepest]!
        let n = g.normalise(deep, by: statistics(deep, &g))
        let keys = g.convolve(n, "align.key", to: deepChannels)
        _ = g.split(keys: keys, values: values(z, &g), by: attention)
        return g
    }

    /// All layers of both graphs, from a file that holds them and no others.
    func layers(from parameters: Parameters, _ precision: Precision = .float32) throws -> Layers {
        let own = painting().layers
        let shapes = own + remembering.layers.filter { !own.contains($0) }
        try parameters.check(shapes)
        return try Layers(shapes, from: parameters, precision)
    }

    private var deepChannels: Int { configuration.channels(at: configuration.deepest) }
    private var attention: GatedAttention {
        GatedAttention(heads: configuration.heads, alpha: configuration.alpha, parts: configuration.alignedWidths)
    }

    /// Means and deviations of z's channels, given.
    private func statistics(_ z: Value, _ g: inout Graph) -> Value {
        g.value("stats.\(z.name)") ?? g.given("stats.\(z.name)", channels: z.channels)
    }

    func style(_ zcs: Value, _ g: inout Graph) -> Value { zcs }

    /// Z_cs (3.1) of each style: gated attention of the frame's positions over the style's. ψ is three convolutions to
    /// a scale and a bias of each head's threshold.
    private func align(_ z: Value, _ tokens: [(keys: Value, values: Value)], _ g: inout Graph) -> [Value] {
        let n = g.normalise(z, by: statistics(z, &g))
        let query = g.convolve(n, "align.query", to: z.channels)
        var gate: Value?
        if configuration.isGated {
            var psi = g.convolve(n, "align.gate.0", to: configuration.gateWidth, post: .relu)
            psi = g.convolve(psi, "align.gate.2", to: configuration.gateWidth, post: .relu)
            gate = g.convolve(psi, "align.gate.4", to: 2 * configuration.heads)
        }
        return tokens.enumerated().map {
            g.attend(query, to: $1, by: attention, gate: gate, as: $0 == 0 ? "zcs" : "zcs.\($0)")
        }
    }

    /// m = shuffle((z - μ) / σ) * F1 * F2 + B (Eq. 6, appendix A).
    private func modulate(
        _ z: Value, _ kernels: StyleKernels, at scale: Scale, _ strength: Value?, _ g: inout Graph
    ) -> Value {
        g.modulate(
            z, by: statistics(z, &g), kernels: kernels.delta, gain: kernels.gain, bias: kernels.bias,
            taps: configuration.taps, order: configuration.order, strength: strength, as: "m\(scale.rawValue)")
    }

    /// What kernels of no strength make of z.
    private func unchanged(_ z: Value, at scale: Scale, _ g: inout Graph) -> Value {
        guard configuration.order != configuration.order.sorted() else { return z }
        return g.shuffle(z, by: g["stats.\(z.name)"], order: configuration.order, as: "m\(scale.rawValue)")
    }
}

extension Graph {
    /// x + conv2(relu(conv1(relu(x)))), with a 1x1 convolution of x on the way round where the width changes.
    /// - Parameter post: applied to the result, for a follower that reads it through a ReLU anyway.
    mutating func residual(
        _ x: Value, _ name: String, to channels: Int? = nil, post: ConvolutionLayer.Activation = .none,
        as result: String? = nil
    ) -> Value {
        let channels = channels ?? x.channels
        let hidden = convolve(x, name + ".conv1", to: channels, pre: .relu, post: .relu)
        let around = channels == x.channels ? x : convolve(x, name + ".skip", to: channels, size: 1)
        return convolve(hidden, name + ".conv2", to: channels, adding: around, post: post, as: result)
    }
}
