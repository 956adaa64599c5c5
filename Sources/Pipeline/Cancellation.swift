internal import Machine

/// The one place where a job learns that it must stop, and why: the first error of any stage, or a signal.
///
/// Queues made with it wake their waiting threads and throw, so every stage ends wherever it stands.
public final class Cancellation: Sendable {
    private struct State {
        var reason: (any Error)?
        var handlers: [Int: @Sendable () -> Void] = [:]
        var next = 0
    }

    private let state = Monitor(State())

    public init() {}

    /// Stops the job. The first reason stays; later ones, mostly stages that fail because of the first, are dropped.
    public func cancel(_ reason: any Error) {
        let handlers: [Int: @Sendable () -> Void] = state.withLock { state in
            guard state.reason == nil else { return [:] }
            state.reason = reason
            defer { state.handlers = [:] }
            return state.handlers
        }
        for handler in handlers.values { handler() }
    }

    /// Why the job stops; nil while it goes on.
    public var reason: (any Error)? { state.value().reason }

    /// Throws the reason once there is one. Long work calls it at least once a frame.
    public func check() throws {
        if let reason { throw reason }
    }

    /// Calls `handler` when the job is cancelled, at once if it has been. It must not block.
    /// - Returns: what `forget` takes.
    @discardableResult
    public func onCancel(_ handler: @escaping @Sendable () -> Void) -> Int {
        let (number, late) = state.withLock { state in
            state.next += 1
            if state.reason == nil { state.handlers[state.next] = handler }
            return (state.next, state.reason != nil)
        }
        if late { handler() }
        return number
    }

    /// Calls that handler no more. A film has thousands of queues, one after another.
    public func forget(_ number: Int) { state.withLock { $0.handlers[number] = nil } }
}
