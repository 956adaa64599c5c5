package import Imaging
internal import Kernels

/// Computing what has changed since the frame before, in a plan that keeps.
extension Runner {
    /// Above it a value is computed whole: whole panels and no rectangle twice are worth as much.
    static let most = 0.85

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
        for pass in plan.passes where pass.stage == stage {
            let last = pass.steps.last!
            var todo = changes.changed[(last.writes ?? last.reads[0]).index]
            todo.insert(all: whole(of: pass), ifMost: Self.most)
            let compares = keepOld(pass, todo)
            for n in 0..<todo.count { run(pass, todo[n], source, painted) }
            if compares { compare(pass, todo) }
            count(pass, todo)
        }
    }

    /// Copies what is about to be computed again, where it is worth a comparison with what comes out.
    private func keepOld(_ pass: Pass, _ todo: Regions) -> Bool {
        guard let made = pass.steps.last!.writes, let old = plan.olds[made.index], !todo.isEmpty,
            todo[0] != whole(of: pass)
        else { return false }
        each(todo, of: self[made]) { from, y, x, count in old.place(y, x).update(from: from, count: count) }
        return true
    }

    private func compare(_ pass: Pass, _ todo: Regions) {
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

    func count(_ pass: Pass, _ todo: Regions) {
        add(pass, whole(of: pass)) { $0.whole += $1 }
        for n in 0..<todo.count { add(pass, todo[n]) { $0.done += $1 } }
    }

    /// What a region of a pass's result costs.
    private func add(_ pass: Pass, _ region: Region, _ add: (inout Work, Double) -> Void) {
        pass.begin(region, &progress)
        for (step, seen) in zip(pass.steps, progress) {
            add(&work[pass.stage, default: Work()], cost(step) * Double(seen.rows.count * seen.columns.count))
        }
    }

    /// What all steps of some stages cost, done whole.
    /// - Parameter tokens: N_s of the styles.
    package func cost(ofStagesWhere isMeant: (String) -> Bool, tokens: Int) -> Double {
        plan.passes.filter { isMeant($0.stage) }.reduce(0) { sum, pass in
            pass.begin(whole(of: pass), &progress)
            return zip(pass.steps, progress).reduce(sum) { sum, made in
                sum + cost(made.0, tokens: tokens) * Double(made.1.rows.count * made.1.columns.count)
            }
        }
    }

    /// Products for a position of the result. What is no product of matrices counts as one of each channel.
    /// - Parameter tokens: N_s, where no style is held yet.
    func cost(_ step: Graph.Step, tokens: Int? = nil) -> Double {
        let channels = (step.writes ?? step.reads[0]).channels
        switch step.operation {
        case .convolve(let layer, _, _): return Double(layer.size * layer.size * layer.inputChannels * channels)
        case .attend(let attention):
            return Double((tokens ?? self[step.reads[1]].width) * (step.reads[0].channels + attention.channels))
        case .modulate(let taps, _, _, _): return Double(2 * taps * channels)
        default: return Double(channels)
        }
    }
}
