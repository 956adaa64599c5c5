/// Steps that are done together, a strip of the last one's result at a time: what lies between them is in memory a
/// strip at a time too, with as many rows more as are seen around it. Most passes are one step, and one strip of all
/// rows.
struct Pass {
    /// What a step reads of another of the pass.
    struct Reading {
        let reader: Int
        let rows, columns: Sight
    }

    let steps: [Graph.Step]
    /// Height of each step's result.
    let heights: [Int]
    /// Rows that come together, at least, of each step's result.
    let tiles: [Int]
    /// By the step whose result is read. None of the last.
    let readings: [[Reading]]
    /// Rows of the last step's result that are made at a time.
    var stripRows = 0

    var stage: String { steps.last!.stage }
    var height: Int { heights.last! }

    init(_ steps: [Graph.Step], _ sizes: [(height: Int, width: Int)?]) {
        func size(_ step: Graph.Step) -> (height: Int, width: Int)? { sizes[(step.writes ?? step.reads[0]).index] }
        self.steps = steps
        heights = steps.map { size($0)?.height ?? 1 }
        tiles = steps.map(\.operation.tile)
        readings = steps.map { maker in
            steps.enumerated().flatMap { reader, step in
                step.reads.indices.filter { step.reads[$0] == maker.writes }.map { n in
                    guard let sight = step.operation.sight(ofRead: n, from: size(maker)!, to: size(step)!) else {
                        preconditionFailure("\(step.reads[n].name) is seen whole, and made by the strip")
                    }
                    return Reading(reader: reader, rows: sight.rows, columns: sight.columns)
                }
            }
        }
    }

    /// The strips of a range of the result's rows: they lie on a grid that begins at 0.
    func strip(from first: Int, to end: Int) -> Range<Int> { first..<min((first / stripRows + 1) * stripRows, end) }

    /// How far a step is.
    struct Progress {
        /// To be made, of the strip that is being made.
        var rows = 0..<0
        var columns = 0..<0
        /// The first row that is still seen.
        var first = 0
    }

    /// What is seen of each step's result by a region of the last one's.
    func begin(_ region: Region, _ progress: inout [Progress]) {
        progress[steps.count - 1] = Progress(rows: region.rows, columns: region.columns)
        for i in steps.indices.reversed().dropFirst() {
            progress[i] = Progress()
            for reading in readings[i] {
                let reader = progress[reading.reader]
                progress[i].rows = hull(progress[i].rows, reading.rows.seen(by: reader.rows))
                progress[i].columns = hull(progress[i].columns, reading.columns.seen(by: reader.columns))
            }
        }
    }

    /// What is to be made of each step's result, after what has been, so that the last one's `rows` can be.
    func advance(to rows: Range<Int>, isFirst: Bool, _ progress: inout [Progress]) {
        progress[steps.count - 1].rows = rows
        for i in steps.indices.reversed().dropFirst() {
            var seen = 0..<0
            var first = Int.max
            for reading in readings[i] {
                let reader = progress[reading.reader].rows
                let part = reading.rows.seen(by: reader)
                seen = hull(seen, part)
                let later = reading.rows.seen(by: reader.lowerBound..<heights[reading.reader])
                if !later.isEmpty { first = min(first, later.lowerBound) }
            }
            let start = isFirst ? seen.lowerBound : progress[i].rows.upperBound
            let end = min((seen.upperBound + tiles[i] - 1) / tiles[i] * tiles[i], heights[i])
            // Above what was made first there is nothing.
            progress[i].first = isFirst ? seen.lowerBound : max(min(first, start), progress[i].first)
            progress[i].rows = start..<max(start, end)
        }
    }

    /// Rows of each step's result that are in memory at a time, wherever the first strip lies.
    var heldRows: [Int] {
        var held = steps.map { _ in 0 }
        var progress = steps.map { _ in Progress() }
        func walk(from origin: Int) {
            var first = origin
            while first < height, first == origin || origin == 0 {
                let strip = strip(from: first, to: height)
                advance(to: strip, isFirst: first == origin, &progress)
                for i in steps.indices { held[i] = max(held[i], progress[i].rows.upperBound - progress[i].first) }
                first = strip.upperBound
            }
        }
        for origin in stride(from: 0, to: height, by: stripRows) { walk(from: origin) }
        return held
    }
}

/// Which steps go together.
extension Plan {
    /// Strips begin at multiples of it, as the rows that a 3x3 convolution makes at once do.
    private static let stripStep = 4

    /// The values that are made by the strip: those of which the graph says so, and others that are fine (at strides up
    /// to 4, or twice as fine as what they are made of) and seen in their own stage alone. Steps that lead from one to
    /// the next are one pass, whose only result is its last.
    static func grouped(_ graph: Graph, _ sizes: [(height: Int, width: Int)?]) -> [[Graph.Step]] {
        var passing = Set(graph.values.filter { graph.home($0) == .strips || isPassing($0, in: graph) })
        while true {
            let groups = joined(graph, by: passing)
            let torn = groups.filter { $0.dropLast().contains { $0.writes.map { !passing.contains($0) } ?? true } }
            if torn.isEmpty { return groups }
            for value in torn.joined().compactMap(\.writes) where graph.home(value) != .strips { passing.remove(value) }
        }
    }

    private static func isPassing(_ value: Graph.Value, in graph: Graph) -> Bool {
        guard graph.home(value) == .workspace, value.stride > 0, !graph.wanted.contains(value),
            let maker = graph.steps.first(where: { $0.writes == value }), !maker.operation.mustOverwrite,
            !maker.operation.mayComeOutAsBefore
        else { return false }
        var isFine = value.stride <= 4
        if case .upsample = maker.operation { isFine = true }
        return isFine
            && graph.steps.allSatisfy { step in
                guard step.reads.contains(value) else { return true }
                return step.stage == maker.stage && !step.operation.mustOverwrite
                    && step.reads.indices.allSatisfy {
                        step.reads[$0] != value || step.operation.reach(ofRead: $0) != nil
                    }
            }
    }

    /// The steps, those together between which a passing value lies, in the order of their last ones.
    private static func joined(_ graph: Graph, by passing: Set<Graph.Value>) -> [[Graph.Step]] {
        var group = Array(graph.steps.indices)
        for (maker, step) in graph.steps.enumerated() {
            guard let made = step.writes, passing.contains(made) else { continue }
            let readers = graph.steps.indices.filter { graph.steps[$0].reads.contains(made) }
            precondition(!readers.isEmpty, "nothing uses \(made.name)")
            for reader in readers {
                let (from, to) = (group[maker], group[reader])
                for index in group.indices where group[index] == from { group[index] = to }
            }
        }
        return Dictionary(grouping: graph.steps.indices, by: { group[$0] }).values.map { $0.sorted() }
            .sorted { $0.last! < $1.last! }.map { $0.map { graph.steps[$0] } }
    }

    /// Rows of a pass's result that are made at a time: as many as keep each value between its steps in the budget.
    func stripRows(_ pass: Pass, _ budget: Int) -> Int {
        let rows = pass.steps.dropLast().map { step in
            let size = sizes[step.writes!.index]!
            let length = size.width * step.writes!.channels
            return min(budget / length, size.height) * pass.height / size.height
        }
        guard let least = rows.min(), least < pass.height else { return pass.height }
        return min(max(least / Self.stripStep, 1) * Self.stripStep, pass.height)
    }
}
