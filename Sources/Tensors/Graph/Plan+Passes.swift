/// Which steps go together, and in which parts.
extension Plan {
    /// Strips begin at multiples of it, as the rows that a 3x3 convolution makes at once do.
    private static let stripStep = 4

    /// A step that makes a value by the strip waits for the step that uses it.
    static func grouped(_ graph: Graph) -> [[Graph.Step]] {
        var waiting: [Graph.Step] = []
        var groups: [[Graph.Step]] = []
        for step in graph.steps {
            if let made = step.writes, graph.home(made) == .strips {
                waiting.append(step)
                continue
            }
            var needed = Set(step.reads)
            var group = [step]
            for index in waiting.indices.reversed() where needed.contains(waiting[index].writes!) {
                needed.formUnion(waiting[index].reads)
                group.insert(waiting.remove(at: index), at: 0)
            }
            groups.append(group)
        }
        precondition(waiting.isEmpty, "nothing uses \(waiting.map { $0.writes!.name })")
        return groups
    }

    func strips(_ group: [Graph.Step], _ budget: Int) -> [Range<Int>] {
        guard let made = group.last?.writes ?? group.last?.reads.first, let size = sizes[made.index] else { return [] }
        let parts = group.dropLast().map(\.writes!)
        for step in group {
            for (n, read) in step.reads.enumerated() where parts.contains(read) {
                precondition(step.operation.reach(ofRead: n)?.rows == .place, "\(read.name) is seen beyond its strip")
            }
        }
        guard let widest = parts.map({ sizes[$0.index]!.width * $0.channels }).max() else { return [0..<size.height] }
        let most = min(max(budget / widest / Self.stripStep, 1) * Self.stripStep, size.height)
        return stride(from: 0, to: size.height, by: most).map { $0..<min($0 + most, size.height) }
    }

    /// By the steps of a group: how many columns beyond the result's are needed of it.
    static func margins(_ group: [Graph.Step]) -> [Int] {
        var margins = group.map { _ in 0 }
        for (reader, step) in group.enumerated().reversed() {
            for (n, read) in step.reads.enumerated() {
                guard let part = group.firstIndex(where: { $0.writes == read }) else { continue }
                let reach = step.operation.reach(ofRead: n)!.columns
                margins[part] = max(margins[part], margins[reader] + max(reach.before, reach.after))
            }
        }
        return margins
    }
}
