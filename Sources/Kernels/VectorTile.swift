internal import CKernels

/// The register tile in `Lanes`: AVX2 on x86-64, NEON on arm64.
enum VectorTile {
    /// 6 rows x 16 columns: twelve registers of sums out of AVX2's sixteen.
    static let gemm = PackedGemm(tile: 6, panel: 16, vector: 8) { a, aStride, b, c, cStride, rows, columns, pass in
        if columns == 16 {
            wide(a, aStride, b, c, cStride, rows, pass)
        } else {
            narrow(a, aStride, b, c, cStride, rows, pass)
        }
    }

    /// Rows that are missing are read from the last there is and not stored.
    @inline(never)
    private static func wide(
        _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>,
        _ cStride: Int, _ rows: Int, _ pass: UnsafePointer<stylevideo_pass>
    ) {
        let pass = pass.pointee
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
            a0 += pass.segment_stride
            a1 += pass.segment_stride
            a2 += pass.segment_stride
            a3 += pass.segment_stride
            a4 += pass.segment_stride
            a5 += pass.segment_stride
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
    private static func start(_ pass: stylevideo_pass, _ c: UnsafeMutablePointer<Float>) -> (Lanes, Lanes) {
        if pass.continues { return (load(c), load(c + 8)) }
        guard let bias = pass.bias else { return (.zero, .zero) }
        return (load(bias), load(bias + 8))
    }

    /// Up to 6 rows x 8 columns; for the last columns of widths that are no multiple of 16.
    @inline(never)
    private static func narrow(
        _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>,
        _ cStride: Int, _ rows: Int, _ pass: UnsafePointer<stylevideo_pass>
    ) {
        let pass = pass.pointee
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
            a0 += pass.segment_stride
            a1 += pass.segment_stride
            a2 += pass.segment_stride
            a3 += pass.segment_stride
            a4 += pass.segment_stride
            a5 += pass.segment_stride
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
