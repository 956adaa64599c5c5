/// Flashes of one value of a grid's cells: changes that a quarter of the picture makes together, one way and then the
/// other, wherever it lies.
struct FlashTrack {
    private var swings: Swings
    private let needed: Int
    /// Changes that are not part of one of the whole picture yet: way and time of each cell's last.
    private var ways: [Int8]
    private var since: [Double]
    /// When a quarter of the picture has changed, one way and then the other.
    private var turns: [Double] = []
    private var lastWay: Int8 = 0
    private var now = -Double.infinity

    /// Cells that change within that many seconds change together: at 24 frames in two that follow one another. In 0.1
    /// seconds a camera that pans quickly over a mottled wall has changed a quarter of the picture.
    private static let together = 0.05

    init(cells: Int, least: Float) {
        swings = Swings(count: cells, least: least)
        needed = max(1, Int((FlashCounter.area * Double(cells)).rounded(.up)))
        ways = [Int8](repeating: 0, count: cells)
        since = [Double](repeating: -.infinity, count: cells)
    }

    /// Begins a frame.
    mutating func begin(_ time: Double) {
        precondition(time > now, "frames out of order")
        now = time
    }

    mutating func add(_ value: Float, of cell: Int, counts: Bool = true, below ceiling: Float = .infinity) {
        let way = swings.add(value, of: cell, counts: counts, below: ceiling)
        if way != 0 { (ways[cell], since[cell]) = (way, now) }
    }

    /// Ends the frame.
    /// - Returns: flashes of the second that ends with it.
    mutating func end() -> Int {
        takeTurn()
        turns.removeAll { [now] in now - $0 >= 1 - 1e-6 }
        return turns.count / 2
    }

    /// Two halves of a picture that change places change both ways at once: that is one turn.
    private mutating func takeTurn() {
        var (rises, falls) = (0, 0)
        for cell in ways.indices where ways[cell] != 0 {
            if now - since[cell] > Self.together + 1e-6 {
                ways[cell] = 0
            } else if ways[cell] > 0 {
                rises += 1
            } else {
                falls += 1
            }
        }
        let mayRise = lastWay <= 0 && rises >= needed
        guard mayRise || lastWay >= 0 && falls >= needed else { return }
        lastWay = mayRise ? 1 : -1
        turns.append(now)
        for cell in ways.indices { ways[cell] = 0 }
    }
}
