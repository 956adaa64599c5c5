internal import Glibc

/// What this system, or what its owner leaves to this process, has too little of.
public enum Shortage: Trouble, Hashable {
    /// The caller's limit of addresses leaves too few bytes.
    case addresses(needed: Int, available: Int, threads: Int)
    /// A thread could not be started: error code of `pthread_create`.
    case threads(code: Int32)
    /// A job's threads cannot all be started: so many are needed, the calling one included, and so many can be had.
    /// - Parameters:
    ///   - limits: that hold, in words.
    ///   - threads: those of them that the caller asked for.
    case fewThreads(needed: Int, available: Int, limits: [String], threads: Int)

    public var trouble: TroubleKind { .unavailable }

    public var remedy: Remedy? {
        switch self {
        case .addresses(_, _, let threads), .fewThreads(_, _, _, let threads): threads > 1 ? .fewerThreads : nil
        case .threads: nil
        }
    }

    public var description: String {
        switch self {
        case .addresses(let needed, let available, let threads):
            "with \(threads) thread\(threads == 1 ? "" : "s") it maps about \(needed >> 20) MiB of addresses and "
                + "\(available >> 20) MiB are left of the limit (ulimit -v); raise it"
        case .threads(let code):
            "another thread cannot be started (\(String(cString: strerror(code)))): "
                + "a limit of processes is reached (ulimit -u)"
        case .fewThreads(let needed, let available, let limits, _):
            "it needs \(needed) threads at once, and this system lets it have \(available)"
                + (limits.isEmpty ? "" : ": " + limits.joined(separator: ", and ")) + "; raise that"
        }
    }
}
