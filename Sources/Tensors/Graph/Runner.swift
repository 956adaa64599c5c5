package import Imaging
package import Machine

/// Does a graph's steps at one size, in a workspace that it takes when it is made. After that it allocates nothing.
// Sendable: one caller at a time, as a tensor has.
package final class Runner: @unchecked Sendable {
    package let plan: Plan
    private let layers: Layers
    private let team: ThreadTeam
    /// By the values' index.
    private var tensors: [Tensor?]
    /// Where a value is made by the strip and the last strip is lower than the others: the tensor for it.
    private let lastStrips: [Tensor?]

    package init(_ plan: Plan, _ layers: Layers, team: ThreadTeam) {
        (self.plan, self.layers, self.team) = (plan, layers, team)
        plan.planner.finish()
        tensors = plan.roots.map { plan.tensors[$0] }
        var lasts: [Tensor?] = tensors.map { _ in nil }
        for pass in plan.passes {
            for part in pass.steps.dropLast() {
                let index = part.writes!.index
                lasts[index] = tensors[index]!.first(rows: pass.strips.last!.count)
            }
        }
        lastStrips = lasts
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
            for index in tensors.indices where plan.roots[index] == plan.roots[value.index] {
                tensors[index] = newValue
            }
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
            for rows in pass.strips {
                for step in pass.steps {
                    run(step, Region(rows: rows, columns: columns(of: step)), source, painted)
                }
            }
        }
    }

    private func columns(of step: Graph.Step) -> Range<Int> {
        guard let value = step.writes ?? step.reads.first, let size = plan.sizes[value.index] else { return 0..<0 }
        return 0..<size.width
    }

    /// - Parameter region: of the step's result, counted in all of it. Its columns are all of them: the operations know
    ///   rows alone.
    private func run(_ step: Graph.Step, _ region: Region, _ source: Frame?, _ painted: Frame?) {
        let rows = region.rows
        func read(_ n: Int) -> Tensor { tensor(step.reads[n], rows) }
        func optional(_ n: Int) -> Tensor? { n < step.reads.count ? read(n) : nil }
        var result: Tensor { tensor(step.writes!, rows) }
        switch step.operation {
        case .read(let scale): result.read(source!, scale, rows: rows, team: team)
        case .convolve(let shape, let pre, let post):
            // What it reads of a strip is the strip's own.
            let isStrip = plan.graph.home(step.reads[0]) == .strips
            layers[shape.name](
                read(0), into: result, rows: isStrip ? 0..<rows.count : rows, pre: pre, adding: optional(1), post: post,
                team: team)
        case .upsample(let channels):
            upsample2(read(0), into: result, rows: rows, channels: channels, adding: optional(1), team: team)
        case .normalise: Tensors.normalise(read(0), by: read(1), into: result, rows: rows, team: team)
        case .attend(let attention):
            attention(
                query: read(0), gate: optional(3), keys: read(1), values: read(2), into: result, rows: rows, team: team)
        case .deviations(let means, let squares):
            Tensors.deviations(of: read(0), means: means, squares: squares, rows: rows, team: team)
        case .modulate(let taps, let order, let isCorrection):
            let kernels = DynamicKernelTensor(
                read(2), taps: taps, isCorrection: isCorrection, gain: optional(3), bias: optional(4))
            Tensors.modulate(
                read(0), by: read(1), order: order, kernels: kernels, into: result, rows: rows, team: team)
        case .averagePool(let factor, let squared):
            Tensors.averagePool(read(0), factor: factor, squared: squared, into: result, rows: rows, team: team)
        case .maxPool(let window, let stride):
            Tensors.maxPool(read(0), window: window, stride: stride, into: result, rows: rows, team: team)
        case .unitLength(let epsilon): makeUnitLength(read(0), epsilon: epsilon, rows: rows, team: team)
        case .splitKeys(let attention): attention.splitKeys(read(0), into: result)
        case .splitValues(let attention): attention.splitValues(step.reads.map { self[$0] }, into: result)
        case .write: read(0).write(painted!, rows: rows, team: team)
        }
    }

    private func tensor(_ value: Graph.Value, _ rows: Range<Int>) -> Tensor {
        if let last = lastStrips[value.index], last.height == rows.count { return last }
        return self[value]
    }
}
