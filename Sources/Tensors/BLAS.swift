internal import Kernels

/// The OpenBLAS that the program runs with.
public enum BLAS {
    /// Its version, as "0.3.21".
    public static var version: String {
        let words = Gemm.configuration.split(separator: " ")
        return words.count > 1 ? String(words[1]) : "unknown"
    }

    /// What it took this CPU for. Its kernels, and so the last bits of a painting, differ from one to another.
    public static var core: String { Gemm.coreName }
}
