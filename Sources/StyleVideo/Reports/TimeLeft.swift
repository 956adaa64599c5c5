import Glibc

/// About how many seconds a job has left, the phases together that it goes through.
///
/// What a phase has left follows from what its steps have taken lately. What painting will take is told by the job's
/// prospect, then by the statistics, which run a part of the network, then by the frames that are painted. Where these
/// contradict each other, what is told goes over from the one to the other.
public struct TimeLeft: Sendable {
    /// What is told of a job.
    public struct Estimate: Sendable, Hashable {
        /// Until all of it is done.
        public var secondsLeft: Double
        /// Which part of the job's time has passed, from 0 to 1; it never falls.
        public var fraction: Double

        public init(secondsLeft: Double, fraction: Double) {
            (self.secondsLeft, self.fraction) = (secondsLeft, fraction)
        }
    }

    /// Painting, measuring and encoding a frame takes about so many times what its statistics do.
    private static let paintingPerStatistics = 4.0
    /// What was foreseen counts as much as so many steps that were done.
    private static let trust = 2.0

    private var phase: Progress.Phase?
    private var began = 0.0
    /// At the last step.
    private var (done, time) = (0.0, 0.0)
    /// What the phase's steps took lately, and how many they were.
    private var (spent, steps) = (0.0, 0.0)
    /// How many the clip has.
    private var frames: Int?
    /// What a job's prospect has told last of a frame, and what follows from it and the statistics.
    private var (foreseen, secondsPerFrame): (Double?, Double?)
    private var told: (estimate: Estimate, at: Double)?

    public init() {}

    /// Takes down a step of the job.
    /// - Parameters:
    ///   - progress: how far the job is.
    ///   - seconds: since the job began.
    /// - Returns: nil as long as nothing tells.
    public mutating func update(_ progress: Progress, at seconds: Double) -> Estimate? {
        if let prospect = progress.prospect?.secondsPerFrame, prospect != foreseen {
            (foreseen, secondsPerFrame) = (prospect, prospect)
        }
        // A damaged clip is looked through twice.
        if phase != progress.phase || progress.place < done {
            begin(progress, at: seconds)
        } else if progress.place > done {
            // What a step has taken is forgotten: soon where the phase has just begun, and a film's scenes stay known.
            let (passed, memory) = (seconds - time, 10 + (seconds - began) / 2)
            let kept = exp(-passed / memory)
            (spent, steps) = (spent * kept + passed, steps * kept + progress.place - done)
            (done, time) = (progress.place, seconds)
        }
        if progress.phase == .scenes { frames = max(progress.total ?? 0, progress.done) }
        // At a phase's first step what was told before it still stands.
        return (left(progress) ?? told.map { max(0, $0.estimate.secondsLeft - seconds + $0.at) })
            .map { tell($0, at: seconds) }
    }

    /// A phase's first step tells nothing of the next: what was done before it is not known.
    private mutating func begin(_ progress: Progress, at seconds: Double) {
        (phase, done, time, began) = (progress.phase, progress.place, seconds, seconds)
        (spent, steps) = (0, 0)
        guard progress.phase == .painting, let secondsPerFrame else { return }
        (spent, steps) = (Self.trust * secondsPerFrame, Self.trust)
    }

    private var step: Double? { steps > 0 ? spent / steps : nil }

    /// As far as is known at this moment; it may leap.
    private mutating func left(_ progress: Progress) -> Double? {
        guard let total = progress.total else { return nil }
        let rest = max(0, Double(total) - progress.place)
        guard let own = rest == 0 ? 0 : step.map({ $0 * rest }) else { return nil }
        guard progress.prospect != nil, [.scenes, .statistics].contains(progress.phase) else { return own }
        if progress.phase == .statistics, let step {
            let trust = foreseen == nil ? 0 : Self.trust
            secondsPerFrame =
                (trust * (foreseen ?? 0) + steps * step * Self.paintingPerStatistics) / (trust + steps)
        }
        guard let frames, let secondsPerFrame else { return nil }
        return own + Double(frames) * secondsPerFrame
    }

    /// What is told falls as the clock goes, and is mended by a part of what it errs: a rise by a tenth of it and a
    /// second, each second, at most.
    private mutating func tell(_ left: Double, at seconds: Double) -> Estimate {
        var (new, before) = (left, 0.0)
        if let told, left > 0 {
            let passed = seconds - told.at
            let expected = max(0, told.estimate.secondsLeft - passed)
            let mended = (left - expected) * (1 - exp(-passed / (2 + min(left, expected) / 10)))
            new = max(0, expected + min(mended, passed * (1 + expected / 10)))
        }
        if let told { before = told.estimate.fraction }
        let whole = seconds + new
        let estimate = Estimate(
            secondsLeft: new, fraction: max(before, whole > 0 ? min(1, seconds / whole) : 0))
        told = (estimate, seconds)
        return estimate
    }
}

extension Progress {
    /// With the part of the one that is begun.
    fileprivate var place: Double { Double(done) + part }
}
