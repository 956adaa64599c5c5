public import Imaging

/// Takes frames and keeps nothing of them: for measuring what comes before.
public final class NullSink: Sendable {
    public init() {}

    public func write(_ frame: Frame) throws {}
    public func finish() throws {}
}
