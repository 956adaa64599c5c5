/// A graph at one size: which steps go together, how long each value is needed, and the place of each in one workspace.
/// It takes no memory until a `Runner` is made of it, one of each plan.
package struct Plan {
    package let graph: Graph
    private(set) var passes: [Pass]
    /// Height and width of each value, by its index.
    private(set) var sizes: [(height: Int, width: Int)?]
    /// The value whose memory a value has: its own index, or that of the one that it overwrites.
    private(set) var roots: [Int]
    /// Tensors by root, without memory yet; nil for the caller's.
    private(set) var tensors: [Tensor?]
    /// Whether values are kept from one frame to the next, each in a place of its own.
    package let keeps: Bool
    /// Whether passes may be done for regions that overlap: then nothing is overwritten by what is made of it.
    package let isInParts: Bool
    /// By the values' index: room for what a value was, where what is computed again is compared with it.
    private(set) var olds: [Tensor?]
    /// By the values' index: rows that are in memory at a time, of what is made by the strip.
    private(set) var heldRows: [Int?]
    let planner = WorkspacePlanner()

    /// Floats of a strip of the widest value that is made by the strip: 4 MiB. More would leave the caches before they
    /// are used; whole, the kernels of a 1080p frame at stride 4 alone would take 234 MB.
    package static let stripBudget = 1 << 20

    /// - Parameters: height and width in pixels; `budget`: floats of a strip.
    package init(
        _ graph: Graph, height: Int, width: Int, keeps: Bool = false, isInParts: Bool = false, budget: Int = stripBudget
    ) {
        (self.graph, self.keeps, self.isInParts) = (graph, keeps, isInParts)
        sizes = Self.sizes(graph, height: height, width: width)
        roots = Array(graph.values.indices)
        tensors = graph.values.map { _ in nil }
        (olds, heldRows, passes) = (tensors, graph.values.map { _ in nil }, [])
        for steps in Self.grouped(graph, sizes) {
            var pass = Pass(steps, sizes)
            pass.stripRows = stripRows(pass, budget)
            for (step, rows) in zip(steps, pass.heldRows).dropLast() { heldRows[step.writes!.index] = rows }
            passes.append(pass)
        }
        place()
    }

    /// Bytes of the workspace.
    package var byteCount: Int { planner.byteCount }
    /// Bytes of what the steps make into the caller's memory.
    package var boundByteCount: Int {
        graph.steps.compactMap(\.writes).filter { graph.home($0) == .caller }
            .reduce(0) { $0 + 4 * sizes[$1.index]!.height * sizes[$1.index]!.width * $1.channels }
    }

    /// Floats of the scratch that each thread takes, by the layers' own figures.
    /// - Parameter tokens: N_s of the style that is attended to.
    package func scratchCount(_ layers: Layers, tokens: Int = 0) -> Int {
        let counts = graph.steps.map { step -> Int in
            guard let first = step.reads.first, let size = sizes[first.index] else { return 0 }
            switch step.operation {
            case .convolve(let shape, _, _):
                return layers[shape.name].scratchCount(height: size.height, width: size.width)
            case .attend(let attention):
                return attention.scratchCount(tokens: tokens, keyWidth: step.reads[1].channels)
            case .modulate(let taps, _, _, _):
                return modulationScratch(taps: taps, width: size.width, channels: first.channels)
            default: return 0
            }
        }
        return counts.max() ?? 0
    }

    /// Rows of a value that are made at a time, of one that is a pass's result.
    package func stripRows(of value: Graph.Value) -> Int? { passes.first { $0.steps.last?.writes == value }?.stripRows }

    private static func sizes(_ graph: Graph, height: Int, width: Int) -> [(height: Int, width: Int)?] {
        // Those that no step makes are inputs.
        var sizes = graph.values.map { $0.stride > 0 ? (height: height / $0.stride, width: width / $0.stride) : nil }
        for step in graph.steps {
            guard let made = step.writes, let first = step.reads.first, let size = sizes[first.index] else { continue }
            sizes[made.index] = step.operation.size(of: size)
        }
        return sizes
    }

    // MARK: Memory

    /// Each value lives from the pass that makes it to the last that reads it.
    private mutating func place() {
        var last = graph.values.map { graph.wanted.contains($0) ? Int.max : -1 }
        for (number, pass) in passes.enumerated() {
            for read in pass.steps.flatMap(\.reads) { last[read.index] = max(last[read.index], number) }
        }
        let made = Set(graph.steps.compactMap(\.writes))
        if keeps {
            // In places that no value of the frame before has had.
            for value in graph.values where graph.home(value) == .workspace && heldRows[value.index] == nil {
                last[value.index] = .max
                allocate(value)
            }
            for step in graph.steps where step.operation.mayComeOutAsBefore {
                guard let made = step.writes, let size = sizes[made.index] else { continue }
                olds[made.index] = planner.tensor(height: size.height, width: size.width, channels: made.channels)
            }
        }
        for input in graph.values where last[input.index] >= 0 && !made.contains(input) { allocate(input) }
        for (number, pass) in passes.enumerated() {
            for step in pass.steps {
                guard let made = step.writes else { continue }
                if !overwrite(step, with: made, in: number, last) { allocate(made) }
            }
            let touched = pass.steps.flatMap { $0.reads + [$0.writes].compactMap { $0 } }
            for root in Set(touched.map { roots[$0.index] }) { release(root, after: number, last) }
        }
    }

    private mutating func allocate(_ value: Graph.Value) {
        guard graph.home(value) != .caller, tensors[value.index] == nil, let size = sizes[value.index] else { return }
        tensors[value.index] = planner.tensor(
            height: size.height, width: size.width, channels: value.channels, strip: heldRows[value.index])
    }

    /// Gives the result the memory of what the step may overwrite, where nothing reads that any more.
    private mutating func overwrite(
        _ step: Graph.Step, with made: Graph.Value, in pass: Int, _ last: [Int]
    ) -> Bool {
        let old = step.overwrites
        let isFree = old.map { last[$0.index] == pass && step.reads.filter { [old] in $0 == old }.count == 1 } ?? false
        precondition(
            isFree || !step.operation.mustOverwrite,
            "\(made.name) would overwrite \(old?.name ?? "nothing"), which is read later")
        guard isFree, !keeps, !isInParts, let old, graph.home(made) == .workspace, passes[pass].steps.count == 1 else {
            return false
        }
        roots[made.index] = roots[old.index]
        return true
    }

    /// Gives the memory back where nothing will read a value that has it.
    private func release(_ root: Int, after pass: Int, _ last: [Int]) {
        guard let tensor = tensors[root] else { return }
        let isNeeded = roots.indices.contains { roots[$0] == root && last[$0] > pass }
        if !isNeeded { planner.release(tensor) }
    }
}
