public import Imaging

/// A digest of every frame that comes: its size, its times, its pixels. Two runs gave the same where it is the same.
// Sendable: used by one thread at a time.
public final class HashSink: @unchecked Sendable {
    /// SHA-256 over all frames, in hexadecimal digits; nil before `finish`.
    public private(set) var digest: String?
    private let hash = SHA256()

    public init() {}

    /// Adds width, height, number, time, its unit and the duration (-1 for none) as 64-bit little-endian integers, and
    /// then the rows without what lies between them; of a frame that is not opaque, its opacity's rows too.
    public func write(_ frame: Frame) throws {
        precondition(digest == nil, "a sink that is closed")
        let time = frame.presentationTime
        add(Int64(frame.width))
        add(Int64(frame.height))
        add(Int64(frame.number))
        add(time.value)
        add(Int64(time.timeBase.numerator))
        add(Int64(time.timeBase.denominator))
        add(frame.duration?.value ?? -1)
        addRows(of: frame)
        if let opacity = frame.opacity { addRows(of: opacity.frame) }
    }

    private func addRows(of frame: Frame) {
        let row = frame.width * frame.format.bytesPerPixel
        frame.withBytes { bytes in
            for y in 0..<frame.height {
                hash.add(UnsafeRawBufferPointer(rebasing: bytes[(y * frame.rowStride)..<(y * frame.rowStride + row)]))
            }
        }
    }

    public func finish() throws {
        precondition(digest == nil, "a sink that is closed")
        digest = hash.end()
    }

    private func add(_ value: Int64) { withUnsafeBytes(of: value.littleEndian, hash.add) }
}
