/// A stretch of a clip with more flashes than `FlashCounter.most` in each second.
public struct FlashStretch: Sendable, Hashable {
    /// From the beginning of the first such second to the end of the last.
    public var start, end: Double
    /// The most in a second.
    public var flashes: Int
    /// Whether most of them are of red.
    public var isRed: Bool

    /// The stretches of a clip, in order; seconds that touch are one.
    /// - Parameter counts: of each frame: when it is shown, and flashes of the second that ends with it.
    public static func all(_ counts: [(time: Double, count: FlashCounter.Count)]) -> [FlashStretch] {
        let first = counts.first?.time ?? 0
        return counts.reduce(into: []) { stretches, frame in
            let (time, count) = frame
            guard count.most > FlashCounter.most else { return }
            let start = max(first, time - 1)
            let isRed = count.red > count.general
            guard let last = stretches.last, start <= last.end else {
                return stretches.append(
                    FlashStretch(start: start, end: time, flashes: count.most, isRed: isRed))
            }
            let place = stretches.count - 1
            if count.most > last.flashes { (stretches[place].flashes, stretches[place].isRed) = (count.most, isRed) }
            stretches[place].end = time
        }
    }
}
