import Media

/// What the first pass over a clip has found.
struct Look: Codable, Sendable, Hashable {
    var score: Score
    /// Where the clip's frames lie.
    var index: FrameIndex
    /// What was said of the clip on the way.
    var notices: [String]
    /// When the clip starts, in seconds of the source's clock.
    var start: Double
}

/// Width and height at which paintings are measured.
struct MeasuredSize: Codable, Sendable, Hashable {
    var width, height: Int
}
