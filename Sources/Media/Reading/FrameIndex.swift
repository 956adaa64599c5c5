/// Where a selection's frames lie: each one's tick on the stream's clock, by number, and which of them are key frames.
///
/// Eight bytes a frame. A reader notes it while it advances, and finds any frame by it later.
public struct FrameIndex: Sendable, Hashable, Codable {
    /// The presentation tick of each frame; they rise.
    public private(set) var ticks: [Int64] = []
    /// The numbers of the frames at which decoding can begin.
    public private(set) var keys: [Int] = []
    /// Whether reading in order found nothing that could make a frame come out otherwise after a seek: no damage, no
    /// clock that starts anew, no time that had to be moved.
    public internal(set) var isCertain = true

    public init() {}

    public init(ticks: [Int64], keys: [Int]) { (self.ticks, self.keys) = (ticks, keys) }

    mutating func note(_ tick: Int64, isKey: Bool) {
        if isKey { keys.append(ticks.count) }
        ticks.append(tick)
    }

    /// The number of the last key frame at or before a frame, where there is one.
    public func key(before number: Int) -> Int? {
        let place = FrameIndex.count(of: keys, upTo: number)
        return place > 0 ? keys[place - 1] : nil
    }

    /// The number of the frame that is on the screen at a tick; nil before the first.
    public func frame(at tick: Int64) -> Int? {
        let place = FrameIndex.count(of: ticks, upTo: tick)
        return place > 0 ? place - 1 : nil
    }

    /// How many of some rising values are not above a limit.
    private static func count<Value: Comparable>(of values: [Value], upTo limit: Value) -> Int {
        var (low, high) = (0, values.count)
        while low < high {
            let middle = (low + high) / 2
            if values[middle] <= limit { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
