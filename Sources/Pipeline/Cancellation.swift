internal import Machine

/// The one place where a job learns that it must stop, and why: the first error of any stage, or a signal.
///
/// Queues made with it wake their waiting threads and throw, so every stage ends wherever it stands.
public final class Cancellation: Sendable {
    private struct State {
        var reason: (any Error)?
        var handlers: [@Sendable () -> Void] = []
    }

    private let state = Monitor(State())

    public init() {}

    /// Stops the job. The first reason stays; later ones, mostly stages that fail because of the first, are dropped.
    public func cancel(_ reason: any Error) {
        let handlers: [@Sendable () -> Void] = state.withLock { state in
            guard state.reason == nil else { return [] }
            state.reason = reason
            defer { state.handlers = [] }
            return state.handlers
        }
        for handler in handlers { handler() }
    }

    /// Why the job stops; nil while it goes on.
    public var reason: (any Error)? { state.withLock { $0.reason } }

    /// Throws the reason once there is one. Long work calls it at least once a frame.
    public func check() throws {
        if let reason { throw reason }
    }

    /// Calls `handler` when the job is cancelled, at once if it has been. It must not block.
    public func onCancel(_ handler: @escaping @Sendable () -> Void) {
        let late = state.withLock {
            if $0.reason == nil { $0.handlers.append(handler) }
            return $0.reason != nil
        }
        if late { handler() }
    }
}
