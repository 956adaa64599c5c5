import Imaging

/// One of the eight ways to lay a picture down: a stored point (x, y), y downwards, is shown at
/// (xToX * x + yToX * y, xToY * x + yToY * y), moved so that the picture's corner is at 0.
struct Orientation: Hashable {
    var xToX = 1
    var xToY = 0
    var yToX = 0
    var yToY = 1

    static let upright = Orientation()

    /// Whether rows become columns.
    var swapsSides: Bool { xToX == 0 }
    private var isMirrored: Bool { xToX * yToY - xToY * yToX < 0 }

    /// How far it turns clockwise; one that mirrors does so left to right first.
    var degrees: Int {
        let (x, y) = isMirrored ? (-xToX, -xToY) : (xToX, xToY)
        return x == 1 ? 0 : y == 1 ? 90 : x == -1 ? 180 : 270
    }

    /// This one, and another after it.
    func then(_ next: Orientation) -> Orientation {
        Orientation(
            xToX: next.xToX * xToX + next.yToX * xToY, xToY: next.xToY * xToX + next.yToY * xToY,
            yToX: next.xToX * yToX + next.yToX * yToY, yToY: next.xToY * yToX + next.yToY * yToY)
    }

    /// Writes a stored picture down upright.
    /// - Parameter from: rows of `width` x `height` pixels of the frame's format, `stride` bytes apart.
    func place(_ from: UnsafeRawBufferPointer, width: Int, height: Int, stride: Int, into frame: Frame) {
        let size = frame.format.bytesPerPixel
        precondition(from.count >= stride * (height - 1) + width * size)
        precondition(
            swapsSides
                ? frame.width == height && frame.height == width
                : frame.width == width && frame.height == height, "the frame has other sides than the upright picture")
        let toStride = frame.rowStride
        let stepX = size * xToX + toStride * xToY
        let stepY = size * yToX + toStride * yToY
        let left = (xToX < 0 ? width - 1 : 0) + (yToX < 0 ? height - 1 : 0)
        let top = (xToY < 0 ? width - 1 : 0) + (yToY < 0 ? height - 1 : 0)
        frame.withMutableBytes { to in
            guard let source = from.baseAddress, let target = to.baseAddress else { return }
            // Tiles, so that a quarter turn's writes, a row apart each, stay in the cache.
            for tileY in Swift.stride(from: 0, to: height, by: 32) {
                for tileX in Swift.stride(from: 0, to: width, by: 32) {
                    for y in tileY..<min(tileY + 32, height) {
                        var read = source + y * stride + tileX * size
                        var write = target + top * toStride + left * size + y * stepY + tileX * stepX
                        for _ in tileX..<min(tileX + 32, width) {
                            // Three bytes by name: a length that is known is no call.
                            if size == 3 {
                                write.copyMemory(from: read, byteCount: 3)
                            } else {
                                write.copyMemory(from: read, byteCount: size)
                            }
                            read += size
                            write += stepX
                        }
                    }
                }
            }
        }
    }
}

extension Orientation {
    /// From a container's display matrix, nine numbers (a b u, c d v, x y w) in rows; turned to the nearest quarter.
    /// The second answer is false where the matrix turns by anything else.
    static func nearest(displayMatrix m: [Int32]) -> (orientation: Orientation, isExact: Bool) {
        let (a, b, c, d) = (Int(m[0]), Int(m[1]), Int(m[3]), Int(m[4]))
        func sign(_ value: Int) -> Int { value < 0 ? -1 : 1 }
        let isExact = (a == 0 && d == 0) != (b == 0 && c == 0)
        if abs(a) + abs(d) >= abs(b) + abs(c) {
            guard a != 0, d != 0 else { return (.upright, a == 0 && b == 0 && c == 0 && d == 0) }
            return (Orientation(xToX: sign(a), xToY: 0, yToX: 0, yToY: sign(d)), isExact)
        }
        return (Orientation(xToX: 0, xToY: sign(b), yToX: sign(c), yToY: 0), isExact)
    }

    /// From EXIF's tag 0x0112: 1 to 8; anything else is upright.
    init(exif: Int) {
        switch exif {
        case 2: self.init(xToX: -1, xToY: 0, yToX: 0, yToY: 1)
        case 3: self.init(xToX: -1, xToY: 0, yToX: 0, yToY: -1)
        case 4: self.init(xToX: 1, xToY: 0, yToX: 0, yToY: -1)
        case 5: self.init(xToX: 0, xToY: 1, yToX: 1, yToY: 0)
        case 6: self.init(xToX: 0, xToY: 1, yToX: -1, yToY: 0)
        case 7: self.init(xToX: 0, xToY: -1, yToX: -1, yToY: 0)
        case 8: self.init(xToX: 0, xToY: -1, yToX: 1, yToY: 0)
        default: self = .upright
        }
    }
}
