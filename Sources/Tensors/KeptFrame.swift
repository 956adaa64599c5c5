package import Imaging
internal import Kernels
package import Machine

/// A frame's pixels, kept to tell where the next frame has others.
// Sendable: one stage at a time; workers of a team write disjoint blocks.
package final class KeptFrame: @unchecked Sendable {
    /// Pixels of a block, each way.
    package static let block = 16

    package let frame: Frame
    private let blocks: (rows: Int, columns: Int)
    /// Whether a block differs.
    private let differs: UnsafeMutablePointer<Bool>
    private var isEmpty = true

    package init(width: Int, height: Int) {
        frame = Frame(width: width, height: height)
        blocks = ((height + Self.block - 1) / Self.block, (width + Self.block - 1) / Self.block)
        differs = .allocate(capacity: blocks.rows * blocks.columns)
        differs.initialize(repeating: false, count: blocks.rows * blocks.columns)
    }

    deinit { differs.deallocate() }

    /// Bytes of one.
    package static func bytes(width: Int, height: Int) -> Int {
        3 * width * height + width * height / (block * block)
    }

    /// Takes over another frame's pixels, and tells where they are others than before, in whole blocks.
    package func take(_ next: Frame, team: ThreadTeam) -> Regions {
        precondition(next.width == frame.width && next.height == frame.height)
        let bytes = frame.width * frame.format.bytesPerPixel
        let side = Self.block
        next.withBytes { from in
            frame.withMutableBytes { to in
                let (from, to) = (from.baseAddress!, to.baseAddress!)
                team.run(blocks.rows) { item, _ in
                    let differs = differs + item * blocks.columns
                    differs.update(repeating: isEmpty, count: blocks.columns)
                    for y in side * item..<min(side * (item + 1), frame.height) {
                        let (new, old) = (from + y * next.rowStride, to + y * frame.rowStride)
                        Difference.mark(new, old, count: bytes, block: 3 * side, in: differs)
                        old.copyMemory(from: new, byteCount: bytes)
                    }
                }
            }
        }
        isEmpty = false
        return regions
    }

    /// What was kept is not what the values were made of.
    package func forget() { isEmpty = true }

    private var regions: Regions {
        var regions = Regions()
        for row in 0..<blocks.rows {
            let y = row * Self.block..<min((row + 1) * Self.block, frame.height)
            var column = 0
            while column < blocks.columns {
                let first = column
                while column < blocks.columns, differs[row * blocks.columns + column] { column += 1 }
                let x = first * Self.block..<min(column * Self.block, frame.width)
                if column > first { regions.insert(Region(rows: y, columns: x)) }
                column += 1
            }
        }
        return regions
    }
}
