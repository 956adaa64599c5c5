internal import Kernels

/// How much of each pixel of a frame something covers: 16 bits a pixel, 0 nothing, `full` all of it.
///
/// A mask is a reusable buffer. One stage fills it; after that several may read it.
// Sendable: as a frame is.
public final class Mask: @unchecked Sendable {
    public static let full = UInt16.max

    public let width: Int
    public let height: Int
    private let storage: UnsafeMutablePointer<UInt16>

    /// One that covers nothing.
    public init(width: Int, height: Int) {
        precondition(width > 0 && height > 0, "a mask of \(width) x \(height)")
        (self.width, self.height) = (width, height)
        storage = .allocate(capacity: width * height)
        storage.initialize(repeating: 0, count: width * height)
    }

    /// By a picture's luma: white covers, black does not, and of a grey it is the grey, as it is encoded.
    public convenience init(lumaOf picture: Frame) {
        self.init(width: picture.width, height: picture.height)
        take(lumaOf: picture)
    }

    deinit { storage.deallocate() }

    /// The same, of a picture of its own size.
    /// - Parameter slack: levels of 255, below 100, within which black and white count as such; greys between are
    ///   stretched.
    public func take(lumaOf picture: Frame, slack: Int = 0) {
        precondition((0..<100).contains(slack))
        precondition(picture.width == width && picture.height == height, "a mask of a picture of another size")
        picture.withSamples { from in
            for y in 0..<height {
                Coverage.luma(from + y * picture.rowStride, count: width, into: row(y))
                if slack > 0 { Coverage.stretch(row(y), count: width, slack: 257 * slack) }
            }
        }
    }

    /// A share of what another of its size covers, 0 to 1.
    package func take(_ other: Mask, share: Double) {
        precondition(other.width == width && other.height == height, "a mask of another size")
        let factor = Float(share)
        for i in 0..<width * height { storage[i] = UInt16((Float(other.storage[i]) * factor).rounded()) }
    }

    /// Into a 16-bit frame of its size, as greys, of which `take(lumaOf:)` makes it again.
    package func give(greyTo frame: Frame) {
        precondition(frame.width == width && frame.height == height && frame.format == .rgb48)
        frame.withMutableBytes { bytes in
            for y in 0..<height {
                let line = (bytes.baseAddress! + y * frame.rowStride).assumingMemoryBound(to: UInt16.self)
                let own = row(y)
                for x in 0..<width { for c in 0..<3 { line[3 * x + c] = own[x] } }
            }
        }
    }

    /// Lays a colour over a frame of its size: frame + mask (colour - frame), rounded once to a component.
    /// - Parameter line: a frame of one row, of the same width and format, that is of the colour.
    package func lay(_ line: Frame, over frame: Frame) {
        precondition(frame.width == width && frame.height == height, "a mask of a frame of another size")
        precondition(line.width == width && line.format == frame.format, "a row of another kind")
        line.withSamples { colour in
            frame.withMutableSamples { pixels in
                for y in 0..<height {
                    Coverage.lay(colour, by: row(y), columns: 0..<width, over: pixels + y * frame.rowStride)
                }
            }
        }
    }

    /// The coverage of a pixel.
    public subscript(x: Int, y: Int) -> UInt16 {
        get { row(y)[x] }
        set { row(y)[x] = newValue }
    }

    /// `width` pixels, one after the other. Valid while the mask lives.
    package func row(_ y: Int) -> UnsafeMutablePointer<UInt16> {
        precondition(y >= 0 && y < height, "row \(y) of \(height)")
        return storage + y * width
    }

    /// Bytes of one.
    package static func bytes(width: Int, height: Int) -> Int { 2 * width * height }
}
