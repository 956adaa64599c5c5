internal import Glibc

/// A POSIX thread. The pool of Swift's concurrency must never be blocked, and ours block most of their time.
package struct Thread: Sendable {
    private let handle: pthread_t

    /// Starts at once.
    /// - Throws: `Shortage.threads` where the system starts none, as under a limit of processes.
    package init(_ body: @escaping @Sendable () -> Void) throws(Shortage) {
        var handle = pthread_t()
        let argument = Unmanaged.passRetained(Start(body))
        let code = pthread_create(
            &handle, nil,
            { raw in
                Unmanaged<Start>.fromOpaque(raw!).takeRetainedValue().body()
                return nil
            }, argument.toOpaque())
        guard code == 0 else {
            argument.release()
            throw .threads(code: code)
        }
        self.handle = handle
    }

    /// Waits for its end. Each thread is joined once.
    package func join() { pthread_join(handle, nil) }

    private final class Start: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
