/// Matrix products with a right side that was packed beforehand: C [m, n] = A [m, k] B [k, n].
///
/// OpenBLAS packs both sides anew in every call, which costs more than it gains where k and n are a network's channel
/// counts (16 to 128) and B is a layer's weights. Here B lies in panels of 16 columns and A is read as it stands. Every
/// value of C is summed over k in order by fused multiply-adds, so its bits depend on its row and its column alone,
/// not on m, on the panel, or on the team.
package enum PackedGemm {
    /// Columns of a panel; the last one may be 8 wide.
    package static let panel = 16
    /// Rows of a register tile.
    package static let tile = 6
    /// Depth of a pass: a panel's 20 KB stay in L1 while all rows of A go by.
    private static let depth = 320

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

    /// One pass over `segments` pieces of `length` floats, for one register tile.
    private struct Pass {
        var segments, segmentStride, length: Int
        /// What the sums start from: the bias of the panel's columns, C itself, or (neither) zero.
        var bias: UnsafePointer<Float>?
        var continues: Bool
        /// Whether negative sums become 0: in the last pass only.
        var rectifies: Bool
    }

    /// Columns of C that are written: n up to a whole vector.
    package static func paddedWidth(_ n: Int) -> Int { (n + 7) / 8 * 8 }

    /// Floats that B [k, n] takes when packed.
    package static func packedCount(k: Int, n: Int) -> Int { k * paddedWidth(n) }

    /// Packs B [k, n], rows `stride` floats apart; columns beyond n are zero.
    package static func pack(
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
    package static func multiply(
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
                let pass = Pass(
                    segments: segments, segmentStride: a.segmentStride, length: count, bias: bias.map { $0 + first },
                    continues: segment > 0 || start > 0, rectifies: rectify && ends)
                let from = a.base + segment * a.segmentStride + start
                var row = 0
                while row < m {
                    let rows = min(tile, m - row)
                    let to = c + row * cStride + first
                    if width == panel {
                        wide(from + row * a.rowStride, a.rowStride, b, to, cStride, rows, pass)
                    } else {
                        narrow(from + row * a.rowStride, a.rowStride, b, to, cStride, rows, pass)
                    }
                    row += rows
                }
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

    /// Up to 6 rows x 16 columns in registers. Rows that are missing are read from the last there is and not stored.
    @inline(never)
    private static func wide(
        _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>,
        _ cStride: Int, _ rows: Int, _ pass: Pass
    ) {
        let last = rows - 1
        var a0 = a
        var a1 = a + min(1, last) * aStride
        var a2 = a + min(2, last) * aStride
        var a3 = a + min(3, last) * aStride
        var a4 = a + min(4, last) * aStride
        var a5 = a + min(5, last) * aStride
        var (s00, s01) = start(pass, c)
        var (s10, s11) = start(pass, c + min(1, last) * cStride)
        var (s20, s21) = start(pass, c + min(2, last) * cStride)
        var (s30, s31) = start(pass, c + min(3, last) * cStride)
        var (s40, s41) = start(pass, c + min(4, last) * cStride)
        var (s50, s51) = start(pass, c + min(5, last) * cStride)
        var b = b
        for _ in 0..<pass.segments {
            for i in 0..<pass.length {
                let (b0, b1) = (load(b), load(b + 8))
                var v = Lanes(repeating: a0[i])
                s00.addProduct(v, b0)
                s01.addProduct(v, b1)
                v = Lanes(repeating: a1[i])
                s10.addProduct(v, b0)
                s11.addProduct(v, b1)
                v = Lanes(repeating: a2[i])
                s20.addProduct(v, b0)
                s21.addProduct(v, b1)
                v = Lanes(repeating: a3[i])
                s30.addProduct(v, b0)
                s31.addProduct(v, b1)
                v = Lanes(repeating: a4[i])
                s40.addProduct(v, b0)
                s41.addProduct(v, b1)
                v = Lanes(repeating: a5[i])
                s50.addProduct(v, b0)
                s51.addProduct(v, b1)
                b += 16
            }
            a0 += pass.segmentStride
            a1 += pass.segmentStride
            a2 += pass.segmentStride
            a3 += pass.segmentStride
            a4 += pass.segmentStride
            a5 += pass.segmentStride
        }
        if pass.rectifies {
            (s00, s01, s10, s11) = (s00.rectified, s01.rectified, s10.rectified, s11.rectified)
            (s20, s21, s30, s31) = (s20.rectified, s21.rectified, s30.rectified, s31.rectified)
            (s40, s41, s50, s51) = (s40.rectified, s41.rectified, s50.rectified, s51.rectified)
        }
        store(s00, c)
        store(s01, c + 8)
        if rows > 1 {
            store(s10, c + cStride)
            store(s11, c + cStride + 8)
        }
        if rows > 2 {
            store(s20, c + 2 * cStride)
            store(s21, c + 2 * cStride + 8)
        }
        if rows > 3 {
            store(s30, c + 3 * cStride)
            store(s31, c + 3 * cStride + 8)
        }
        if rows > 4 {
            store(s40, c + 4 * cStride)
            store(s41, c + 4 * cStride + 8)
        }
        if rows > 5 {
            store(s50, c + 5 * cStride)
            store(s51, c + 5 * cStride + 8)
        }
    }

    @inline(__always)
    private static func start(_ pass: Pass, _ c: UnsafeMutablePointer<Float>) -> (Lanes, Lanes) {
        if pass.continues { return (load(c), load(c + 8)) }
        guard let bias = pass.bias else { return (.zero, .zero) }
        return (load(bias), load(bias + 8))
    }

    /// Up to 6 rows x 8 columns; for the last columns of widths that are no multiple of 16.
    @inline(never)
    private static func narrow(
        _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>,
        _ cStride: Int, _ rows: Int, _ pass: Pass
    ) {
        let last = rows - 1
        var a0 = a
        var a1 = a + min(1, last) * aStride
        var a2 = a + min(2, last) * aStride
        var a3 = a + min(3, last) * aStride
        var a4 = a + min(4, last) * aStride
        var a5 = a + min(5, last) * aStride
        func start(_ row: Int) -> Lanes {
            if pass.continues { return load(c + min(row, last) * cStride) }
            return pass.bias.map { load($0) } ?? .zero
        }
        var (s0, s1, s2, s3, s4, s5) = (start(0), start(1), start(2), start(3), start(4), start(5))
        var b = b
        for _ in 0..<pass.segments {
            for i in 0..<pass.length {
                let b0 = load(b)
                s0.addProduct(Lanes(repeating: a0[i]), b0)
                s1.addProduct(Lanes(repeating: a1[i]), b0)
                s2.addProduct(Lanes(repeating: a2[i]), b0)
                s3.addProduct(Lanes(repeating: a3[i]), b0)
                s4.addProduct(Lanes(repeating: a4[i]), b0)
                s5.addProduct(Lanes(repeating: a5[i]), b0)
                b += 8
            }
            a0 += pass.segmentStride
            a1 += pass.segmentStride
            a2 += pass.segmentStride
            a3 += pass.segmentStride
            a4 += pass.segmentStride
            a5 += pass.segmentStride
        }
        if pass.rectifies {
            (s0, s1, s2) = (s0.rectified, s1.rectified, s2.rectified)
            (s3, s4, s5) = (s3.rectified, s4.rectified, s5.rectified)
        }
        store(s0, c)
        if rows > 1 { store(s1, c + cStride) }
        if rows > 2 { store(s2, c + 2 * cStride) }
        if rows > 3 { store(s3, c + 3 * cStride) }
        if rows > 4 { store(s4, c + 4 * cStride) }
        if rows > 5 { store(s5, c + 5 * cStride) }
    }
}
