import Imaging
import Kernels

/// Nodes over a picture, one in the middle of every `side` x `side` pixels.
struct NodeGrid {
    let columns: Int
    let rows: Int
    let across: Warp.Axis
    private let down: Warp.Axis

    init(columns: Int, rows: Int, side: Int, width: Int, height: Int) {
        (self.columns, self.rows) = (columns, rows)
        across = Warp.Axis(pixels: width, nodes: columns, side: side)
        down = Warp.Axis(pixels: height, nodes: rows, side: side)
    }

    /// The nodes of a row of pixels, and the last again: `columns` + 1.
    func row(_ y: Int, of nodes: UnsafePointer<SIMD4<Float>>, into to: UnsafeMutablePointer<SIMD4<Float>>) {
        let first = Int(down.node[y])
        Warp.nodes(
            nodes + first * columns, nodes + min(first + 1, rows - 1) * columns, fraction: down.fraction[y],
            count: columns, into: to)
    }
}

extension Frame {
    func withRow(_ y: Int, _ body: (Samples) -> Void) { withSamples { body($0 + y * rowStride) } }

    func withMutableRow(_ y: Int, _ body: (MutableSamples) -> Void) { withMutableSamples { body($0 + y * rowStride) } }
}
