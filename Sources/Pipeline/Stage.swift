internal import Machine

/// One step of a job on a thread of its own: it takes from one queue, works, and puts into the next.
///
/// An error that leaves the body cancels the whole job; `join` returns when the thread has ended, whatever the reason.
public final class Stage: Sendable {
    public let name: String
    /// Time spent at work, without waiting for other stages' frames: what the body told it.
    public let clock = StageClock()
    private let thread: Thread?

    /// Starts at once. Where no thread can be started, that is the job's reason to stop.
    public init(_ name: String, cancellation: Cancellation, _ body: @escaping @Sendable (StageClock) throws -> Void) {
        self.name = name
        let clock = clock
        do {
            thread = try Thread {
                do { try body(clock) } catch { cancellation.cancel(error) }
            }
        } catch {
            thread = nil
            cancellation.cancel(error)
        }
    }

    /// Waits for its end; called once.
    public func join() { thread?.join() }
}

/// A sum of times.
public final class StageClock: Sendable {
    private let total = Monitor(Duration.zero)

    public init() {}

    /// Does `work` and adds how long it took.
    public func time<R>(_ work: () throws -> R) rethrows -> R {
        let start = ContinuousClock.now
        defer {
            let spent = ContinuousClock.now - start
            total.withLock { $0 += spent }
        }
        return try work()
    }

    public var seconds: Double { total.withLock { $0 } / .seconds(1) }
}
