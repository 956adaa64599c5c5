public import Machine
public import Media

/// What a job does, as far as its threads go.
public enum Work: Sendable {
    /// Paints or measures pictures.
    case picture
    /// Reads so many clips at once.
    case reading(clips: Int)
    /// Paints a clip into an encoding, or says what that takes.
    case clip(EncoderSettings)
    /// Paints one of several clips, and looks the next one through.
    case queue(EncoderSettings)
}

extension Run {
    /// Whether this system lets a job have its threads: asked before anything is begun. A job that meets a limit of
    /// processes on its way ends there, with what the library says whose thread it was.
    /// - Parameters:
    ///   - work: what the job does.
    ///   - others: threads of the caller's that are still to be started.
    /// - Throws: `Shortage.fewThreads`, as where a limit of processes is too low (`ulimit -u`, a container's).
    public func checkThreads(for work: Work, beside others: Int) throws(Shortage) {
        try ThreadLimit.check(min(threads, ThreadTeam.most) - 1 + work.threads + others, threads: threads)
    }
}

extension Work {
    /// Beside those that compute: decoders (two threads each, in the first pass one for each core), the encoder, the
    /// line's stages, and one that keeps locks fresh.
    fileprivate var threads: Int {
        switch self {
        case .picture: 0
        case .reading(let clips): max(VideoReader.passThreads, 2 * clips) + clips + 1
        case .clip(let encoder): 2 + max(VideoReader.passThreads + 1, Self.stages) + encoder.threads + 1
        case .queue(let encoder): Self.clip(encoder).threads + VideoReader.passThreads + 1
        }
    }

    /// Read, hold, paint, steady, measure, write.
    private static let stages = 6
}
