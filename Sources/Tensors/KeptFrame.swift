package import Imaging
internal import Kernels
package import Machine

/// A frame's pixels, kept to tell where the next frame has others.
// Sendable: one stage at a time; workers of a team write disjoint blocks.
package final class KeptFrame: @unchecked Sendable {
    /// Pixels of a block, each way.
    package static let block = 16

    package let frame: Frame
    /// The blocks that differ.
    private let differing: Marks
    private var isEmpty = true

    package init(width: Int, height: Int, format: PixelFormat = .rgb24) {
        frame = Frame(width: width, height: height, format: format)
        differing = Marks(
            rows: (height + Self.block - 1) / Self.block, columns: (width + Self.block - 1) / Self.block)
    }

    /// Bytes of one.
    package static func bytes(width: Int, height: Int, format: PixelFormat) -> Int {
        format.bytesPerPixel * width * height + width * height / (block * block)
    }

    /// Takes over another frame's pixels, and tells where they are others than before, in whole blocks.
    package func take(_ next: Frame, team: ThreadTeam) -> Regions {
        precondition(next.width == frame.width && next.height == frame.height && next.format == frame.format)
        let bytes = frame.width * frame.format.bytesPerPixel
        let side = Self.block
        differing.fill(isEmpty)
        next.withBytes { from in
            frame.withMutableBytes { to in
                let (from, to) = (from.baseAddress!, to.baseAddress!)
                team.run(differing.rows) { item, _ in
                    for y in side * item..<min(side * (item + 1), frame.height) {
                        let (new, old) = (from + y * next.rowStride, to + y * frame.rowStride)
                        Difference.mark(
                            new, old, count: bytes, block: frame.format.bytesPerPixel * side, in: differing.row(item))
                        old.copyMemory(from: new, byteCount: bytes)
                    }
                }
            }
        }
        isEmpty = false
        return differing.regions(side: side, height: frame.height, width: frame.width)
    }

    /// What was kept is not what the values were made of.
    package func forget() { isEmpty = true }
}
