/// How far a job has come.
public struct Progress: Sendable {
    public enum Phase: String, Sendable {
        /// Decoding the clip once to find its cuts.
        case scenes
        /// Taking the statistics of each scene.
        case statistics
        case painting
        case measuring
    }

    public var phase: Phase
    public var done: Int
    /// How many there will be, where that is known or can be reckoned.
    public var total: Int?

    public init(_ phase: Phase, done: Int, total: Int?) {
        (self.phase, self.done, self.total) = (phase, done, total)
    }
}

/// What a `Run` tells of progress.
public typealias ProgressHandler = @Sendable (Progress) -> Void
