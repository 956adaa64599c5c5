import Media
import Tensors

/// Of the program and the libraries that it runs with.
public enum Versions {
    public static let program = "0.1.0"

    /// The level of this CPU for which kernels are chosen.
    public static var cpuLevel: String { CPULevel.name }

    /// The name under which OpenBLAS's own level is.
    static let blasCore = "openblasCore"

    /// By name.
    public static var all: [String: String] {
        var versions = LibraryVersions.all
        versions["stylevideo"] = program
        versions["openblas"] = BLAS.version
        versions[blasCore] = BLAS.core
        return versions
    }
}
