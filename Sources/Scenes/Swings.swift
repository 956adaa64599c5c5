/// Of each cell of a grid, the turns of one value: from a rise by at least so much to a fall by as much, and back. A
/// change that takes several frames counts once it is large enough, and smaller ones in between do not count.
struct Swings {
    private let least: Float
    /// Of each cell the value farthest along the change that goes on; before a first one, the farthest either way.
    private var high, low: [Float]
    /// 1 while a cell rises, -1 while it falls, 0 before its first change.
    private var direction: [Int8]
    /// Whether the picture at the cell's extreme was such as counts.
    private var counted: [Bool]

    /// - Parameter least: how large a change counts.
    init(count: Int, least: Float) {
        self.least = least
        high = [Float](repeating: -.infinity, count: count)
        low = [Float](repeating: .infinity, count: count)
        direction = [Int8](repeating: 0, count: count)
        counted = [Bool](repeating: false, count: count)
    }

    /// Takes a cell's next value.
    /// - Parameters:
    ///   - counts: whether the picture there is such as counts, now; a change between two needs one of them.
    ///   - ceiling: the lower one of a change's two values must be below it.
    /// - Returns: 1 where a rise has become large enough, -1 for a fall, else 0.
    mutating func add(_ value: Float, of cell: Int, counts: Bool = true, below ceiling: Float = .infinity) -> Int8 {
        let (rise, fall) = (value - low[cell], high[cell] - value)
        let mayCount = counts || counted[cell]
        if direction[cell] <= 0, rise >= least, low[cell] < ceiling, mayCount {
            return turn(cell, to: 1, at: value, counts)
        }
        if direction[cell] >= 0, fall >= least, value < ceiling, mayCount {
            return turn(cell, to: -1, at: value, counts)
        }
        if value > high[cell] {
            high[cell] = value
            if direction[cell] >= 0 { counted[cell] = counts }
        }
        if value < low[cell] {
            low[cell] = value
            if direction[cell] <= 0 { counted[cell] = counts }
        }
        return 0
    }

    private mutating func turn(_ cell: Int, to way: Int8, at value: Float, _ counts: Bool) -> Int8 {
        (direction[cell], high[cell], low[cell], counted[cell]) = (way, value, value, counts)
        return way
    }
}
