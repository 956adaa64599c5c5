import Machine
public import Pipeline
public import StyleKernel
public import SystemPackage
import Weights

/// How a job is run, as against what it makes: nothing of it changes a byte of the result.
///
/// A run that was cancelled, or whose job failed, has ended: the next job wants another one.
public struct Run: Sendable {
    /// Threads that compute.
    public var threads: Int
    /// Whether what a clip's frame shares with the one before is painted again. It is where memory is too short for the
    /// cache, with a notice.
    public var cache = Cache.exact
    public var cancellation = Cancellation()
    /// Is told of progress after every frame, from any thread.
    public var progress: ProgressHandler = { _ in }
    /// Is told what a user should know, as soon as it is known, each thing once.
    public var notice: @Sendable (String) -> Void = { _ in }

    /// The folder that holds the networks' files, `share/stylevideo` of an installation; nil: the one that
    /// `STYLEVIDEO_RESOURCES` names, or what lies beside the executable.
    public var resources: FilePath?

    /// Of a queue's jobs.
    var stockroom: Stockroom?
    /// That has looked the clip through, where one has.
    var scout: Scout?

    /// - Parameter threads: one for each core that this process may use where nil.
    public init(threads: Int? = nil) { self.threads = threads ?? Cores.available() }

    /// The same with a cancellation of its own, which follows this one's: what fails in it does not end the run.
    func attempt() -> Run {
        var attempt = self
        attempt.cancellation = Cancellation()
        let (outer, inner) = (cancellation, attempt.cancellation)
        outer.onCancel { if let reason = outer.reason { inner.cancel(reason) } }
        return attempt
    }

    /// - Throws: `ResourceError` with every path that was tried.
    func resource(_ name: String) throws -> String { try Resources.path(of: name, in: resources?.string) }
}
