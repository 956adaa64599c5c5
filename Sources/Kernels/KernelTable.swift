internal import CKernels
internal import Glibc

/// The kernels that differ by CPU level: a row for each level, the best last.
///
/// What is written in `Lanes` is compiled once, for the level that the whole program is built for. A row is for what
/// gains by more: its bodies are C functions with a target attribute, or come from a library of that level.
package enum KernelTable {
    /// One CPU level's kernels. Whoever packs by a row multiplies by the same row, so a layer keeps its row.
    package struct Row: Sendable {
        /// As `STYLEVIDEO_CPU` names it.
        package let name: String
        /// Whether this CPU, and the system on it, can run the row.
        package let runs: Bool
        package let gemm: PackedGemm

        package init(name: String, runs: Bool, gemm: PackedGemm) {
            (self.name, self.runs, self.gemm) = (name, runs, gemm)
        }
    }

    /// The environment variable that lowers the level.
    package static let variable = "STYLEVIDEO_CPU"

    /// All rows of this architecture, those that this CPU lacks among them.
    package static let rows = [
        Row(name: "plain", runs: true, gemm: PlainTile.gemm),
        Row(name: vectors, runs: true, gemm: VectorTile.gemm),
    ]

    /// What `Lanes` are built for. The program does not start where the CPU lacks it (CKernels).
    private static var vectors: String {
        #if arch(x86_64)
            "avx2"
        #elseif arch(arm64)
            "neon"
        #else
            "vectors"
        #endif
    }

    /// The row that everything takes, chosen once: the best that this CPU runs, or the one that the environment names.
    /// Where that name is refused it is the best; a program asks `check` first.
    package static let row = (try? chosen.get()) ?? best(of: rows)

    /// Refuses what `STYLEVIDEO_CPU` names, if this CPU or this table does not have it.
    package static func check() throws(Refusal) { _ = try chosen.get() }

    private static let chosen = Result { () throws(Refusal) in
        try choose(getenv(variable).map { String(cString: $0) }, from: rows)
    }

    /// The row of that name. The best that runs where no name, or an empty one, is given.
    package static func choose(_ name: String?, from rows: [Row]) throws(Refusal) -> Row {
        guard let name, !name.isEmpty else { return best(of: rows) }
        guard let row = rows.first(where: { $0.name == name }) else {
            throw .unknown(name: name, known: rows.map(\.name))
        }
        guard row.runs else { throw .lacking(name: name, running: rows.filter(\.runs).map(\.name)) }
        return row
    }

    private static func best(of rows: [Row]) -> Row { rows.last(where: \.runs)! }

    /// Why a level cannot be had.
    package enum Refusal: Error, Hashable {
        /// No row has that name.
        case unknown(name: String, known: [String])
        /// This CPU lacks it; `running` are the rows that it runs.
        case lacking(name: String, running: [String])
    }
}
