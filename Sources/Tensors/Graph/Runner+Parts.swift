package import Imaging

/// Computing some of the result and no more than that sees, in a plan of parts.
///
/// Regions go through the steps from the result back to the source, as `Runner+Changes` takes them from the source on.
/// Outside of what was sought values hold rubbish, and nothing that is computed reads it. Every position that is
/// computed has the bits that `whole` gives.
///
/// What the stage `first` makes can serve several results, one after the other: `seek(_:after:)` of each, `seek(in:)`
/// and `part(of:)` once, and then of each again `seek(_:after:)` and `part(after:)`.
extension Runner {
    /// Of no value is anything sought.
    package func forgetSought() {
        for index in sought.values.indices { sought.values[index] = Regions() }
        sought.result = Regions()
    }

    /// Seeks what some of the result sees, back to what the first stage makes. What was sought of the values of that
    /// stage stays, and what was of those after it is forgotten.
    /// - Parameter regions: of what the last step writes, in its positions.
    package func seek(_ regions: Regions, after first: String) {
        precondition(plan.isInParts, "values may be overwritten where parts overlap")
        for pass in plan.passes where pass.stage != first {
            if let made = pass.steps.last!.writes { sought.values[made.index] = Regions() }
        }
        sought.result = regions
        for pass in plan.passes.reversed() where pass.stage != first { seekRead(by: pass) }
    }

    /// Seeks what the first stage's values that are sought see, back to the source.
    package func seek(in first: String) {
        for pass in plan.passes.reversed() where pass.stage == first { seekRead(by: pass) }
    }

    /// Does the steps of the first stage for what was sought.
    package func part(of first: String, source: Frame) {
        for pass in plan.passes where pass.stage == first { run(pass, source, nil) }
    }

    /// Does the steps after the first stage for what was sought.
    package func part(after first: String, source: Frame, painted: Frame) {
        for pass in plan.passes where pass.stage != first { run(pass, source, painted) }
    }

    private func run(_ pass: Pass, _ source: Frame?, _ painted: Frame?) {
        let todo = todo(pass)
        // What is not sought may not even have tokens.
        guard !todo.isEmpty else { return }
        for n in 0..<todo.count { run(pass, todo[n], source, painted) }
        count(pass, todo)
    }

    private func todo(_ pass: Pass) -> Regions {
        pass.steps.last!.writes.map { sought.values[$0.index] } ?? sought.result
    }

    private func seekRead(by pass: Pass) {
        var todo = todo(pass)
        todo.insert(all: whole(of: pass), ifMost: Self.most)
        if let made = pass.steps.last!.writes { sought.values[made.index] = todo } else { sought.result = todo }
        for n in 0..<todo.count {
            pass.begin(todo[n], &progress)
            for (index, step) in pass.steps.enumerated() {
                var (rows, columns) = (progress[index].rows, progress[index].columns)
                guard !rows.isEmpty, !columns.isEmpty else { continue }
                if index < pass.steps.count - 1 {
                    // Strips are made in whole tiles.
                    let tile = pass.tiles[index]
                    let end = min((rows.upperBound + tile - 1) / tile * tile, pass.heights[index])
                    rows = rows.lowerBound..<max(end, rows.upperBound)
                }
                for read in step.reads.indices { seekRead(read, of: step, by: Region(rows: rows, columns: columns)) }
            }
        }
    }

    /// Seeks what a region of a step's result sees of one of what it reads, where another pass makes it.
    private func seekRead(_ n: Int, of step: Graph.Step, by region: Region) {
        let read = step.reads[n]
        guard plan.heldRows[read.index] == nil, plan.graph.home(read) == .workspace, let from = plan.sizes[read.index],
            let to = plan.sizes[(step.writes ?? read).index], isRead(n, by: step)
        else { return }
        guard let sight = step.operation.sight(ofRead: n, from: from, to: to) else {
            return sought.values[read.index].insert(Region(rows: 0..<from.height, columns: 0..<from.width))
        }
        sought.values[read.index].insert(
            Region(rows: sight.rows.seen(by: region.rows), columns: sight.columns.seen(by: region.columns)))
    }

    /// Of a mix, what has no weight is not.
    private func isRead(_ n: Int, by step: Graph.Step) -> Bool {
        guard case .mix(let count) = step.operation, n > 0, n < count else { return true }
        return self[step.reads[count]].row(0)[n] != 0
    }
}
