internal import Machine
public import Imaging

/// Frames of one size, used again and again: fresh pages are dear, and a frame loop should allocate nothing.
///
/// It never waits: the queues between the stages bound how many frames are out at once.
public final class FramePool: Sendable {
    private struct State {
        var free: [Frame] = []
        var made = 0
    }

    public let width: Int
    public let height: Int
    private let state = Monitor(State())

    public init(width: Int, height: Int) { (self.width, self.height) = (width, height) }

    /// A frame whose pixels are whatever was last in it.
    public func take() -> Frame {
        let free: Frame? = state.withLock {
            if $0.free.isEmpty { $0.made += 1 }
            return $0.free.popLast()
        }
        return free ?? Frame(width: width, height: height)
    }

    /// Takes a frame back. Whoever gave it must not touch it again.
    public func giveBack(_ frame: Frame) {
        precondition(frame.width == width && frame.height == height, "a frame of another size came back to the pool")
        state.withLock { $0.free.append(frame) }
    }

    /// How many frames were ever made.
    public var made: Int { state.withLock { $0.made } }
}
