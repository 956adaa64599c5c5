internal import CFFmpeg
public import Imaging

/// Frames of any times on a clock of one constant rate, which shows each of them once, again, or never.
public struct FrameGrid: Sendable {
    /// Frames a second.
    public let rate: Rational
    /// How many frames are shown again, each time counted, and how many are left out.
    public let (repeated, dropped): (Int, Int)
    /// How many are shown more than a quarter of a step beside their time, and the most seconds that one is.
    private let (moved, farthest): (Int, Double)
    private let ticks: [Int64]
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
        var rates = [video.averageRate] + Self.customary
        if let step = Self.usualStep(ticks) {
            var rate = (numerator: Int32(0), denominator: Int32(1))
            av_reduce(
                &rate.numerator, &rate.denominator, Int64(video.timeBase.denominator),
                Int64(video.timeBase.numerator) * step, Int64(Int32.max))
            rates.append(Rational(rate.numerator, rate.denominator))
        }
        let grids = rates.filter { $0.value > 0 }.map { FrameGrid(ticks, timeBase: video.timeBase, $0) }
        self = grids.min { $0.loss < $1.loss }!
    }

    private init(_ ticks: [Int64], timeBase: Rational, _ rate: Rational) {
        (self.ticks, self.rate) = (ticks, rate)
        slotsPerTick = timeBase.value * rate.value
        var (repeated, dropped) = (0, 0)
        for number in ticks.indices {
            let copies = Self.copies(ticks, number, slotsPerTick)
            if copies == 0 { dropped += 1 } else { repeated += copies - 1 }
        }
        (self.repeated, self.dropped) = (repeated, dropped)
        let slotsPerTick = slotsPerTick
        let beside = ticks.map { tick in
            let slot = Double(tick - ticks[0]) * slotsPerTick
            return abs(slot - slot.rounded())
        }
        moved = beside.count { $0 > 0.25 }
        farthest = (beside.max() ?? 0) / rate.value
    }

    /// A frame that is left out is gone, one that is moved jerks, and one that is shown again costs room alone.
    private var loss: Int { 4 * dropped + 2 * moved + repeated }

    /// What nobody sees, in seconds: containers that count in milliseconds round so.
    private static let nothing = 0.002

    /// How often a frame is shown.
    /// - Parameter duration: the last one's, in ticks; nil: it is shown once.
    public func copies(of number: Int, lasting duration: Int64? = nil) -> Int {
        Self.copies(ticks, number, slotsPerTick, duration)
    }

    /// The last one is shown once at least, for a clip of one frame is one.
    private static func copies(
        _ ticks: [Int64], _ number: Int, _ slotsPerTick: Double, _ duration: Int64? = nil
    ) -> Int {
        func slot(_ tick: Int64) -> Double { (Double(tick - ticks[0]) * slotsPerTick).rounded() }
        guard number + 1 < ticks.count else {
            return max(1, duration.map { Int(min((Double($0) * slotsPerTick).rounded(), 1e9)) } ?? 1)
        }
        return Int(min(slot(ticks[number + 1]) - slot(ticks[number]), 1e9))
    }

    /// The most frequent one.
    private static func usualStep(_ ticks: [Int64]) -> Int64? {
        var counts: [Int64: Int] = [:]
        for (one, next) in zip(ticks, ticks.dropFirst()) { counts[next - one, default: 0] += 1 }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    /// In words; nil where each frame is shown once, at its time.
    var notice: String? {
        let parts = [(repeated, "shown again"), (dropped, "left out")].filter { $0.0 > 0 }
        var words = parts.map { "\($0) \($0 == 1 ? "frame is" : "frames are") \($1)" }
        if farthest > Self.nothing {
            words.append("frames are up to \(Int((1000 * farthest).rounded())) ms beside theirs")
        }
        guard !words.isEmpty else { return nil }
        return "the clip's times are uneven, and YUV4MPEG2 knows one rate: at \(rate) a second "
            + words.joined(separator: ", ")
    }
}
