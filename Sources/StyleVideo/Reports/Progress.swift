/// How far a job has come.
public struct Progress: Sendable {
    public enum Phase: String, Sendable {
        /// Decoding the clip once to find its cuts.
        case scenes
        /// Taking the statistics of each scene.
        case statistics
        case painting
        case measuring
        /// Reading the chunks that are there, and putting them together.
        case checking, joining
    }

    public var phase: Phase
    public var done: Int
    /// How many there will be, where that is known or can be reckoned.
    public var total: Int?
    /// How many of those that are done were there before.
    public var before: Int

    public init(_ phase: Phase, done: Int, total: Int?, before: Int = 0) {
        (self.phase, self.done, self.total, self.before) = (phase, done, total, before)
    }
}

/// What a `Run` tells of progress.
public typealias ProgressHandler = @Sendable (Progress) -> Void
