import Kernels

extension Bench {
    /// Single products on one thread, by OpenBLAS and by each row: what ARCHITECTURE.md's choice between them rests on.
    func products() {
        guard wants("product") else { return }
        for (m, n, k) in [(30, 16, 16), (48, 64, 64), (30, 128, 128), (384, 32, 144)] {
            let (a, b) = (floats(m * k), floats(k * n))
            let rounds = max(500_000_000 / (m * n * k), 1)
            let expected = (0..<m * n).map { i in
                Float((0..<k).reduce(0.0) { $0 + Double(a[i / n * k + $1]) * Double(b[$1 * n + i % n]) })
            }
            var c = [Float](repeating: 0, count: m * n)
            func time(_ name: String, row: String = "", _ run: (UnsafeMutablePointer<Float>) -> Void) {
                c = [Float](repeating: .nan, count: m * n)
                c.withUnsafeMutableBufferPointer { run($0.baseAddress!) }
                measure(
                    "product", "(\(m), \(n), \(k)) by \(name)", row: row, count: 0,
                    deviation: Self.deviation(c, expected), bound: 1e-5,
                    work: 2e-9 * Double(m * n * k * rounds), unit: "GFLOP/s"
                ) {
                    c.withUnsafeMutableBufferPointer { c in
                        for _ in 0..<rounds { run(c.baseAddress!) }
                    }
                }
            }
            time("OpenBLAS") { OpenBLAS.multiply(a, k, b, n, into: $0, n, m: m, n: n, k: k) }
            for row in rows {
                var packed = [Float](repeating: 0, count: row.gemm.packedCount(k: k, n: n))
                row.gemm.pack(b, stride: n, k: k, n: n, into: &packed)
                time("tile", row: row.name) {
                    row.gemm.multiply(PackedGemm.Left(a, rowStride: k), packed, into: $0, n, m: m, n: n, k: k)
                }
            }
        }
    }
}
