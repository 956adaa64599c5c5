internal import CKernels

/// Matrix products with a right side that was packed beforehand: C [m, n] = A [m, k] B [k, n].
///
/// B lies in panels of columns and A is read as it stands: where k and n are a network's channel counts (16 to 128) and
/// B is a layer's weights, packing both anew in every call, as OpenBLAS does, costs more than it gains. Every value of C
/// is summed over k in order by fused multiply-adds. So its bits depend on its row and its column alone: not on m, on
/// the panel, on the team, or on which row of `KernelTable` multiplies.
package struct PackedGemm: Sendable {
    /// Rows of a register tile.
    package let tile: Int
    /// Columns of a panel. The last panel may be narrower.
    package let panel: Int
    /// Columns come in whole vectors of as many floats.
    package let vector: Int
    /// Depth of a pass: a panel of 16 columns takes 20 KB, which stay in L1 while all rows of A go by.
    private let depth: Int
    let level: stylevideo_level

    init(_ level: stylevideo_level) {
        self.level = level
        (tile, vector, panel) = (level.rows, level.lanes, 2 * level.lanes)
        depth = 5120 / panel
    }

    /// How A lies: rows `rowStride` floats apart, each in `segments` pieces that are `segmentStride` apart, which are
    /// the lines that a convolution's window reaches over.
    package struct Left {
        package var base: UnsafePointer<Float>
        package var rowStride: Int
        package var segments = 1
        package var segmentStride = 0

        package init(
            _ base: UnsafePointer<Float>, rowStride: Int, segments: Int = 1, segmentStride: Int = 0
        ) {
            (self.base, self.rowStride, self.segments, self.segmentStride) = (base, rowStride, segments, segmentStride)
        }
    }

    /// Columns of C that are written: n up to a whole vector.
    package func paddedWidth(_ n: Int) -> Int { (n + vector - 1) / vector * vector }

    /// Floats that B [k, n] takes when packed.
    package func packedCount(k: Int, n: Int) -> Int { k * paddedWidth(n) }

    /// Packs B [k, n], rows `stride` floats apart; columns beyond n are zero.
    package func pack(
        _ b: UnsafePointer<Float>, stride: Int, k: Int, n: Int, into packed: UnsafeMutablePointer<Float>
    ) {
        let padded = paddedWidth(n)
        var first = 0
        while first < padded {
            let width = min(panel, padded - first)
            let to = packed + first * k
            for row in 0..<k {
                for column in 0..<width {
                    to[row * width + column] = first + column < n ? b[row * stride + first + column] : 0
                }
            }
            first += width
        }
    }

    /// C [m, paddedWidth(n)] = A B, plus `bias` of each column, rectified if asked for.
    /// - Parameter bias: paddedWidth(n) floats, or nil for zero.
    package func multiply(
        _ a: Left, _ packed: UnsafePointer<Float>, into c: UnsafeMutablePointer<Float>, _ cStride: Int, m: Int, n: Int,
        k: Int, bias: UnsafePointer<Float>? = nil, rectify: Bool = false
    ) {
        let padded = paddedWidth(n)
        let length = k / a.segments
        // Short segments go several in one pass, long ones in several passes.
        let together = max(min(depth / length, a.segments), 1)
        var first = 0
        while first < padded {
            let width = min(panel, padded - first)
            var b = packed + first * k
            var segment = 0
            var start = 0
            while segment < a.segments {
                let count = min(depth, length - start)
                let segments = min(together, a.segments - segment)
                let ends = segment + segments == a.segments && start + count == length
                var pass = stylevideo_pass(
                    segments: segments, segment_stride: a.segmentStride, length: count, step: 1, b_stride: width,
                    bias: bias.map { $0 + first }, continues: segment > 0 || start > 0, rectifies: rectify && ends)
                let from = a.base + segment * a.segmentStride + start
                level.product(from, a.rowStride, b, c + first, cStride, m, width, &pass)
                b += segments * count * width
                start += count
                if start == length {
                    start = 0
                    segment += segments
                }
            }
            first += width
        }
    }

    /// C [m, n] = A B where neither was packed: n in whole vectors.
    /// - Parameters:
    ///   - aStride, aStep: floats from one row of A to the next, and from one value of a row to the next.
    ///   - bStride: floats from one row of B [k, n] to the next.
    func multiply(
        _ a: UnsafePointer<Float>, _ aStride: Int, _ aStep: Int, _ b: UnsafePointer<Float>, _ bStride: Int,
        into c: UnsafeMutablePointer<Float>, _ cStride: Int, m: Int, n: Int, k: Int
    ) {
        for first in stride(from: 0, to: n, by: panel) {
            for start in stride(from: 0, to: k, by: depth) {
                var pass = stylevideo_pass(
                    segments: 1, segment_stride: 0, length: min(depth, k - start), step: aStep, b_stride: bStride,
                    bias: nil, continues: start > 0, rectifies: false)
                level.product(
                    a + start * aStep, aStride, b + start * bStride + first, c + first, cStride, m,
                    min(panel, n - first), &pass)
            }
        }
    }
}
