import Imaging
import Machine
public import Perception

/// Temporal LPIPS in figures, with what they were measured by and on.
public struct TemporalReport: Sendable, Codable {
    public var network = LPIPS.networkName
    public var width: Int
    public var height: Int
    /// What was measured: `painted frames before encoding`, or a file's decoded frames.
    public var measured: String
    public var output: Figures?
    /// The same of the input's own frames.
    public var input: Figures?
    /// The output's mean over the input's; absent where the input does not move at all.
    public var ratio: Double?

    /// Of the distances of neighbouring frames.
    public struct Figures: Sendable, Codable {
        public var mean: Double
        public var median: Double
        public var percentile95: Double
        public var worst: Double
        /// The later frame of the worst pair: its number, and its moment in seconds from the clip's start.
        public var worstFrame: Int
        public var worstTime: Double
        public var pairs: Int
        /// Pairs across a cut, which are not measured.
        public var pairsLeftOut: Int

        /// The clip starts at `start` on the clock of the summary's times.
        public init(_ summary: TemporalSummary, start: Double) {
            (mean, median, percentile95) = (summary.mean, summary.median, summary.percentile95)
            (worst, worstFrame) = (summary.worst.distance, summary.worst.frame)
            worstTime = (summary.worst.time - start).rounded(digits: 6)
            (pairs, pairsLeftOut) = (summary.pairs, summary.pairsLeftOut)
        }
    }

    /// - Parameters:
    ///   - start: when the output's clip starts, on its own clock.
    ///   - inputStart: the same of the input.
    init?(output: TemporalLPIPS, start: Double, input: TemporalLPIPS?, inputStart: Double, measured: String) {
        guard let size = output.measuredSize else { return nil }
        (width, height) = size
        self.measured = measured
        fill(output.summary, start: start, input?.summary, inputStart: inputStart)
    }

    /// Of paintings, from distances that were kept.
    /// - Parameter size: that they were measured at.
    init(_ measures: Measures, of look: Look, size: MeasuredSize) {
        self.init(measures, of: look.score.frames, look.score, look.index.ticks, start: look.start, size: size)
    }

    /// The same, of some of a score's frames.
    /// - Parameters:
    ///   - ticks: of all its frames.
    ///   - start: when the clip starts, in seconds of the source's clock.
    init(
        _ measures: Measures, of frames: Range<Int>, _ score: Score, _ ticks: [Int64], start: Double, size: MeasuredSize
    ) {
        (width, height) = (size.width, size.height)
        measured = "painted frames before encoding"
        // Before the first there is none.
        let followers = score.followers(in: frames.dropFirst(1))
        func summary(_ distances: [Double]) -> TemporalSummary? {
            let pairs = zip(followers, distances).map { frame, distance in
                TemporalLPIPS.Pair(
                    frame: frame, time: Timestamp(ticks[frame], timeBase: score.source.timeBase).seconds,
                    distance: distance)
            }
            return TemporalSummary(pairs, pairsLeftOut: frames.count - 1 - followers.count)
        }
        fill(summary(measures.painted), start: start, summary(measures.source), inputStart: start)
    }

    private mutating func fill(
        _ output: TemporalSummary?, start: Double, _ input: TemporalSummary?, inputStart: Double
    ) {
        self.output = output.map { Figures($0, start: start) }
        self.input = input.map { Figures($0, start: inputStart) }
        if let input { ratio = output?.ratio(to: input) }
    }
}
