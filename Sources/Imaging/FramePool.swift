import Synchronization

/// Frames of one size, used again and again: fresh pages are dear, and a frame loop should allocate nothing.
///
/// It never waits: the queues between the stages bound how many frames are out at once.
public final class FramePool: Sendable {
    public let width: Int
    public let height: Int
    public let format: PixelFormat
    /// Every frame ever made. One that nobody else refers to is at home: its last lease is gone.
    private let frames = Mutex<[Frame]>([])

    public init(width: Int, height: Int, format: PixelFormat = .rgb24) {
        (self.width, self.height, self.format) = (width, height, format)
    }

    /// A frame whose pixels are whatever was last in it, all of them opaque and of one layer.
    public func lease() -> Lease {
        frames.withLock { frames in
            for index in frames.indices where isKnownUniquelyReferenced(&frames[index]) {
                atomicMemoryFence(ordering: .acquiring)
                frames[index].settle()
                if frames[index].opacity != nil { frames[index].opacity = nil }
                if frames[index].layers != nil { frames[index].layers = nil }
                return Lease(frames[index])
            }
            let frame = Frame(width: width, height: height, format: format)
            frames.append(frame)
            return Lease(frame)
        }
    }

    /// How many frames were ever made: as many as were out at once.
    public var made: Int { frames.withLock { $0.count } }
}
