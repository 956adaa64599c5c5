import Machine
internal import Tensors

extension Runner {
    /// Binds a tensor for statistics, [2, 1, C].
    func holdStatistics(of scale: Scale) -> Tensor {
        let value = plan.graph["stats.\(scale.name)"]
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
    private let scales: [Scale]
    private let statistics: [(scale: Scale, held: Tensor)]
    private let keys, values: Value

    init(_ runner: Runner, _ scales: [Scale], _ size: (width: Int, height: Int), paints: Bool) {
        let graph = runner.plan.graph
        (self.runner, self.scales, self.size, self.paints) = (runner, scales, size, paints)
        stages = graph.stages
        (keys, values) = (graph["tokens.keys"], graph["tokens.values"])
        statistics = scales.map { ($0, runner.holdStatistics(of: $0)) }
    }

    /// The statistics of the frame that was encoded last.
    func measure(_ team: ThreadTeam) -> SceneStatistics {
        SceneStatistics(of: scales.map { ($0, runner[$0.name]) }, team: team)
    }

    /// What the stages after `encode` hold still.
    func hold(_ scene: SceneStatistics, _ tokens: StyleTokens) {
        for (scale, held) in statistics { scene[scale].fill(held) }
        runner[keys] = tokens.keys
        runner[values] = tokens.values
    }
}
