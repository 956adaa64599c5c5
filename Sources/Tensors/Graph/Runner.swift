package import Imaging
package import Machine

/// Does a graph's steps at one size, in a workspace that it takes when it is made. After that it allocates nothing.
// Sendable: one caller at a time, as a tensor has.
package final class Runner: @unchecked Sendable {
    package let plan: Plan
    private let layers: Layers
    let team: ThreadTeam
    /// By the values' index.
    private var tensors: [Tensor?]
    var changes: Changes
    var sought: Sought
    /// Of the pass that is being done, by its steps.
    var progress: [Pass.Progress]
    /// By stage: how much was computed, and how much there was, since the runner was made.
    package internal(set) var work: [String: Work] = [:]
    /// Is told after each step what that has cost.
    package var heard: ((Double) -> Void)?

    package init(_ plan: Plan, _ layers: Layers, team: ThreadTeam) {
        (self.plan, self.layers, self.team) = (plan, layers, team)
        plan.planner.finish()
        tensors = plan.roots.map { plan.tensors[$0] }
        changes = Changes(plan)
        sought = Sought(values: plan.graph.values.map { _ in Regions() })
        progress = .init(repeating: Pass.Progress(), count: plan.passes.map(\.steps.count).max() ?? 0)
    }

    /// A value's tensor. Setting it binds what the caller owns.
    package subscript(value: Graph.Value) -> Tensor {
        get {
            guard let tensor = tensors[value.index] else { preconditionFailure("nothing is bound to \(value.name)") }
            return tensor
        }
        set {
            precondition(plan.graph.home(value) == .caller, "\(value.name) has memory in the plan")
            precondition(newValue.channels == value.channels, "\(newValue.channels) channels for \(value.name)")
            if value.stride > 0, let size = plan.sizes[value.index] {
                precondition((newValue.height, newValue.width) == size, "a tensor of another size for \(value.name)")
            }
            guard newValue !== tensors[value.index] else { return }
            for index in tensors.indices where plan.roots[index] == plan.roots[value.index] {
                tensors[index] = newValue
            }
            touch(value)
        }
    }

    package subscript(name: String) -> Tensor { self[plan.graph[name]] }

    /// A new tensor for what a step makes into the caller's memory.
    package func bind(_ name: String) -> Tensor {
        let value = plan.graph[name]
        guard let size = plan.sizes[value.index] else { preconditionFailure("\(name) has no size of its own") }
        self[value] = Tensor(height: size.height, width: size.width, channels: value.channels)
        return self[value]
    }

    /// Does all steps of a stage, or of all stages, whole: every position of every value.
    /// - Parameters:
    ///   - source: what the graph reads; `painted`: what it writes into.
    package func whole(stage: String? = nil, source: Frame? = nil, painted: Frame? = nil) {
        for pass in plan.passes where stage == nil || pass.stage == stage {
            run(pass, whole(of: pass), source, painted)
        }
    }

    func whole(of pass: Pass) -> Region {
        let step = pass.steps.last!
        guard let value = step.writes ?? step.reads.first, let size = plan.sizes[value.index] else {
            preconditionFailure("\(step.operation) has no size")
        }
        return Region(rows: 0..<size.height, columns: 0..<size.width)
    }

    /// - Parameter region: of the result.
    func run(_ pass: Pass, _ region: Region, _ source: Frame?, _ painted: Frame?) {
        pass.begin(region, &progress)
        var first = region.rows.lowerBound
        while first < region.rows.upperBound {
            let strip = pass.strip(from: first, to: region.rows.upperBound)
            pass.advance(to: strip, isFirst: first == region.rows.lowerBound, &progress)
            for index in pass.steps.indices where !progress[index].rows.isEmpty {
                let (step, made) = (pass.steps[index], progress[index])
                if let value = step.writes, plan.heldRows[value.index] != nil {
                    self[value].move(to: made.first, keepingTo: made.rows.lowerBound, team: team)
                    precondition(made.rows.upperBound <= self[value].rows.upperBound, "\(value.name) has no room")
                }
                run(step, Region(rows: made.rows, columns: made.columns), source, painted)
            }
            first = strip.upperBound
        }
    }

    private func run(_ step: Graph.Step, _ region: Region, _ source: Frame?, _ painted: Frame?) {
        defer { if let heard { heard(cost(step) * Double(region.rows.count * region.columns.count)) } }
        func read(_ n: Int) -> Tensor { self[step.reads[n]] }
        func optional(_ n: Int) -> Tensor? { n < step.reads.count ? read(n) : nil }
        var result: Tensor { self[step.writes!] }
        switch step.operation {
        case .read(let scale): result.read(source!, scale, region: region, team: team)
        case .convolve(let shape, let pre, let post):
            layers[shape.name](
                read(0), into: result, region: region, pre: pre, adding: optional(1), post: post, team: team)
        case .upsample(let channels):
            upsample2(read(0), into: result, region: region, channels: channels, adding: optional(1), team: team)
        case .normalise: Tensors.normalise(read(0), by: read(1), into: result, region: region, team: team)
        case .attend(let attention):
            attention(
                query: read(0), gate: optional(3), keys: read(1), values: read(2), into: result, region: region,
                team: team)
        case .deviations(let means, let squares):
            Tensors.deviations(of: read(0), means: means, squares: squares, into: result, region: region, team: team)
        case .mix(let count):
            let weights = read(count).row(0)
            for n in 1..<count {
                mix(
                    read(n), weight: weights[n], against: read(0), isFirst: n == 1, into: result, region: region,
                    team: team)
            }
        case .modulate(let taps, let order, let isCorrection, let isTempered):
            let first = isTempered ? 3 : 2
            let kernels = DynamicKernelTensor(
                read(first), taps: taps, isCorrection: isCorrection, gain: optional(first + 1),
                bias: optional(first + 2), strength: isTempered ? read(2).row(0)[0] : nil)
            Tensors.modulate(
                read(0), by: read(1), order: order, kernels: kernels, into: result, region: region, team: team)
        case .averagePool(let factor, let squared):
            Tensors.averagePool(read(0), factor: factor, squared: squared, into: result, region: region, team: team)
        case .maxPool(let window, let stride):
            Tensors.maxPool(read(0), window: window, stride: stride, into: result, region: region, team: team)
        case .unitLength(let epsilon): makeUnitLength(read(0), epsilon: epsilon, region: region, team: team)
        case .splitKeys(let attention): attention.splitKeys(read(0), into: result)
        case .splitValues(let attention): attention.splitValues(step.reads.map { self[$0] }, into: result)
        case .shuffle(let order): shuffle(read(0), by: read(1), order: order, into: result, region: region, team: team)
        case .write: read(0).write(painted!, region: region, team: team)
        case .writeRestoring:
            read(0).write(
                painted!, lacking: max(1 - read(2).row(0)[0], 0), of: source!, own: read(1), region: region, team: team)
        }
    }
}
