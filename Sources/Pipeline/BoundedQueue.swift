internal import Machine

/// Hands elements from one thread to another in order, and makes the faster one wait: at most `capacity` lie in it.
///
/// It blocks its callers, so it belongs on the dedicated threads of `Stage`, never on Swift's cooperative pool.
/// (`AsyncStream` either buffers without end or drops; an actor was slower.)
public final class BoundedQueue<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element] = []
        var closed = false
        var cancelled = false
        var abandoned = false
    }

    public let capacity: Int
    private let state: Monitor<State>
    private let cancellation: Cancellation
    private let handler: Int

    public init(capacity: Int, cancellation: Cancellation) {
        precondition(capacity > 0, "a queue of capacity \(capacity)")
        self.capacity = capacity
        self.cancellation = cancellation
        let state = Monitor(State())
        state.withLock { $0.elements.reserveCapacity(capacity) }
        handler = cancellation.onCancel {
            state.withLock {
                $0.cancelled = true
                $0.elements = []
            }
        }
        self.state = state
    }

    deinit { cancellation.forget(handler) }

    /// Waits for room and adds an element. Throws the job's reason to stop when it is cancelled.
    /// - Returns: false where nobody takes any more.
    @discardableResult
    public func put(_ element: Element) throws -> Bool {
        let isReady = { [capacity] (state: State) in
            state.cancelled || state.abandoned || state.elements.count < capacity
        }
        let (cancelled, abandoned) = state.withLock(when: isReady) {
            precondition(!$0.closed, "an element was put into a closed queue")
            if !$0.cancelled && !$0.abandoned { $0.elements.append(element) }
            return ($0.cancelled, $0.abandoned)
        }
        if cancelled { try cancellation.check() }
        return !abandoned
    }

    /// Waits for the next element; nil once the queue is closed and empty. Throws when the job is cancelled.
    public func take() throws -> Element? {
        let (element, cancelled) = state.withLock(when: { $0.cancelled || $0.closed || !$0.elements.isEmpty }) {
            ($0.elements.isEmpty ? nil : $0.elements.removeFirst(), $0.cancelled)
        }
        if cancelled { try cancellation.check() }
        return element
    }

    /// Says that nothing more will be taken out; what lies in it goes.
    public func abandon() {
        state.withLock {
            $0.abandoned = true
            $0.elements.removeAll()
        }
    }

    /// Says that nothing more will be put in.
    public func close() { state.withLock { $0.closed = true } }
}
