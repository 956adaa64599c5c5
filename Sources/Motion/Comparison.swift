public import Imaging
import Kernels
public import Machine

/// Compares frames along the motion of others: a later frame is brought back to where an earlier one's things were, and
/// counts where the motion can be trusted.
// Sendable: it belongs to one stage at a time.
public final class MotionComparison: @unchecked Sendable {
    /// What is found of a pair.
    public struct Found: Sendable {
        /// Root of the mean squared difference where the motion holds, from 0 to 1.
        public var error: Double
        /// The share of pixels where it does.
        public var visible: Double
    }

    private let width: Int
    private let height: Int
    private let team: ThreadTeam
    private let flow: OpticalFlow
    private let forwards: FlowField
    private let backwards: FlowField
    private let grid: NodeGrid
    private let side: Int
    /// The nodes of `forwards` in the frames' pixels, their trust 0 or 1.
    private let motion: UnsafeMutablePointer<SIMD4<Float>>
    private let sums: UnsafeMutablePointer<SIMD2<Double>>

    /// - Parameters: the frames' size, of which `Pyramid.canSee` is true.
    public init(width: Int, height: Int, team: ThreadTeam) {
        (self.width, self.height, self.team) = (width, height, team)
        flow = OpticalFlow(width: width, height: height, team: team)
        let size = Pyramid.sizes(width: width, height: height)[0]
        (forwards, backwards) = (
            FlowField(width: size.width, height: size.height), FlowField(width: size.width, height: size.height)
        )
        side = Pyramid.side(width: width, height: height)
        grid = NodeGrid(
            columns: forwards.columns, rows: forwards.rows, side: side * FlowField.cell, width: width, height: height)
        motion = .allocate(capacity: forwards.columns * forwards.rows)
        sums = .allocate(capacity: height)
    }

    deinit {
        motion.deallocate()
        sums.deallocate()
    }

    /// Looks for the motion from one source frame to a later one, and where it holds: where the way back leads to where
    /// it came from, within the limit of Sundaram et al. (ECCV 2010), and inside the frame.
    public func look(from first: Pyramid, to second: Pyramid) {
        flow.find(first, second, forwards: forwards, backwards: backwards)
        for i in 0..<forwards.columns * forwards.rows {
            let node = forwards.nodes[i]
            motion[i] = SIMD4(Float(side) * node.x, Float(side) * node.y, node.z >= 1 ? 1 : 0, 0)
        }
    }

    /// - Parameter brought: becomes the second frame at the first one's places, and the first one's own pixels where
    ///   the motion does not hold.
    public func compare(_ first: Frame, _ second: Frame, brought: Frame) -> Found {
        team.run(height, scratch: 4 * (width + grid.columns + 1)) { y, worker in
            let row = UnsafeMutableRawPointer(team.scratch(worker, 4 * (width + grid.columns + 1)))
                .bindMemory(to: SIMD4<Float>.self, capacity: width + grid.columns + 1)
            row.update(repeating: .zero, count: width)
            grid.row(y, of: motion, into: row + width)
            second.withSamples {
                Warp.addRow(
                    $0, rowStride: second.rowStride, width: width, height: height, y: y, nodes: row + width,
                    node: grid.across.node, fraction: grid.across.fraction, into: row)
            }
            first.withRow(y) { own in
                brought.withMutableRow(y) { sums[y] = Warp.compare(own, row, width: width, into: $0) }
            }
        }
        let sum = (0..<height).reduce(SIMD2<Double>.zero) { $0 + sums[$1] }
        return Found(
            error: sum.y > 0 ? (sum.x / (3 * sum.y)).squareRoot() / 255 : 0,
            visible: sum.y / Double(width * height))
    }
}
