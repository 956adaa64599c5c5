import Foundation
import Kernels
import Testing

@Suite struct ExponentialTests {
    @Test func isExactToFloatRounding() {
        var worst = 0.0
        for i in -87_000...88_000 {
            let x = Float(i) / 1000
            let actual = Double(exponential(Lanes(repeating: x))[3])
            worst = max(worst, abs(actual / exp(Double(x)) - 1))
        }
        #expect(worst < 2e-7)
        #expect(exponential(.zero) == Lanes(repeating: 1))
    }

    @Test func staysFiniteBeyondItsRange() {
        let v = exponential(Lanes(-1e30, -100, 100, 1e30, -.infinity, .infinity, 0, 1))
        for i in 0..<8 { #expect(v[i].isFinite && v[i] > 0) }
        #expect(v[0] < 1.3e-38 && v[4] == v[0] && v[5] == v[3])
    }
}
