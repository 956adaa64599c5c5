internal import Synchronization

/// What happens where the system has no memory left. A program that has checked beforehand can still meet it: others
/// take memory too.
public enum Exhaustion {
    private static let handler = Mutex<(@Sendable (_ byteCount: Int?) -> Never)?>(nil)

    /// What is called where room for so many bytes, or for as many as a library wanted, cannot be had. Without it the
    /// process traps, as for every allocation of Swift's own.
    public static func onExhaustion(_ handler: @escaping @Sendable (_ byteCount: Int?) -> Never) {
        self.handler.withLock { $0 = handler }
    }

    package static func end(_ byteCount: Int?) -> Never {
        handler.withLock { $0 }?(byteCount)
        fatalError("no memory\(byteCount.map { " for \($0) bytes" } ?? "")")
    }
}
