import Media
import Tensors

/// Of the program and the libraries that it runs with.
public enum Versions {
    public static let program = "0.2.0"

    /// Of our own arithmetic: raised with every change, however small, of the bits of any painting, so that no job is
    /// begun by one build and ended by another that paints otherwise.
    static let arithmetic = 3

    /// The level of this CPU for which kernels are chosen.
    public static var cpuLevel: String { CPULevel.name }

    /// By name.
    public static var all: [String: String] {
        var versions = LibraryVersions.all
        versions["stylevideo"] = program
        versions["arithmetic"] = String(arithmetic)
        return versions
    }
}
