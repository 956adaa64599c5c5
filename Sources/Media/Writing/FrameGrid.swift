internal import CFFmpeg
public import Imaging

/// Frames of any times on a clock of one constant rate, which shows each of them once, again, or never.
public struct FrameGrid: Sendable {
    /// Frames a second.
    public let rate: Rational
    /// How many frames are shown again, each time counted, and how many are left out.
    public let (repeated, dropped): (Int, Int)
    private let ticks: [Int64]
    private let end: Int64
    private let slotsPerTick: Double

    /// Television's and the cinema's.
    private static let customary = [
        Rational(24000, 1001), Rational(24, 1), Rational(25, 1), Rational(30000, 1001), Rational(30, 1),
        Rational(50, 1), Rational(60000, 1001), Rational(60, 1),
    ]

    /// The rate is the clip's average one, unless frames keep their times better at another.
    /// - Parameters:
    ///   - ticks: of each frame, in the video's time base; they rise.
    ///   - video: the clip's.
    public init(_ ticks: [Int64], of video: ClipInformation.Video) {
        precondition(!ticks.isEmpty, "a clip without a frame")
        let end = ticks.last! + video.usualDuration
        var rates = [video.averageRate] + Self.customary
        if let step = Self.usualStep(ticks) {
            var rate = (numerator: Int32(0), denominator: Int32(1))
            av_reduce(
                &rate.numerator, &rate.denominator, Int64(video.timeBase.denominator),
                Int64(video.timeBase.numerator) * step, Int64(Int32.max))
            rates.append(Rational(rate.numerator, rate.denominator))
        }
        let grids = rates.filter { $0.value > 0 }.map { FrameGrid(ticks, end: end, timeBase: video.timeBase, $0) }
        self = grids.min { $0.loss < $1.loss }!
    }

    private init(_ ticks: [Int64], end: Int64, timeBase: Rational, _ rate: Rational) {
        (self.ticks, self.end, self.rate) = (ticks, end, rate)
        slotsPerTick = timeBase.value * rate.value
        var (repeated, dropped, slot) = (0, 0, 0.0)
        for number in ticks.indices {
            let next = Self.slot(ticks, end, number + 1, slotsPerTick)
            if next == slot { dropped += 1 } else { repeated += Int(min(next - slot, 1e15)) - 1 }
            slot = next
        }
        (self.repeated, self.dropped) = (repeated, dropped)
    }

    /// A frame that is left out is gone; one that is shown again costs room alone.
    private var loss: Int { 2 * dropped + repeated }

    /// How often a frame is shown.
    public func copies(of number: Int) -> Int {
        Int(
            Self.slot(ticks, end, number + 1, slotsPerTick) - Self.slot(ticks, end, number, slotsPerTick))
    }

    /// Where on the grid a frame begins. The last one is shown once at least, for a clip of one frame is one.
    private static func slot(_ ticks: [Int64], _ end: Int64, _ number: Int, _ slotsPerTick: Double) -> Double {
        func slot(_ tick: Int64) -> Double { (Double(tick - ticks[0]) * slotsPerTick).rounded() }
        guard number == ticks.count else { return slot(ticks[number]) }
        return max(slot(end), slot(ticks[number - 1]) + 1)
    }

    /// The most frequent one.
    private static func usualStep(_ ticks: [Int64]) -> Int64? {
        var counts: [Int64: Int] = [:]
        for (one, next) in zip(ticks, ticks.dropFirst()) { counts[next - one, default: 0] += 1 }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    /// In words; nil where each frame is shown once.
    var notice: String? {
        guard repeated + dropped > 0 else { return nil }
        let parts = [(repeated, "shown again"), (dropped, "left out")].filter { $0.0 > 0 }
        let words = parts.map { "\($0) \($0 == 1 ? "frame is" : "frames are") \($1)" }.joined(separator: ", ")
        return "the clip's times are uneven, and YUV4MPEG2 knows one rate: at \(rate) a second \(words)"
    }
}
