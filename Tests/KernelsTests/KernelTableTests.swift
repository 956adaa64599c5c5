import Kernels
import Testing

/// The rows of the table that this CPU runs. Those that it lacks are told: nothing proves them here.
let rows = {
    for row in KernelTable.rows where !row.runs { print("not proven: the kernels \(row.name), which this CPU lacks") }
    return KernelTable.rows.filter(\.runs)
}()

/// A row's product, of floats or of pairs in bfloat16.
struct Multiplier: Sendable, CustomTestStringConvertible {
    let row: KernelTable.Row
    let isPaired: Bool
    var gemm: PackedGemm { isPaired ? row.pairedGemm : row.gemm }
    var testDescription: String { row.name + (isPaired ? " in pairs" : "") }

    /// Numbers that it multiplies as they are: cut off to bfloat16's bits.
    func exact(_ values: [Float]) -> [Float] {
        isPaired ? values.map { Float(bitPattern: $0.bitPattern & 0xffff_0000) } : values
    }

    /// A [m, k] as it takes it; of pairs the upper halves.
    func left(_ a: [Float], k: Int) -> [Float] {
        guard isPaired else { return a }
        return stride(from: 0, to: a.count, by: k).flatMap { row in
            stride(from: row, to: row + k, by: 2).map { (first: Int) -> Float in
                let second = first + 1 < row + k ? a[first + 1].bitPattern & 0xffff_0000 : 0
                return Float(bitPattern: a[first].bitPattern >> 16 | second)
            }
        }
    }
}

let multipliers = rows.flatMap { row in [false, true].map { Multiplier(row: row, isPaired: $0) } }

extension KernelTable.Row: CustomTestStringConvertible {
    public var testDescription: String { name }
}

@Suite struct KernelTableTests {
    /// A table whose best row this CPU lacks.
    private static let table = ["plain", "narrow", "wide"].map {
        KernelTable.Row(name: $0, runs: $0 != "wide", like: KernelTable.row)
    }

    @Test(arguments: [nil, ""]) func theBestThatRunsIsTaken(name: String?) throws {
        #expect(try KernelTable.choose(name, from: Self.table).name == "narrow")
        #expect(try KernelTable.choose(name, from: Array(Self.table.reversed())).name == "plain")
    }

    @Test func aNamedRowIsTaken() throws {
        for row in rows { #expect(try KernelTable.choose(row.name, from: KernelTable.rows).name == row.name) }
        #expect(try KernelTable.choose("plain", from: Self.table).name == "plain")
    }

    @Test func whatCannotBeHadIsRefused() {
        #expect(throws: KernelTable.Refusal.lacking(name: "wide", running: ["plain", "narrow"])) {
            try KernelTable.choose("wide", from: Self.table)
        }
        for name in ["avx", "Plain", "plain "] {
            #expect(throws: KernelTable.Refusal.unknown(name: name, known: ["plain", "narrow", "wide"])) {
                try KernelTable.choose(name, from: Self.table)
            }
        }
    }

    /// Panels in the table are whole vectors.
    @Test(arguments: KernelTable.rows) func packingIsInWholeVectors(row: KernelTable.Row) {
        #expect(row.gemm.vector > 0 && row.gemm.panel % row.gemm.vector == 0 && row.gemm.tile > 0)
    }
}
