internal import COpenBLAS

/// Matrix products by OpenBLAS on one thread: our own threads share the work out as panels whose shapes do not depend
/// on how many threads there are, so that a result's bits do not either.
package enum Gemm {
    private static let oneThread: Void = openblas_set_num_threads(1)

    /// Holds OpenBLAS to one thread. Everything that multiplies calls this once before it starts.
    package static func prepare() { _ = oneThread }

    /// What OpenBLAS took this CPU for; it chooses its kernels by it.
    package static var coreName: String { String(cString: openblas_get_corename()) }
    package static var configuration: String { String(cString: openblas_get_config()) }

    /// C [m, n] = scale A [m, k] B [k, n], or B [n, k] transposed. All are row-major, their rows `aStride`, `bStride`,
    /// `cStride` floats apart.
    @inline(__always)
    package static func multiply(
        _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>, _ bStride: Int,
        into c: UnsafeMutablePointer<Float>, _ cStride: Int, m: Int, n: Int, k: Int, scale: Float = 1,
        transposed: Bool = false
    ) {
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans, Int32(m), Int32(n), Int32(k), scale, a,
            Int32(aStride), b, Int32(bStride), 0, c, Int32(cStride))
    }
}
