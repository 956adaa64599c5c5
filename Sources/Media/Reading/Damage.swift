/// What of a clip could not be read as it was meant.
public struct Damage: Codable, Sendable, Hashable {
    /// Frames and packets that could not be decoded, or only in part; what can be shown of them is.
    public var frames = 0
    /// Those of them of which nothing came out, or of which the file has nothing any more, as its times tell. The
    /// painting lacks them.
    public var missing: Int?
    /// When the first of them are shown, in seconds from the clip's start.
    public var times: [Double] = []
    /// Where the file ends before its time, in seconds from the clip's start.
    public var end: Double?

    public init() {}

    /// Whether there is none.
    public var isNone: Bool { frames == 0 && end == nil }

    /// How many times are told.
    static let mostTimes = 20
}
