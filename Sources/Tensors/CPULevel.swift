package import Kernels
package import Machine

/// The kernels that the program runs with: the best that this CPU has, lowered by the variable `STYLEVIDEO_CPU`.
public enum CPULevel {
    /// The environment variable that lowers it.
    public static var variable: String { KernelTable.variable }
    /// Its name, as "avx2".
    public static var name: String { KernelTable.row.name }

    /// Throws where `STYLEVIDEO_CPU` names a level that there is not (`usage`), or that this CPU lacks (`unavailable`).
    /// Without this call such a name is passed over.
    public static func check() throws {
        do {
            try KernelTable.check()
        } catch {
            throw CPULevelError(error)
        }
    }
}

/// Why a level of kernels cannot be had.
package struct CPULevelError: Trouble {
    private let refusal: KernelTable.Refusal

    package init(_ refusal: KernelTable.Refusal) { self.refusal = refusal }

    package var trouble: TroubleKind {
        switch refusal {
        case .unknown: .usage
        case .lacking: .unavailable
        }
    }

    package var description: String {
        switch refusal {
        case .unknown(let name, let known):
            "there are no kernels \(printable(name)) for \(KernelTable.variable); there are \(Self.list(known))"
        case .lacking(let name, let running):
            "this CPU cannot run the kernels \(name) that \(KernelTable.variable) names; it runs \(Self.list(running))"
        }
    }

    private static func list(_ names: [String]) -> String { names.joined(separator: " and ") }
}
