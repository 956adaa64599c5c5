import Imaging
import Machine
internal import Tensors

extension Scale {
    /// The value of its statistics.
    fileprivate func statistics(in runner: Runner) -> Value { runner.plan.graph["stats.\(name)"] }
}

extension Runner {
    /// Binds a tensor for statistics, [2, 1, C].
    func holdStatistics(of scale: Scale) -> Tensor {
        let value = scale.statistics(in: self)
        self[value] = Tensor(height: 2, width: 1, channels: value.channels)
        return self[value]
    }
}

/// The way of frames of one size through the network, with what is bound to it.
struct FrameWay {
    let runner: Runner
    /// Inside the network.
    let size: (width: Int, height: Int)
    /// Whether it goes on to the painting, or ends at the features.
    let paints: Bool
    let stages: [String]
    /// The last frame and its painting, where the runner keeps what lies between; nil where it keeps nothing.
    let kept: (source: KeptFrame, painting: Frame)?
    /// Room for styles that paint a frame by masks: one's painting, and where each is seen. Nil where none do.
    var overlay: (painting: Frame, areas: Overlay)?
    private let scales: [Scale]
    private let statistics: [(scale: Scale, held: Tensor)]
    private let tokens: [(keys: Value, values: Value)]
    /// Of more styles than one.
    private let weights: Value?
    private let strength: Value?
    private let tempering: Tempering

    /// - Parameter source: of the frames' own size and format.
    init(
        _ runner: Runner, _ scales: [Scale], _ size: (width: Int, height: Int), paints: Bool,
        _ tempering: Tempering, source: Frame
    ) {
        let graph = runner.plan.graph
        (self.runner, self.scales, self.size, self.paints) = (runner, scales, size, paints)
        stages = graph.stages
        let names = (0..<StyleMix.most).map { TokenNames(style: $0) }
        tokens = names.compactMap { name in graph.value(name.keys).map { ($0, graph[name.values]) } }
        weights = graph.value("weights")
        (strength, self.tempering) = (graph.value("strength"), tempering)
        for held in [weights, strength] { held.map { runner[$0] = Tensor(height: 1, width: 1, channels: $0.channels) } }
        statistics = scales.map { ($0, runner.holdStatistics(of: $0)) }
        kept =
            runner.plan.keeps
            ? (
                KeptFrame(width: source.width, height: source.height, format: source.format),
                Frame(width: source.width, height: source.height, format: source.format)
            ) : nil
    }

    /// Whether a frame can go it.
    /// - Parameter style: what paints it; nil where nothing does.
    func takes(_ frame: Frame, _ size: (width: Int, height: Int), style: StyleMix?, keeps: Bool?) -> Bool {
        guard self.size == size,
            style.map({ paints && $0.tokens.count == tokens.count && Tempering($0.strength) == tempering }) ?? true,
            keeps == nil || keeps == (kept != nil)
        else { return false }
        return kept.map { $0.painting.isLike(frame) } ?? true
    }

    /// Whether a frame can go it that styles paint by masks.
    /// - Parameters:
    ///   - styles: of one mix at most.
    ///   - masks: how many at most.
    func takes(
        _ frame: Frame, _ size: (width: Int, height: Int), styles: Int, _ tempering: Tempering, masks: Int
    ) -> Bool {
        guard let overlay, self.size == size, styles <= tokens.count, tempering == self.tempering,
            masks <= overlay.areas.count
        else { return false }
        return overlay.painting.isLike(frame)
    }

    /// Encodes a frame by itself. What is kept is then no longer the last painting's.
    func encode(_ frame: Frame) {
        kept?.source.forget()
        runner.whole(stage: "encode", source: frame)
    }

    func begin(_ frame: Frame, _ team: ThreadTeam) {
        if let kept { runner.begin(source: kept.source.take(frame, team: team)) }
    }

    func run(_ stage: String, _ frame: Frame, into painted: Frame) {
        guard let kept else { return runner.whole(stage: stage, source: frame, painted: painted) }
        runner.changed(stage: stage, source: frame, painted: kept.painting)
    }

    func finish(into painted: Frame) {
        if let kept { painted.copyPixels(of: kept.painting) }
    }

    /// The statistics of the frame that was encoded last.
    func measure(_ team: ThreadTeam) -> SceneStatistics {
        SceneStatistics(of: scales.map { ($0, runner[$0.name]) }, team: team)
    }

    /// What the stages after `encode` hold still.
    func hold(_ scene: SceneStatistics, _ mix: StyleMix) {
        for (scale, held) in statistics where scene[scale].fill(held) { runner.touch(scale.statistics(in: runner)) }
        // Where the way has room for more styles, the others have no weight and are not read.
        for (value, style) in zip(tokens, mix.tokens) {
            runner[value.keys] = style.keys
            runner[value.values] = style.values
        }
        if let strength { hold(mix.strength, at: 0, of: strength) }
        if let weights { for number in tokens.indices { hold(mix.weights[number], at: number, of: weights) } }
    }

    private func hold(_ number: Float, at place: Int, of value: Value) {
        let held = runner[value].row(0) + place
        guard held.pointee != number else { return }
        held.pointee = number
        runner.touch(value)
    }
}
