/// Where the cells of an upright picture's grid lie in the picture as it is stored.
struct CellGrid {
    let width: Int
    let height: Int
    /// Samples from one that is looked at to the next, both ways.
    let step: Int
    let storedColumns: [Range<Int>]
    let storedRows: [Range<Int>]
    private let columns: Int
    private let swaps: Bool

    init(columns: Int, rows: Int, width: Int, height: Int, _ orientation: Orientation) {
        (self.width, self.height, self.columns) = (width, height, columns)
        swaps = orientation.swapsSides
        let (uprightWidth, uprightHeight) = swaps ? (height, width) : (width, height)
        let across = CellGrid.cells(columns, of: uprightWidth, isMirrored: orientation.xToX + orientation.yToX < 0)
        let down = CellGrid.cells(rows, of: uprightHeight, isMirrored: orientation.xToY + orientation.yToY < 0)
        (storedColumns, storedRows) = swaps ? (down, across) : (across, down)
        step = uprightWidth / columns >= 8 && uprightHeight / rows >= 8 ? 2 : 1
    }

    /// The cells of one side, each at least a sample, by their place in the upright picture.
    private static func cells(_ count: Int, of side: Int, isMirrored: Bool) -> [Range<Int>] {
        (0..<count).map { cell in
            let start = cell * side / count
            let end = max(start + 1, (cell + 1) * side / count)
            return isMirrored ? side - end..<side - start : start..<end
        }
    }

    /// The number of the upright picture's cell.
    func cell(_ storedColumn: Int, _ storedRow: Int) -> Int {
        swaps ? storedColumn * columns + storedRow : storedRow * columns + storedColumn
    }
}
