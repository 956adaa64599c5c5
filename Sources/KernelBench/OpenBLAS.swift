internal import COpenBLAS

/// Matrix products by OpenBLAS on one thread, to be measured against.
enum OpenBLAS {
    private static let oneThread: Void = openblas_set_num_threads(1)

    /// Holds OpenBLAS to one thread.
    static func prepare() { _ = oneThread }

    /// What OpenBLAS took this CPU for; it chooses its kernels by it.
    static var coreName: String { String(cString: openblas_get_corename()) }

    /// C [m, n] = scale A [m, k] B [k, n], or B [n, k] transposed. All are row-major, their rows `aStride`, `bStride`,
    /// `cStride` floats apart.
    @inline(__always)
    static func multiply(
        _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>, _ bStride: Int,
        into c: UnsafeMutablePointer<Float>, _ cStride: Int, m: Int, n: Int, k: Int, scale: Float = 1,
        transposed: Bool = false
    ) {
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans, Int32(m), Int32(n), Int32(k), scale, a,
            Int32(aStride), b, Int32(bStride), 0, c, Int32(cStride))
    }
}
