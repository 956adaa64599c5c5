import Glibc

/// One step of a job on a thread of its own: it takes from one queue, works, and puts into the next.
///
/// An error that leaves the body cancels the whole job; `join` returns when the thread has ended, whatever the reason.
public final class Stage: Sendable {
    public let name: String
    /// Time spent at work, without waiting for other stages' frames: what the body told it.
    public let clock = StageClock()
    private let finished = Monitor(false)

    /// Starts at once.
    public init(_ name: String, cancellation: Cancellation, _ body: @escaping @Sendable (StageClock) throws -> Void) {
        self.name = name
        let (clock, finished) = (clock, finished)
        Thread.detach {
            do { try body(clock) } catch { cancellation.cancel(error) }
            finished.withLock { $0 = true }
        }
    }

    public func join() { finished.withLock(when: { $0 }) { _ in } }
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

/// POSIX threads: the pool of Swift's concurrency must never be blocked, and a stage blocks most of its time.
enum Thread {
    private final class Start {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Runs `body` on a thread that nobody joins.
    static func detach(_ body: @escaping @Sendable () -> Void) {
        let argument = Unmanaged.passRetained(Start(body)).toOpaque()
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { raw in
                Unmanaged<Start>.fromOpaque(raw!).takeRetainedValue().body()
                return nil
            }, argument)
        precondition(code == 0, "a thread could not be started: error \(code)")
        pthread_detach(thread)
    }
}
