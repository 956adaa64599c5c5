/// Which of a grid's places are meant.
// Sendable: workers of a team set marks of disjoint rows.
final class Marks: @unchecked Sendable {
    let rows: Int
    let columns: Int
    private let marks: UnsafeMutablePointer<Bool>

    init(rows: Int, columns: Int) {
        (self.rows, self.columns) = (rows, columns)
        marks = .allocate(capacity: rows * columns)
        marks.initialize(repeating: false, count: rows * columns)
    }

    deinit { marks.deallocate() }

    func row(_ y: Int) -> UnsafeMutablePointer<Bool> { marks + y * columns }
    func fill(_ value: Bool) { marks.update(repeating: value, count: rows * columns) }

    /// The marked places, each of them `side` x `side` positions of a picture.
    func regions(side: Int, height: Int, width: Int) -> Regions {
        var regions = Regions()
        for y in 0..<rows {
            var x = 0
            while x < columns {
                let first = x
                while x < columns, row(y)[x] { x += 1 }
                regions.insert(
                    Region(
                        rows: side * y..<min(side * (y + 1), height), columns: side * first..<min(side * x, width)))
                x = max(x, first + 1)
            }
        }
        return regions
    }
}
