import Machine
internal import Tensors

/// Attention from the frame's positions to the style's, gated by the frame (3.1, Eq. 1 to 5): brings to every position
/// what the style has for it, Z_cs.
struct StyleAlignment {
    private let query, key, value: ConvolutionLayer
    /// ψ: three convolutions to a scale and a bias of each head's threshold; empty where nothing is dropped.
    private let gate: [ConvolutionLayer]
    private let attention: GatedAttention
    private let scale: Scale
    private let preset: Configuration.Preset

    static func shapes(_ configuration: Configuration) -> [LayerShape] {
        let c = configuration.channels(at: configuration.deepest)
        let attention = [
            LayerShape("align.query", c, c), LayerShape("align.key", c, c), LayerShape("value", c, c),
        ]
        guard configuration.isGated else { return attention }
        let width = configuration.gateWidth
        return attention + [
            LayerShape("align.gate.0", c, width), LayerShape("align.gate.2", width, width),
            LayerShape("align.gate.4", width, 2 * configuration.heads),
        ]
    }

    init(_ layers: Layers, _ configuration: Configuration) {
        (query, key, value) = (layers["align.query"], layers["align.key"], layers["value"])
        gate = configuration.isGated ? [0, 2, 4].map { layers["align.gate.\($0)"] } : []
        attention = GatedAttention(
            heads: configuration.heads, alpha: configuration.alpha, parts: configuration.alignedWidths)
        (scale, preset) = (configuration.deepest, configuration.preset)
    }

    // MARK: The style's side

    /// The style's tokens, from its features and by its own statistics.
    func remember(_ style: Features, team: ThreadTeam) -> StyleTokens {
        let z = style[scale]
        let own = SceneStatistics(of: Features([scale: z]), team: team)[scale]
        let normalised = Tensor(height: z.height, width: z.width, channels: z.channels)
        normalise(z, mean: own.means, std: own.deviations, into: normalised, team: team)
        let keys = Tensor(height: z.height, width: z.width, channels: key.outputChannels)
        key(normalised, into: keys, team: team)
        return StyleTokens(keys: attention.splitKeys(keys), values: attention.splitValues(values(style, team)))
    }

    /// What attention carries over of each position: its own feature and, in `fast`, mean and mean square of the finer
    /// features under it. float32 throughout: square - mean² cancels.
    private func values(_ style: Features, _ team: ThreadTeam) -> [Tensor] {
        let z = style[scale]
        let deep = Tensor(height: z.height, width: z.width, channels: value.outputChannels)
        value(z, into: deep, team: team)
        guard preset == .fast else { return [deep] }
        return [deep]
            + [Scale.eight, .four].flatMap { finer in
                [false, true].map { squared in
                    let pooled = Tensor(height: z.height, width: z.width, channels: style[finer].channels)
                    averagePool(
                        style[finer], factor: scale.rawValue / finer.rawValue, squared: squared, into: pooled,
                        team: team)
                    return pooled
                }
            }
    }

    // MARK: The frame's side

    struct Buffers {
        let normalised, query: Tensor
        /// The outputs of ψ's convolutions; the last is ψ itself.
        let gate: [Tensor]
        /// Z_cs [H, W, channels], its parts joined; lives on.
        let aligned: Tensor
    }

    func plan(_ z: Tensor, _ planner: WorkspacePlanner) -> Buffers {
        func make(_ channels: Int) -> Tensor { planner.tensor(height: z.height, width: z.width, channels: channels) }
        let normalised = make(z.channels)
        let query = make(self.query.outputChannels)
        let gate = self.gate.map { make($0.outputChannels) }
        planner.release(normalised)
        let aligned = make(attention.channels)
        planner.release(query)
        gate.forEach(planner.release)
        return Buffers(normalised: normalised, query: query, gate: gate, aligned: aligned)
    }

    /// z: [H, W, C] at the attention's stride. Fills `aligned`.
    func callAsFunction(
        _ z: Tensor, statistics: SceneStatistics.Channels, tokens: StyleTokens, _ b: Buffers, team: ThreadTeam
    ) {
        normalise(z, mean: statistics.means, std: statistics.deviations, into: b.normalised, team: team)
        query(b.normalised, into: b.query, team: team)
        var x = b.normalised
        for (n, layer) in gate.enumerated() {
            layer(x, into: b.gate[n], post: n + 1 < gate.count ? .relu : .none, team: team)
            x = b.gate[n]
        }
        attention(
            query: b.query, gate: b.gate.last, keys: tokens.keys, values: tokens.values, into: b.aligned, team: team)
    }
}
