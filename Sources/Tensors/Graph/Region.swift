/// A rectangle of a value's positions.
public struct Region: Sendable, Hashable {
    public var rows: Range<Int>
    public var columns: Range<Int>

    public init(rows: Range<Int>, columns: Range<Int>) { (self.rows, self.columns) = (rows, columns) }

    /// How many positions it has.
    var count: Int { rows.count * columns.count }
    var isEmpty: Bool { rows.isEmpty || columns.isEmpty }

    /// The smallest rectangle that holds both.
    func union(_ other: Region) -> Region {
        func both(_ a: Range<Int>, _ b: Range<Int>) -> Range<Int> {
            min(a.lowerBound, b.lowerBound)..<max(a.upperBound, b.upperBound)
        }
        return Region(rows: both(rows, other.rows), columns: both(columns, other.columns))
    }
}

extension Tensor {
    /// All of its positions.
    var whole: Region { Region(rows: 0..<height, columns: 0..<width) }

    /// What of it is asked for: all where nothing is said. Asking beyond its edges traps.
    func asked(_ region: Region?) -> Region {
        guard let region else { return whole }
        let (rows, columns) = (region.rows, region.columns)
        precondition(rows.lowerBound >= 0 && rows.upperBound <= height, "rows \(rows) of \(height)")
        precondition(columns.lowerBound >= 0 && columns.upperBound <= width, "columns \(columns) of \(width)")
        return region
    }
}
