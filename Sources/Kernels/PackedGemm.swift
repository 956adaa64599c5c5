internal import CKernels

/// Matrix products with a right side that was packed beforehand: C [m, n] = A [m, k] B [k, n].
///
/// B lies in panels of columns and A is read as it stands: where k and n are a network's channel counts (16 to 128) and
/// B is a layer's weights, packing both anew in every call, as OpenBLAS does, costs more than it gains. Every value of
/// C is summed over k in order by fused multiply-adds. So its bits depend on its row and its column alone: not on m, on
/// the panel, on the team, or on which row of `KernelTable` multiplies.
///
/// Or A and B are of pairs: words of two numbers in bfloat16, which lie side by side in a row of A and one under the
/// other in a column of B. Their strides and sizes in memory are then of words. Sums and C are floats.
package struct PackedGemm: Sendable {
    package let isPaired: Bool
    /// Rows of a register tile.
    package let tile: Int
    /// Columns of a panel. The last panel may be narrower.
    package let panel: Int
    /// Columns come in whole vectors of as many floats.
    package let vector: Int
    /// Depth of a pass: a panel of 16 columns takes 20 KB, which stay in L1 while all rows of A go by.
    private let depth: Int
    let level: stylevideo_level

    init(_ level: stylevideo_level, isPaired: Bool) {
        (self.level, self.isPaired) = (level, isPaired)
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

    /// Of a word.
    package var numbers: Int { isPaired ? 2 : 1 }

    /// Words of so many numbers of a row of A.
    package func words(_ count: Int) -> Int { (count + numbers - 1) / numbers }

    /// Words that B [k, n] takes when packed.
    package func packedCount(k: Int, n: Int) -> Int { words(k) * paddedWidth(n) }

    /// Packs B [k, n], rows `stride` floats apart; columns beyond n are zero.
    package func pack(
        _ b: UnsafePointer<Float>, stride: Int, k: Int, n: Int, into packed: UnsafeMutablePointer<Float>
    ) {
        pack(k: k, n: n, into: packed) { row, column in Double(b[row * stride + column]) }
    }

    /// The same of numbers that are asked for, each rounded once.
    package func pack(
        k: Int, n: Int, into packed: UnsafeMutablePointer<Float>, value: (_ row: Int, _ column: Int) -> Double
    ) {
        let (padded, words) = (paddedWidth(n), words(k))
        func number(_ row: Int, _ column: Int) -> Double { row < k && column < n ? value(row, column) : 0 }
        var first = 0
        while first < padded {
            let width = min(panel, padded - first)
            let to = packed + first * words
            for word in 0..<words {
                for column in 0..<width {
                    to[word * width + column] =
                        isPaired
                        ? Self.pair(number(2 * word, first + column), number(2 * word + 1, first + column))
                        : Float(number(word, first + column))
                }
            }
            first += width
        }
    }

    /// Two numbers in bfloat16, the first in the lower half.
    private static func pair(_ first: Double, _ second: Double) -> Float {
        func bits(_ value: Double) -> UInt32 {
            guard value != 0 else { return 0 }
            // Of 8 bits, the first of which is not written.
            let unit = Double(sign: .plus, exponent: value.exponent - 7, significand: 1)
            return Float((value / unit).rounded(.toNearestOrEven) * unit).bitPattern
        }
        return Float(bitPattern: bits(first) >> 16 | bits(second))
    }

    /// C [m, paddedWidth(n)] = A B, plus `bias` of each column, rectified if asked for.
    /// - Parameters:
    ///   - k: of whole words, where A is in segments.
    ///   - bias: paddedWidth(n) floats, or nil for zero.
    package func multiply(
        _ a: Left, _ packed: UnsafePointer<Float>, into c: UnsafeMutablePointer<Float>, _ cStride: Int, m: Int, n: Int,
        k: Int, bias: UnsafePointer<Float>? = nil, rectify: Bool = false
    ) {
        let (padded, words) = (paddedWidth(n), words(k))
        let length = words / a.segments
        let product = isPaired ? level.product_of_pairs : level.product
        // Short segments go several in one pass, long ones in several passes.
        let together = max(min(depth / length, a.segments), 1)
        var first = 0
        while first < padded {
            let width = min(panel, padded - first)
            var b = packed + first * words
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
                product(from, a.rowStride, b, c + first, cStride, m, width, &pass)
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

    /// C [m, n] = A B of floats, where neither was packed: n in whole vectors.
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
