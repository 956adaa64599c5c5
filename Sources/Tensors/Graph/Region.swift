/// A rectangle of a value's positions.
package struct Region: Sendable, Hashable {
    package var rows: Range<Int>
    package var columns: Range<Int>

    package init(rows: Range<Int>, columns: Range<Int>) { (self.rows, self.columns) = (rows, columns) }

    /// The smallest rectangle that holds both.
    func union(_ other: Region) -> Region {
        func both(_ a: Range<Int>, _ b: Range<Int>) -> Range<Int> {
            min(a.lowerBound, b.lowerBound)..<max(a.upperBound, b.upperBound)
        }
        return Region(rows: both(rows, other.rows), columns: both(columns, other.columns))
    }
}
