extension Graph {
    /// What the positions `region` of a value see of every value on the way to it, by the steps' reach. Edges are not
    /// minded: where padding answers, the region lies beyond them.
    package func seen(by value: Value, _ region: Region) -> [Value: Region] {
        var seen = [value: region]
        for step in steps.reversed() {
            guard let made = step.writes, let region = seen[made] else { continue }
            for (n, read) in step.reads.enumerated() {
                guard let reach = step.operation.reach(ofRead: n) else { continue }
                let part = Region(rows: reach.rows(region.rows), columns: reach.columns(region.columns))
                seen[read] = seen[read]?.union(part) ?? part
            }
        }
        return seen
    }

    /// The receptive field of `value`: how far from the centre of a position's block, in pixels, it sees of `picture`,
    /// up or left and down or right, where that is most among positions and ways.
    package func field(of value: Value, in picture: Value) -> (before: Double, after: Double) {
        let coarsest = values.map(\.stride).max() ?? 1
        return (0..<coarsest / value.stride).reduce((-Double.infinity, -Double.infinity)) { most, i in
            guard let seen = seen(by: value, Region(rows: i..<i + 1, columns: i..<i + 1))[picture] else { return most }
            let centre = Double(value.stride * i) + Double(value.stride - 1) / 2
            let first = Double(min(seen.rows.lowerBound, seen.columns.lowerBound))
            let last = Double(max(seen.rows.upperBound, seen.columns.upperBound) - 1)
            return (max(most.0, centre - first), max(most.1, last - centre))
        }
    }
}
