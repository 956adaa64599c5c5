internal import CKernels
internal import Glibc

/// The kernels that differ by CPU level: a row for each level, the best last.
///
/// What is written in `Lanes` is compiled once, for the level that the whole program is built for. What gains by more
/// is in CKernels: loops in C that are compiled once for each level, the same operations in the same order, so that all
/// rows give the same bits.
package enum KernelTable {
    /// One CPU level's kernels. Whoever packs by a row multiplies by the same row, so a layer keeps its row.
    package struct Row: Sendable {
        /// As `STYLEVIDEO_CPU` names it.
        package let name: String
        /// Whether this CPU, and the system on it, can run the row.
        package let runs: Bool
        let level: stylevideo_level
        package var gemm: PackedGemm { PackedGemm(level, isPaired: false) }
        /// Of pairs in bfloat16.
        package var pairedGemm: PackedGemm { PackedGemm(level, isPaired: true) }

        init(name: String, runs: Bool, _ level: stylevideo_level) {
            (self.name, self.runs, self.level) = (name, runs, level)
        }

        /// 1 / (1 + e^(-scale value)), in place.
        package func sigmoid(_ values: UnsafeMutablePointer<Float>, _ count: Int, scale: Float) {
            level.sigmoid(values, count, scale)
        }

        /// The same kernels by another name, for tests of the choice.
        package init(name: String, runs: Bool, like row: Row) {
            self.init(name: name, runs: runs, row.level)
        }
    }

    /// The environment variable that lowers the level.
    package static let variable = "STYLEVIDEO_CPU"

    /// All rows of this architecture, those that this CPU lacks among them.
    package static let rows: [Row] = {
        let plain = Row(name: "plain", runs: true, stylevideo_plain)
        #if arch(x86_64)
            // The program does not start where the CPU lacks AVX2 (CKernels).
            let isV4 = String(cString: stylevideo_cpu_level()) == "x86-64-v4"
            return [
                plain, Row(name: "avx2", runs: true, stylevideo_vectors),
                Row(name: "avx512", runs: isV4, stylevideo_avx512),
                Row(name: "avx512bf16", runs: stylevideo_has_bfloat16(), stylevideo_avx512bf16),
            ]
        #elseif arch(arm64)
            return [plain, Row(name: "neon", runs: true, stylevideo_vectors)]
        #else
            return [plain, Row(name: "vectors", runs: true, stylevideo_vectors)]
        #endif
    }()

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
