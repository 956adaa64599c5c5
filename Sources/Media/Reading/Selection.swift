public import Imaging

/// The stretch of a clip that is read, and how: it becomes the clip.
public struct Selection: Sendable, Hashable, Codable {
    /// First moment, in seconds from the start of the video stream; nil: from its first frame.
    public var start: Double?
    /// The moment before which the stretch ends, in seconds from the start of the video stream; nil: to its last frame.
    public var end: Double?
    /// The most frames it holds; nil: no limit.
    public var frames: Int?
    public var deinterlacing: Deinterlacing
    /// What the file's frames are where they lie bare in it; nil: the file says it.
    public var raw: RawFrames?
    /// Frames a second of a bare stream, in place of what is taken it has: such streams have no times.
    public var rate: Rational?

    public init(
        start: Double? = nil, end: Double? = nil, frames: Int? = nil, deinterlacing: Deinterlacing = .auto
    ) {
        precondition(frames ?? 1 > 0, "a selection of \(frames ?? 0) frames")
        self.start = start
        self.end = end
        self.frames = frames
        self.deinterlacing = deinterlacing
    }

    /// The same, read as usual.
    public var stretch: Selection { Selection(start: start, end: end, frames: frames) }

    /// The whole clip.
    public static let all = Selection()

    /// The first tick at or after a moment. A moment that people write with six decimals must still meet the frame at
    /// 1/30 s, so a moment less than a microsecond behind a tick counts as that tick.
    static func firstTick(at seconds: Double, timeBase: Rational) -> Int64 {
        let ticks = (seconds - 1e-6) / timeBase.value
        return Int64(ticks: ticks.rounded(.up))
    }
}

/// What is done with frames that are made of two fields, each of a moment of its own.
public enum Deinterlacing: String, Codable, Sendable, Hashable, CaseIterable {
    /// Those that are marked so are made anew, one frame of each (bwdif).
    case auto
    /// Both fields are shown together, as they are stored.
    case off
}
