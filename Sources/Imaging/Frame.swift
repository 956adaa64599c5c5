/// One picture: of a video with its place in time, or a still.
///
/// Rows lie top to bottom, `rowStride` bytes apart, upright (rotation is applied before a `Frame` is made).
/// A frame is a reusable buffer with one owner at a time: a pool hands it to a stage, the stage fills or reads it and
/// hands it on.
// Sendable: a frame is passed on, never shared; the queues between stages give the ordering.
public final class Frame: @unchecked Sendable {
    public let width: Int
    public let height: Int
    public let format: PixelFormat
    /// Bytes from one row to the next; a multiple of 64, so that rows start on cache lines.
    public let rowStride: Int
    /// Place in the clip, counted from 0 at the selection's first frame.
    public var number = 0
    /// When the frame is shown, in the time base of its stream.
    public var presentationTime = Timestamp(0, timeBase: Rational(1, 1))
    /// How long it is shown, where the container says.
    public var duration: Timestamp?

    private let storage: UnsafeMutableRawBufferPointer

    public init(width: Int, height: Int, format: PixelFormat = .rgb24) {
        precondition(width > 0 && height > 0, "a frame of \(width) x \(height)")
        self.width = width
        self.height = height
        self.format = format
        rowStride = (width * format.bytesPerPixel + 63) / 64 * 64
        // 64 bytes more than the rows: vector code of the scalers may write a little past the last pixel.
        storage = .allocate(byteCount: rowStride * height + 64, alignment: 64)
        storage.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit { storage.deallocate() }

    /// The rows, `rowStride * height` bytes.
    public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try body(UnsafeRawBufferPointer(rebasing: storage[..<(rowStride * height)]))
    }

    /// The rows to be written, `rowStride * height` bytes.
    public func withMutableBytes<R>(_ body: (UnsafeMutableRawBufferPointer) throws -> R) rethrows -> R {
        try body(UnsafeMutableRawBufferPointer(rebasing: storage[..<(rowStride * height)]))
    }

    /// Takes another frame's number and times, not its pixels.
    public func adoptPlace(of other: Frame) {
        number = other.number
        presentationTime = other.presentationTime
        duration = other.duration
    }
}
