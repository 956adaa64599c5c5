import Foundation
import Kernels
import TestSupport
import Testing

/// e^x through the sigmoid 1 / (1 + e^-x), which is e^x where that is small.
@Suite struct ExponentialTests {
    private static func sigmoid(_ values: [Float], scale: Float = 1, _ row: KernelTable.Row) -> [Float] {
        let to = Guarded(values)
        row.sigmoid(to.base, values.count, scale: scale)
        #expect(to.isIntact)
        return to.values
    }

    @Test(arguments: rows) func isTrueToABitOrTwo(row: KernelTable.Row) {
        let values = (0...30_011).map { Float($0) / 30_011 * 174 - 87 }
        let worst = zip(values, Self.sigmoid(values, row)).map { x, actual in
            abs(Double(actual) * (1 + exp(-Double(x))) - 1)
        }.max()!
        #expect(worst < 3e-7)
    }

    @Test(arguments: rows) func staysFiniteBeyondTheEnds(row: KernelTable.Row) {
        let ends = Self.sigmoid([-1e30, -.infinity, 0, .infinity, 1e30, -200, 200], row)
        #expect(ends[2] == 0.5 && ends[3] == 1 && ends[4] == 1 && ends[6] == 1)
        #expect([ends[0], ends[1], ends[5]].allSatisfy { $0 > 0 && $0 < 1e-37 })
    }

    @Test(arguments: rows) func aScaleMultiplies(row: KernelTable.Row) {
        #expect(Self.sigmoid([0.25, -3], scale: 2, row) == Self.sigmoid([0.5, -6], row))
    }
}
