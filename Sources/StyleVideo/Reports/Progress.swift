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
    /// Which part of the next one is done, where that takes long: of a picture.
    public var part = 0.0
    /// How many there will be, where that is known or can be reckoned.
    public var total: Int?
    /// How many of those that are done were there before.
    public var before: Int
    /// Where in the clip the frame stands that was painted last, in seconds from the first frame; nil where no film is
    /// painted.
    public var moment: Double?
    /// What comes after the first pass; nil where nothing does that takes long.
    public var prospect: Prospect?

    /// The long work that follows the first pass, as far as it can be told before it has begun.
    public struct Prospect: Sendable {
        /// About how many seconds each frame will take; nil where nothing tells.
        public var secondsPerFrame: Double?

        public init(secondsPerFrame: Double? = nil) { self.secondsPerFrame = secondsPerFrame }
    }

    public init(_ phase: Phase, done: Int, total: Int?, before: Int = 0) {
        (self.phase, self.done, self.total, self.before) = (phase, done, total, before)
    }
}

/// What a `Run` tells of progress.
public typealias ProgressHandler = @Sendable (Progress) -> Void

extension Run {
    /// The same, whose progress says also what comes after the first pass.
    func foreseeing(_ prospect: @escaping @Sendable () -> Progress.Prospect) -> Run {
        var run = self
        run.progress = { [progress] in
            var told = $0
            told.prospect = prospect()
            progress(told)
        }
        return run
    }

    /// The same, whose progress says also where in the clip the last painted frame stands.
    /// - Parameter frame: the number of the frame behind which so many are done.
    func placing(_ look: Look, _ frame: @escaping @Sendable (Int) -> Int) -> Run {
        let (ticks, timeBase) = (look.index.ticks, look.score.source.timeBase)
        var run = self
        run.progress = { [progress] in
            var told = $0
            if let last = ticks.indices.contains(frame($0.done)) ? ticks[frame($0.done)] : nil {
                told.moment = Double(last - ticks[0]) * timeBase.value
            }
            progress(told)
        }
        return run
    }
}
