import Imaging
import Kernels
import Machine

/// Gives a mean of pictures the detail that one of them has. Averaging takes away what does not agree, and so would
/// blur; the detail that is left is made as strong as it was, in the neighbourhood's mean of gradients.
// Sendable: it belongs to one stage at a time; workers of a team write disjoint rows.
final class DetailKeeper: @unchecked Sendable {
    /// Pixels along a cell whose gradients are summed.
    private static let cell = 16
    /// More than 1: detail of 9 x 9 pixels is less than what the gradients see. Chosen on moving clips, whose gradient
    /// energy it brings back to 0.95 at least.
    private static let strength: Float = 1.4
    private static let mostGain: Float = 1.5
    /// Grey levels of gradient that are noise.
    private static let floor: Float = 0.5

    private let width: Int
    private let height: Int
    private let team: ThreadTeam
    private let columns: Int
    private let rows: Int
    private let grid: NodeGrid
    /// Sums of gradients of each cell: (of the mean, of the picture, -, -).
    private let sums: UnsafeMutablePointer<SIMD4<Float>>
    /// (gain, -, -, -) of each cell.
    private let gains: UnsafeMutablePointer<SIMD4<Float>>

    init(width: Int, height: Int, team: ThreadTeam) {
        (self.width, self.height, self.team) = (width, height, team)
        (columns, rows) = ((width + Self.cell - 1) / Self.cell, (height + Self.cell - 1) / Self.cell)
        grid = NodeGrid(columns: columns, rows: rows, side: Self.cell, width: width, height: height)
        (sums, gains) = (.allocate(capacity: columns * rows), .allocate(capacity: columns * rows))
        for cells in [sums, gains] { cells.initialize(repeating: .zero, count: columns * rows) }
    }

    deinit { for cells in [sums, gains] { cells.deallocate() } }

    func restore(_ mean: Frame, like picture: Frame, into frame: Frame) {
        team.run(rows, scratch: 3 * width) { row, worker in
            for (lane, frame) in [mean, picture].enumerated() {
                sum(frame, row, team.scratch(worker, 3 * width)) { sums[row * columns + $0][lane] = $1 }
            }
        }
        for row in 0..<rows { for column in 0..<columns { gains[row * columns + column].x = gain(column, row) } }
        let scratch = Detail.scratchCount(width: width) + 3 * width + 4 * (columns + 1)
        team.run(height, scratch: scratch) { y, worker in
            amplify(mean, picture, y, team.scratch(worker, scratch), into: frame)
        }
    }

    /// The gradients of a row of cells.
    private func sum(
        _ frame: Frame, _ row: Int, _ scratch: UnsafeMutablePointer<Float>, _ body: (_ column: Int, Float) -> Void
    ) {
        scratch.update(repeating: 0, count: 3 * width)
        for y in Self.cell * row..<min(Self.cell * (row + 1), height - 1) {
            frame.withRow(y) { Detail.addGradients($0, below: $0 + frame.rowStride, width: width, into: scratch) }
        }
        for column in 0..<columns {
            let components = 3 * Self.cell * column..<min(3 * Self.cell * (column + 1), 3 * width)
            body(column, components.reduce(0) { $0 + scratch[$1] })
        }
    }

    /// By the cell and those around it.
    private func gain(_ column: Int, _ row: Int) -> Float {
        var (sum, pixels) = (SIMD4<Float>.zero, 0)
        for y in max(row - 1, 0)...min(row + 1, rows - 1) {
            for x in max(column - 1, 0)...min(column + 1, columns - 1) {
                sum += sums[y * columns + x]
                pixels += Self.cell * Self.cell
            }
        }
        let gradient = sum / Float(3 * pixels)
        return min(max(Self.strength * (gradient.y / (gradient.x + Self.floor) - 1), 0), Self.mostGain)
    }

    private func amplify(
        _ mean: Frame, _ picture: Frame, _ y: Int, _ scratch: UnsafeMutablePointer<Float>, into frame: Frame
    ) {
        // First, for it is aligned.
        let nodes = UnsafeMutableRawPointer(scratch).bindMemory(to: SIMD4<Float>.self, capacity: columns + 1)
        let rowGains = scratch + 4 * (columns + 1)
        grid.row(y, of: gains, into: nodes)
        mean.withRow(y) { mean in
            picture.withRow(y) { own in
                for x in 0..<width {
                    let (node, fraction) = (Int(grid.across.node[x]), grid.across.fraction[x])
                    let gain = nodes[node].x + (nodes[node + 1].x - nodes[node].x) * fraction
                    // By the pixel: withheld from some of its channels, detail is coloured speckle.
                    let isSame = mean.hasPixel(3 * x, of: own)
                    for c in 0..<3 { rowGains[3 * x + c] = isSame ? 0 : gain }
                }
            }
        }
        mean.withSamples { pixels in
            frame.withMutableRow(y) {
                Detail.amplify(
                    pixels, rowStride: mean.rowStride, width: width, height: height, y: y, gains: rowGains,
                    scratch: rowGains + 3 * width, into: $0)
            }
        }
    }
}
