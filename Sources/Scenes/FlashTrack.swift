/// Flashes of one value of a grid's cells, counted in two ways, of which the larger counts: those that the same quarter
/// of the picture makes, and those of a quarter each, wherever it lies.
struct FlashTrack {
    private var swings: Swings
    private let needed: Int
    /// Of each cell, when it last changed, within a second.
    private var changes: [[Double]]
    /// Changes that are not part of one of the whole picture yet: way and time of each cell's last.
    private var ways: [Int8]
    private var since: [Double]
    /// When a quarter of the picture has changed, one way and then the other.
    private var turns: [Double] = []
    private var lastWay: Int8 = 0
    private var now = -Double.infinity

    /// Cells that change one after another within that many seconds change together.
    private static let together = 0.1

    init(cells: Int, least: Float) {
        swings = Swings(count: cells, least: least)
        needed = max(1, Int((FlashCounter.area * Double(cells)).rounded(.up)))
        changes = [[Double]](repeating: [], count: cells)
        ways = [Int8](repeating: 0, count: cells)
        since = [Double](repeating: -.infinity, count: cells)
    }

    /// Begins a frame.
    mutating func begin(_ time: Double) {
        precondition(time > now, "frames out of order")
        now = time
    }

    mutating func add(_ value: Float, of cell: Int, counts: Bool = true, below ceiling: Float = .infinity) {
        if !changes[cell].isEmpty { changes[cell].removeAll { [now] in !Self.isRecent($0, at: now) } }
        let way = swings.add(value, of: cell, counts: counts, below: ceiling)
        guard way != 0 else { return }
        changes[cell].append(now)
        (ways[cell], since[cell]) = (way, now)
    }

    /// Ends the frame.
    /// - Returns: flashes of the second that ends with it.
    mutating func end() -> Int {
        takeTurn()
        turns.removeAll { [now] in !Self.isRecent($0, at: now) }
        // As many as a quarter of the cells have at least.
        var histogram: [Int] = []
        for own in changes where own.count >= 2 {
            let flashes = own.count / 2
            if flashes >= histogram.count {
                histogram += [Int](repeating: 0, count: flashes + 1 - histogram.count)
            }
            histogram[flashes] += 1
        }
        var reached = 0
        let same = histogram.indices.reversed().first { flashes in
            reached += histogram[flashes]
            return reached >= needed
        }
        return max(same ?? 0, turns.count / 2)
    }

    /// Whether a moment is less than a second before another.
    private static func isRecent(_ time: Double, at now: Double) -> Bool { now - time < 1 - 1e-6 }

    /// Two halves of a picture that change places change both ways at once: that is one turn.
    private mutating func takeTurn() {
        var (rises, falls) = (0, 0)
        for cell in ways.indices where ways[cell] != 0 {
            if now - since[cell] > Self.together {
                ways[cell] = 0
            } else if ways[cell] > 0 {
                rises += 1
            } else {
                falls += 1
            }
        }
        let way: Int8 = lastWay > 0 ? (falls >= needed ? -1 : 0) : (rises >= needed ? 1 : 0)
        let isFirstFall = lastWay == 0 && way == 0 && falls >= needed
        guard way != 0 || isFirstFall else { return }
        lastWay = isFirstFall ? -1 : way
        turns.append(now)
        for cell in ways.indices { ways[cell] = 0 }
    }
}
