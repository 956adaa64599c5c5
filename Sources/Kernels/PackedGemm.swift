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
    /// Depth of a pass: a panel's 16 KB stay in L1 while all rows of A go by.
    private static let depth = 256

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

    /// C [m, paddedWidth(n)] = A B.
    ///
    /// A row of A may come in `segments` pieces of k / segments floats, `segmentStride` apart: the lines that a
    /// convolution's window reaches over.
    package static func multiply(
        _ a: UnsafePointer<Float>, _ aStride: Int, segments: Int = 1, segmentStride: Int = 0,
        _ packed: UnsafePointer<Float>, into c: UnsafeMutablePointer<Float>, _ cStride: Int, m: Int, n: Int, k: Int
    ) {
        let padded = paddedWidth(n)
        let length = k / segments
        var first = 0
        while first < padded {
            let width = min(panel, padded - first)
            var b = packed + first * k
            for segment in 0..<segments {
                var start = 0
                while start < length {
                    let count = min(depth, length - start)
                    let from = a + segment * segmentStride + start
                    let fresh = segment == 0 && start == 0
                    var row = 0
                    while row < m {
                        let rows = min(tile, m - row)
                        let to = c + row * cStride + first
                        if width == panel {
                            wide(from + row * aStride, aStride, b, to, cStride, rows, count, fresh)
                        } else {
                            narrow(from + row * aStride, aStride, b, to, cStride, rows, count, fresh)
                        }
                        row += rows
                    }
                    b += count * width
                    start += count
                }
            }
            first += width
        }
    }

    /// Up to 6 rows x 16 columns in registers. Rows that are missing are read from the last there is and not stored.
    @inline(never)
    private static func wide(
        _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>,
        _ cStride: Int, _ rows: Int, _ k: Int, _ fresh: Bool
    ) {
        let last = rows - 1
        let a0 = a
        let a1 = a + min(1, last) * aStride
        let a2 = a + min(2, last) * aStride
        let a3 = a + min(3, last) * aStride
        let a4 = a + min(4, last) * aStride
        let a5 = a + min(5, last) * aStride
        var (s00, s01, s10, s11) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
        var (s20, s21, s30, s31) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
        var (s40, s41, s50, s51) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
        if !fresh {
            (s00, s01) = (load(c), load(c + 8))
            if rows > 1 { (s10, s11) = (load(c + cStride), load(c + cStride + 8)) }
            if rows > 2 { (s20, s21) = (load(c + 2 * cStride), load(c + 2 * cStride + 8)) }
            if rows > 3 { (s30, s31) = (load(c + 3 * cStride), load(c + 3 * cStride + 8)) }
            if rows > 4 { (s40, s41) = (load(c + 4 * cStride), load(c + 4 * cStride + 8)) }
            if rows > 5 { (s50, s51) = (load(c + 5 * cStride), load(c + 5 * cStride + 8)) }
        }
        var b = b
        for i in 0..<k {
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

    /// Up to 6 rows x 8 columns; for the last columns of widths that are no multiple of 16.
    @inline(never)
    private static func narrow(
        _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>,
        _ cStride: Int, _ rows: Int, _ k: Int, _ fresh: Bool
    ) {
        let last = rows - 1
        let a0 = a
        let a1 = a + min(1, last) * aStride
        let a2 = a + min(2, last) * aStride
        let a3 = a + min(3, last) * aStride
        let a4 = a + min(4, last) * aStride
        let a5 = a + min(5, last) * aStride
        var (s0, s1, s2) = (Lanes.zero, Lanes.zero, Lanes.zero)
        var (s3, s4, s5) = (Lanes.zero, Lanes.zero, Lanes.zero)
        if !fresh {
            s0 = load(c)
            if rows > 1 { s1 = load(c + cStride) }
            if rows > 2 { s2 = load(c + 2 * cStride) }
            if rows > 3 { s3 = load(c + 3 * cStride) }
            if rows > 4 { s4 = load(c + 4 * cStride) }
            if rows > 5 { s5 = load(c + 5 * cStride) }
        }
        var b = b
        for i in 0..<k {
            let b0 = load(b)
            s0.addProduct(Lanes(repeating: a0[i]), b0)
            s1.addProduct(Lanes(repeating: a1[i]), b0)
            s2.addProduct(Lanes(repeating: a2[i]), b0)
            s3.addProduct(Lanes(repeating: a3[i]), b0)
            s4.addProduct(Lanes(repeating: a4[i]), b0)
            s5.addProduct(Lanes(repeating: a5[i]), b0)
            b += 8
        }
        store(s0, c)
        if rows > 1 { store(s1, c + cStride) }
        if rows > 2 { store(s2, c + 2 * cStride) }
        if rows > 3 { store(s3, c + 3 * cStride) }
        if rows > 4 { store(s4, c + 4 * cStride) }
        if rows > 5 { store(s5, c + 5 * cStride) }
    }
}
