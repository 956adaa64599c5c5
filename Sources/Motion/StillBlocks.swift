public import Imaging
import Kernels
public import Machine

/// How much a painting changes where its source does not: in blocks of 16 x 16 pixels whose channels differ by
/// `stillness` levels of 255 at most in the mean, which noise may be.
// Sendable: it belongs to one stage at a time; workers of a team write disjoint rows.
public final class StillBlocks: @unchecked Sendable {
    public static let side = 16
    public static let stillness: Float = 2

    private let team: ThreadTeam
    private let columns: Int
    private let rows: Int
    /// Of each row of blocks: how many are still, and the sum of their paintings' mean differences.
    private let sums: UnsafeMutablePointer<SIMD2<Double>>

    /// What is left over at the right and the bottom is not looked at.
    public init(width: Int, height: Int, team: ThreadTeam) {
        self.team = team
        (columns, rows) = (width / Self.side, height / Self.side)
        sums = .allocate(capacity: max(rows, 1))
    }

    deinit { sums.deallocate() }

    /// Between a frame and the one before it.
    /// - Returns: the share of blocks that are still, and the mean difference of their paintings, in levels of 255,
    ///   where there are any; nil where the picture is smaller than a block.
    public func compare(
        _ source: (Frame, Frame), painted: (Frame, Frame)
    ) -> (share: Double, change: Double?)? {
        guard rows * columns > 0 else { return nil }
        let bytes = 3 * Self.side * columns
        team.run(rows, scratch: 2 * bytes) { row, worker in
            let scratch = team.scratch(worker, 2 * bytes)
            scratch.update(repeating: 0, count: 2 * bytes)
            for y in Self.side * row..<Self.side * (row + 1) {
                add(source, y, bytes, into: scratch)
                add(painted, y, bytes, into: scratch + bytes)
            }
            sums[row] = (0..<columns).reduce(.zero) { sum, column in
                let (source, painted) = (mean(scratch, column), mean(scratch + bytes, column))
                return source <= Self.stillness ? sum + SIMD2(1, Double(painted)) : sum
            }
        }
        let sum = (0..<rows).reduce(SIMD2<Double>.zero) { $0 + sums[$1] }
        return (sum.x / Double(rows * columns), sum.x > 0 ? sum.y / sum.x : nil)
    }

    private func add(_ frames: (Frame, Frame), _ y: Int, _ count: Int, into sums: UnsafeMutablePointer<Float>) {
        frames.0.withRow(y) { a in frames.1.withRow(y) { b in Difference.add(a, b, count: count, into: sums) } }
    }

    private func mean(_ sums: UnsafePointer<Float>, _ column: Int) -> Float {
        let count = 3 * Self.side
        return (0..<count).reduce(0) { $0 + sums[count * column + $1] } / Float(count * Self.side)
    }
}
