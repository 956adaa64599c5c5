package import Imaging
internal import Kernels

/// Computing what has changed since the frame before, in a plan that keeps.
extension Runner {
    /// Above it a value is computed whole: whole panels and no rectangle twice are worth as much.
    private static let most = 0.85

    /// A new frame: all values are those of the frame before, apart from what is said now and by `touch`.
    /// - Parameter source: what has changed of the source frame.
    package func begin(source: Regions) {
        changes.source = source
        for index in changes.changed.indices { changes.changed[index] = Regions() }
    }

    /// What is bound to a value has changed since the frame before.
    package func touch(_ value: Graph.Value) {
        changes.changed[value.index].insert(Region(rows: 0..<1, columns: 0..<1))
    }

    /// Does all steps of a stage for what has changed: every value has then the bits that `whole` gives. The stages of
    /// a frame come in their order, after `begin`.
    /// - Parameters:
    ///   - source: what the graph reads; `painted`: what it writes into, holding the frame before.
    package func changed(stage: String, source: Frame, painted: Frame) {
        precondition(plan.keeps, "nothing is kept")
        for pass in plan.passes where pass.stage == stage {
            for step in pass.steps { spread(step, source) }
        }
        reckon(stage)
        for index in plan.passes.indices where plan.passes[index].stage == stage {
            let todo = changes.todo[index]
            let compares = keepOld(plan.passes[index], todo)
            for n in 0..<todo.count { run(plan.passes[index], todo[n], source, painted) }
            if compares { compare(plan.passes[index], todo) }
            count(plan.passes[index], todo)
        }
    }

    /// Copies what is about to be computed again, where it is worth a comparison with what comes out.
    private func keepOld(_ pass: Plan.Pass, _ todo: Regions) -> Bool {
        guard let made = pass.steps.last!.writes, let old = plan.olds[made.index], !todo.isEmpty,
            todo[0] != whole(of: pass)
        else { return false }
        each(todo, of: self[made]) { from, y, x, count in old.place(y, x).update(from: from, count: count) }
        return true
    }

    private func compare(_ pass: Plan.Pass, _ todo: Regions) {
        let made = pass.steps.last!.writes!
        let (old, differing, width) = (plan.olds[made.index]!, changes.differing[made.index]!, 4 * made.channels)
        differing.fill(false)
        each(todo, of: self[made]) { new, y, x, count in
            Difference.mark(new, old.place(y, x), count: 4 * count, block: width, in: differing.row(y) + x)
        }
        changes.changed[made.index] = differing.regions(side: 1, height: old.height, width: old.width)
    }

    /// Rows of some regions: where each begins, its first position, and how many floats it has.
    private func each(
        _ regions: Regions, of tensor: Tensor, _ body: (UnsafeMutablePointer<Float>, Int, Int, Int) -> Void
    ) {
        for n in 0..<regions.count {
            let (rows, x) = (regions[n].rows, regions[n].columns.lowerBound)
            team.run(rows.count) { item, _ in
                let y = rows.lowerBound + item
                body(tensor.place(y, x), y, x, regions[n].columns.count * tensor.channels)
            }
        }
    }

    /// What has changed of a step's result, from what has of what it reads.
    private func spread(_ step: Graph.Step, _ source: Frame) {
        guard let made = step.writes, let size = plan.sizes[made.index] else { return }
        let whole = Region(rows: 0..<size.height, columns: 0..<size.width)
        var changed = Regions()
        func add(_ part: Regions, _ n: Int, from: (height: Int, width: Int)?) {
            guard !part.isEmpty else { return }
            guard let from, let sight = step.operation.sight(ofRead: n, from: from, to: size) else {
                return changed.insert(whole)
            }
            for i in 0..<part.count {
                changed.insert(
                    Region(rows: sight.rows.image(of: part[i].rows), columns: sight.columns.image(of: part[i].columns)))
            }
        }
        if case .read = step.operation { add(changes.source, 0, from: (source.height, source.width)) }
        for n in step.reads.indices {
            let read = step.reads[n].index
            add(changes.changed[read], n, from: plan.sizes[read])
        }
        changed.insert(all: whole, ifMost: Self.most)
        changes.changed[made.index] = changed
    }

    /// What is to be computed in a stage: of values that are kept what has changed, of others what their readers need.
    private func reckon(_ stage: String) {
        for index in plan.passes.indices.reversed() where plan.passes[index].stage == stage {
            let pass = plan.passes[index]
            let last = pass.steps.last!
            let result = (last.writes ?? last.reads[0]).index
            let isRemade = last.writes != nil && changes.isPassing[result]
            var todo = isRemade ? changes.needed[result] : changes.changed[result]
            if isRemade { changes.needed[result] = Regions() }
            todo.insert(all: whole(of: pass), ifMost: Self.most)
            changes.todo[index] = todo
            for n in 0..<todo.count {
                for place in pass.steps.indices { need(pass.steps[place], part(place, of: pass, todo[n])) }
            }
        }
    }

    private func need(_ step: Graph.Step, _ region: Region) {
        for n in step.reads.indices where changes.isPassing[step.reads[n].index] {
            let read = step.reads[n].index
            let from = plan.sizes[read]!
            let to = step.writes.flatMap { plan.sizes[$0.index] } ?? from
            guard let sight = step.operation.sight(ofRead: n, from: from, to: to) else {
                preconditionFailure("\(step.reads[n].name) is seen whole, and not kept")
            }
            changes.needed[read].insert(
                Region(rows: sight.rows.seen(by: region.rows), columns: sight.columns.seen(by: region.columns)))
        }
    }

    private func count(_ pass: Plan.Pass, _ todo: Regions) {
        let whole = whole(of: pass)
        for place in pass.steps.indices {
            let cost = cost(pass.steps[place])
            let done = (0..<todo.count).reduce(0) { $0 + part(place, of: pass, todo[$1]).count }
            work[pass.stage, default: Work()].done += cost * Double(done)
            work[pass.stage, default: Work()].whole += cost * Double(part(place, of: pass, whole).count)
        }
    }

    /// Products for a position of the result. What is no product of matrices counts as one of each channel.
    private func cost(_ step: Graph.Step) -> Double {
        let channels = (step.writes ?? step.reads[0]).channels
        switch step.operation {
        case .convolve(let layer, _, _): return Double(layer.size * layer.size * layer.inputChannels * channels)
        case .attend(let attention):
            return Double(self[step.reads[1]].width * (step.reads[0].channels + attention.channels))
        case .modulate(let taps, _, _): return Double(2 * taps * channels)
        default: return Double(channels)
        }
    }
}
