public import Imaging

/// A source that is read on a thread of its own, a little ahead of whoever takes its frames: two of them are read in
/// step.
public final class ReadAhead: Sendable {
    private static let capacity = 2

    private let queue: BoundedQueue<Lease>
    private let stage: Stage

    /// - Parameters:
    ///   - size: of the source's frames.
    ///   - cancellation: also ends the reading where the source fails.
    public init(
        _ source: any FrameSource, size: (width: Int, height: Int), format: PixelFormat = .rgb24,
        cancellation: Cancellation
    ) {
        let pool = FramePool(width: size.width, height: size.height, format: format)
        let queue = BoundedQueue<Lease>(capacity: Self.capacity, cancellation: cancellation)
        nonisolated(unsafe) let source = source
        self.queue = queue
        stage = Stage("read", cancellation: cancellation) { _ in
            while try source.advance() != nil {
                let lease = pool.lease()
                try source.picture(into: lease.frame)
                guard try queue.put(lease) else { return }
            }
            queue.close()
        }
    }

    /// The next frame; nil after the last.
    public func next() throws -> Lease? { try queue.take() }

    /// Reads no further, and waits until nothing is read any more. Called once.
    public func end() {
        queue.abandon()
        stage.join()
    }
}
