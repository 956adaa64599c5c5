public import Imaging

/// How much each frame differs from the one before it, in LPIPS: lower is steadier. Pairs across a cut are left out.
///
/// The figure of a painted video says little by itself, since a moving camera raises it too: compare it with its
/// source's.
public struct TemporalLPIPS: Sendable {
    /// Two neighbouring frames.
    public struct Pair: Sendable, Hashable {
        /// The later frame's number and when it is shown, in seconds.
        public let frame: Int
        public let time: Double
        public let distance: Double

        public init(frame: Int, time: Double, distance: Double) {
            (self.frame, self.time, self.distance) = (frame, time, distance)
        }
    }

    public private(set) var pairs: [Pair] = []
    /// Pairs that a cut parts.
    public private(set) var pairsLeftOut = 0
    /// Width and height that were measured at; nil before the first frame.
    public private(set) var measuredSize: (width: Int, height: Int)?
    /// When the first frame is shown, in seconds; nil before it.
    public private(set) var firstTime: Double?

    private let lpips: LPIPS
    // Two sets that take turns: the last frame's, and one to fill.
    private var last: LPIPSFeatures?
    private var spare: LPIPSFeatures?
    /// The last frame's pixels: the same again need no features of their own.
    private var lastFrame: Frame?

    public init(_ lpips: LPIPS) { self.lpips = lpips }

    /// Takes the clip's next frame; its features are computed once and kept for the frame after it.
    /// - Parameter startsScene: whether a cut lies before it. The first frame has no pair either way.
    /// - Returns: the distance to the frame before it; nil for the first frame and across a cut.
    /// - Throws: `PerceptionError.tooSmall`.
    @discardableResult
    public mutating func add(_ frame: Frame, startsScene: Bool = false) throws -> Double? {
        let isRepeated = lastFrame?.hasPixels(of: frame) ?? false
        let features = try isRepeated ? last! : lpips.features(of: frame, reusing: spare)
        let before = last
        if !isRepeated { keep(frame, features) }
        measuredSize = (features.width, features.height)
        if firstTime == nil { firstTime = frame.presentationTime.seconds }
        // A frame of another size cannot be compared: a stream that changes its size does so at a cut.
        guard let before else { return nil }
        guard !startsScene, before.width == features.width, before.height == features.height else {
            pairsLeftOut += 1
            return nil
        }
        let distance = isRepeated ? 0 : lpips.distance(before, features)
        pairs.append(Pair(frame: frame.number, time: frame.presentationTime.seconds, distance: distance))
        return distance
    }

    private mutating func keep(_ frame: Frame, _ features: LPIPSFeatures) {
        (spare, last) = (last, features)
        if lastFrame?.isLike(frame) != true {
            lastFrame = Frame(width: frame.width, height: frame.height, format: frame.format)
        }
        lastFrame!.copyPixels(of: frame)
    }

    /// Bytes that are taken beside what `LPIPS` takes, for frames of a size.
    public static func bytes(width: Int, height: Int, format: PixelFormat = .rgb24) -> Int {
        format.bytesPerPixel * width * height
    }

    /// The features of the frame that was added last, e.g. to compare it with its source.
    public var lastFeatures: LPIPSFeatures? { last }

    /// Figures over all pairs; nil if there is none.
    public var summary: TemporalSummary? { TemporalSummary(pairs, pairsLeftOut: pairsLeftOut) }
}

/// A clip's temporal LPIPS in a few figures.
public struct TemporalSummary: Sendable, Hashable {
    public let mean: Double
    public let median: Double
    /// 95 of 100 pairs are at or below it (the nearest rank).
    public let percentile95: Double
    public let worst: TemporalLPIPS.Pair
    public let pairs: Int
    public let pairsLeftOut: Int

    public init?(_ pairs: [TemporalLPIPS.Pair], pairsLeftOut: Int) {
        guard let worst = pairs.max(by: { $0.distance < $1.distance }) else { return nil }
        let sorted = pairs.map(\.distance).sorted()
        let count = sorted.count
        mean = sorted.reduce(0, +) / Double(count)
        median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
        percentile95 = sorted[(95 * count + 99) / 100 - 1]
        (self.worst, self.pairs, self.pairsLeftOut) = (worst, count, pairsLeftOut)
    }

    /// This clip's mean over its source's; nil where the source does not move at all.
    public func ratio(to source: TemporalSummary) -> Double? { source.mean > 0 ? mean / source.mean : nil }
}
