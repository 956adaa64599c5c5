internal import Imaging
internal import Kernels
internal import Machine

/// A reference picture, and frames compared with it block by block.
// Sendable: one caller at a time; a team's workers share no block.
final class BlockComparison: @unchecked Sendable {
    typealias Sums = BlockDifferences.Sums

    let width, height: Int
    /// Blocks of a row, and rows of them.
    let columns, rows: Int
    /// What the last frame differed by, row by row.
    let blocks: UnsafeMutableBufferPointer<Sums>
    /// [height, width, 3], with `BlockDifferences.fraction` bits.
    let reference: UnsafeMutablePointer<Int16>
    private let team: ThreadTeam

    init(width: Int, height: Int, team: ThreadTeam) {
        (self.width, self.height, self.team) = (width, height, team)
        let side = BlockDifferences.side
        (columns, rows) = ((width + side - 1) / side, (height + side - 1) / side)
        blocks = .allocate(capacity: columns * rows)
        blocks.initialize(repeating: .zero)
        reference = .allocate(capacity: 3 * width * height)
        reference.initialize(repeating: 0, count: 3 * width * height)
    }

    deinit {
        blocks.deallocate()
        reference.deallocate()
    }

    static func bytes(width: Int, height: Int) -> Int { width * height * (3 * 2 + MemoryLayout<Sums>.stride / 16) }

    /// The picture's rows that a row of blocks has.
    func lines(of row: Int) -> Range<Int> {
        row * BlockDifferences.side..<min((row + 1) * BlockDifferences.side, height)
    }

    func line(_ y: Int) -> UnsafeMutablePointer<Int16> { reference + 3 * width * y }

    /// Calls `body` for every row of blocks.
    func forEachRow(_ body: (Int, _ scratch: UnsafeMutablePointer<Int32>) -> Void) {
        let count = BlockDifferences.scratchCount
        team.run(rows, scratch: count) { row, worker in
            team.scratch(worker, count).withMemoryRebound(to: Int32.self, capacity: count) { body(row, $0) }
        }
    }

    /// The reference is that frame.
    func reset(to frame: Frame) {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: columns) { weights in
            weights.initialize(repeating: BlockDifferences.unit)
            frame.withSamples { pixels in
                for y in 0..<height {
                    BlockDifferences.learn(
                        pixels + y * frame.rowStride, width: width, weights: weights.baseAddress!, into: line(y))
                }
            }
        }
    }

    func compare(_ frame: Frame) {
        frame.withSamples { pixels in
            forEachRow { row, scratch in
                let lines = lines(of: row)
                BlockDifferences.compare(
                    width: width, lines: lines.count,
                    { i in
                        let y = lines.lowerBound + i
                        return .init(
                            pixels + y * frame.rowStride, above: pixels + max(y - 1, 0) * frame.rowStride,
                            reference: line(y))
                    }, into: blocks.baseAddress! + row * columns, scratch: scratch)
            }
        }
    }
}
