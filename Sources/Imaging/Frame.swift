internal import Glibc
package import Kernels
internal import Synchronization

/// One picture: of a video with its place in time, or a still.
///
/// Rows lie top to bottom, `rowStride` bytes apart, upright (rotation is applied before a `Frame` is made).
/// A frame is a reusable buffer. One stage fills it; after that several may read it.
// Sendable: a frame is filled before it is passed on, and then only read; the queues between stages give the ordering.
public final class Frame: @unchecked Sendable {
    public let width: Int
    public let height: Int
    public let format: PixelFormat
    /// Bytes from one row to the next; a multiple of 64, so that rows start on cache lines.
    public let rowStride: Int
    /// Where the picture stands in its clip.
    public var place: Place {
        get {
            defer { uses.add(1, ordering: .releasing) }
            return storedPlace
        }
        set {
            storedPlace = newValue
            uses.add(1, ordering: .releasing)
        }
    }

    /// How opaque each pixel is, as a frame of grey of the same sides: white is opaque. Nil: all of it is. Colours are
    /// then straight: what shines through is no part of them, and where nothing is opaque they are black.
    ///
    /// It is made with the picture and handed on from frame to frame, for no effect changes it.
    public var opacity: Lease? {
        get {
            defer { uses.add(1, ordering: .releasing) }
            return storedOpacity
        }
        set {
            storedOpacity = newValue
            uses.add(1, ordering: .releasing)
        }
    }

    /// Of a painting that has several layers: which of them is seen where, as an rgb24 frame of the same sides. Each
    /// layer is a colour, black the ground, and what lies over another is mixed with it as the layers are. Nil: all of
    /// it is ground.
    public var layers: Lease? {
        get {
            defer { uses.add(1, ordering: .releasing) }
            return storedLayers
        }
        set {
            storedLayers = newValue
            uses.add(1, ordering: .releasing)
        }
    }

    /// Each look at the frame ends here, and a pool that gives it out again begins here: what was read is read before
    /// what comes next is written. Reference counts alone promise no order.
    private let uses = Atomic(0)
    private var storedPlace = Place()
    private var storedOpacity, storedLayers: Lease?
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
        defer { uses.add(1, ordering: .releasing) }
        return try body(UnsafeRawBufferPointer(rebasing: storage[..<(rowStride * height)]))
    }

    /// The rows to be written, `rowStride * height` bytes.
    public func withMutableBytes<R>(_ body: (UnsafeMutableRawBufferPointer) throws -> R) rethrows -> R {
        defer { uses.add(1, ordering: .releasing) }
        return try body(UnsafeMutableRawBufferPointer(rebasing: storage[..<(rowStride * height)]))
    }

    /// The rows as loops take them, `rowStride` bytes apart.
    package func withSamples<R>(_ body: (Samples) throws -> R) rethrows -> R {
        try withBytes { try body(Samples($0.baseAddress!, isWide: format == .rgb48)) }
    }

    package func withMutableSamples<R>(_ body: (MutableSamples) throws -> R) rethrows -> R {
        try withMutableBytes { try body(MutableSamples($0.baseAddress!, isWide: format == .rgb48)) }
    }

    /// Whether it has another's size and format.
    package func isLike(_ other: Frame) -> Bool {
        width == other.width && height == other.height && format == other.format
    }

    /// Takes over the pixels of a frame of the same size and format.
    package func copyPixels(of other: Frame) {
        precondition(isLike(other))
        other.withBytes { from in withMutableBytes { $0.copyMemory(from: from) } }
    }

    /// Takes over the pixels of a frame of the same size and format where layers, an rgb24 frame of their size, are the
    /// ground.
    package func takeGround(of other: Frame, under layers: Frame) {
        precondition(isLike(other) && layers.width == width && layers.height == height && layers.format == .rgb24)
        let stride = layers.rowStride
        layers.withBytes { bytes in
            let first = bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)
            other.withSamples { from in
                withMutableSamples { to in
                    for y in 0..<height {
                        Coverage.takeGround(
                            from + y * rowStride, layers: first + y * stride, count: width,
                            into: to + y * rowStride)
                    }
                }
            }
        }
    }

    /// Whether every pixel is that of a frame of the same size and format.
    package func hasPixels(of other: Frame) -> Bool {
        guard isLike(other) else { return false }
        return other.withBytes { theirs in
            withBytes { ours in
                stride(from: 0, to: ours.count, by: rowStride).allSatisfy {
                    memcmp(ours.baseAddress! + $0, theirs.baseAddress! + $0, width * format.bytesPerPixel) == 0
                }
            }
        }
    }

    /// Makes sure that every use is over, for a pool that alone refers to the frame by now.
    func settle() { _ = uses.load(ordering: .acquiring) }
}

extension Frame {
    /// The number of its place.
    public var number: Int {
        get { place.number }
        set { place.number = newValue }
    }
    /// The presentation time of its place.
    public var presentationTime: Timestamp {
        get { place.presentationTime }
        set { place.presentationTime = newValue }
    }
    /// The duration of its place.
    public var duration: Timestamp? {
        get { place.duration }
        set { place.duration = newValue }
    }
}
