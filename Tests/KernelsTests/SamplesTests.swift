import Foundation
import Kernels
import TestSupport
import Testing

/// Components of 16 bits through the loops that bytes go through: what they give, written down in double.
@Suite struct SamplesTests {
    private static func words(_ count: Int, seed: Int) -> [UInt16] {
        var random = Seeded(seed)
        return (0..<count).map { _ in .random(in: 0...65535, using: &random) }
    }

    @Test(arguments: [0, 1, 7, 8, 9, 31]) func wordsAreNarrowedToTheNearest(count: Int) {
        let values = (0..<count).map { Float($0 * 13 - 20) / 311 }
        let output = Guarded<UInt16>(count, wall: 77)
        Pixels.narrow(values, count: count, into: MutableSamples(output.base, isWide: true))
        for (value, word) in zip(values, output.values) {
            #expect(abs(Double(word) - min(max(Double(value) * 65535, 0), 65535)) <= 0.51)
        }
        #expect(output.isIntact)
    }

    /// A word of 257 times a byte is that byte's level, exactly; others lie between.
    @Test(arguments: [1, 9, 20]) func wordsAreWidenedToLevels(count: Int) {
        var words = Self.words(3 * count, seed: count)
        for i in words.indices where i % 2 == 0 { words[i] = words[i] / 257 * 257 }
        let wide = Guarded(output: 3 * count)
        words.withUnsafeBytes {
            Pixels.widen(
                Samples($0.baseAddress!, isWide: true), width: count, columns: 0..<count, scale: [1, 1, 1, 0],
                offset: .zero, into: wide.base)
        }
        for (i, word) in words.enumerated() {
            #expect(abs(Double(wide.values[i]) - Double(word) / 257) < 2e-5)
            if word % 257 == 0 { #expect(wide.values[i] == Float(word / 257)) }
        }
        #expect(wide.isIntact)
    }

    @Test(arguments: [2, 5, 8, 13]) func wordsAreResampled(side: Int) {
        for (target, filter) in [(1, Resample.Filter.lanczos3), (7, .area), (20, .lanczos3), (9, .area)] {
            let source = Self.words(3 * side * side, seed: side)
            let weights = Resample.Weights(from: side, to: target, filter: filter)
            let pixels = Guarded(output: 4 * side)
            let between = Guarded<UInt16>(3 * target * side, wall: 77)
            let output = Guarded<UInt16>(3 * target * target, wall: 77)
            source.withUnsafeBytes { from in
                for y in 0..<side {
                    Resample.alongRow(
                        Samples(from.baseAddress! + 6 * y * side, isWide: true), width: side, weights: weights,
                        pixels: pixels.base, into: MutableSamples(between.base + 3 * y * target, isWide: true))
                }
            }
            for y in 0..<target {
                Resample.downColumns(
                    Samples(between.base, isWide: true), rowStride: 6 * target, y: y, weights: weights,
                    count: 3 * target, into: MutableSamples(output.base + 3 * y * target, isWide: true))
            }
            func sum(_ place: Int, _ value: (Int) -> Double) -> Double {
                let sum = (0..<weights.count[place]).reduce(0.0) {
                    $0 + Double(weights.values[place * weights.stride + $1]) * value(weights.first[place] + $1)
                }
                return min(max(sum, 0), 65535)
            }
            for i in 0..<3 * target * target {
                let (x, y, c) = (i / 3 % target, i / 3 / target, i % 3)
                let wanted = sum(y) { row in sum(x) { Double(source[3 * (row * side + $0) + c]) } }
                #expect(abs(Double(output.values[i]) - wanted) <= 2, "\(filter), \(side) to \(target)")
            }
            #expect(output.isIntact && between.isIntact && pixels.isIntact)
        }
    }

    @Test(arguments: [1, 8, 13]) func planesAreJoinedAndSplit(count: Int) {
        let words = Self.words(3 * count, seed: count)
        let planes = (0..<3).map { _ in Guarded<UInt16>(count, wall: 77) }
        let back = Guarded<UInt16>(3 * count, wall: 77)
        words.withUnsafeBytes {
            Interleave.split(
                Samples($0.baseAddress!, isWide: true), count: count,
                into: (planes[0].base, planes[1].base, planes[2].base))
        }
        for c in 0..<3 { #expect(planes[c].values == (0..<count).map { words[3 * $0 + c] } && planes[c].isIntact) }
        Interleave.join(
            (.init(planes[0].base), .init(planes[1].base), .init(planes[2].base)), count: count,
            into: MutableSamples(back.base, isWide: true))
        #expect(back.values == words && back.isIntact)
        let bytes = words.map { UInt8($0 >> 8) }
        bytes.withUnsafeBytes {
            Interleave.split(
                Samples($0.baseAddress!, isWide: false), count: count,
                into: (planes[0].base, planes[1].base, planes[2].base))
        }
        for c in 0..<3 { #expect(planes[c].values == (0..<count).map { 257 * UInt16(bytes[3 * $0 + c]) }) }
        #expect(planes.allSatisfy { $0.isIntact })
    }

    /// Hues stay: all three components are scaled by what the largest one is.
    @Test(arguments: [nil, 4.926] as [Float?]) func lightIsMapped(peak: Float?) {
        func hable(_ x: Double) -> Double {
            (x * (0.15 * x + 0.1 * 0.5) + 0.2 * 0.02) / (x * (0.15 * x + 0.5) + 0.2 * 0.3) - 0.02 / 0.3
        }
        var random = Seeded(3)
        let light = (0..<3).map { _ in random.floats(200, -0.2...7) + random.floats(200, 0...0.01) + [0, 1] }
        let output = Guarded<UInt16>(3 * light[0].count, wall: 77)
        let planes = light.map { Guarded($0) }
        ToneCurve(peak: peak).row(
            (.init(planes[0].base), .init(planes[1].base), .init(planes[2].base)), count: light[0].count,
            into: MutableSamples(output.base, isWide: true))
        for x in light[0].indices {
            let colour = light.map { Double($0[x]) }
            let most = colour.max()!
            let target = peak.map { hable(most) / hable(Double($0)) } ?? most
            for c in 0..<3 {
                let scaled = most > 0 ? colour[c] * min(target, 1) / most : 0
                let wanted = 65535 * pow(min(max(scaled, 0), 1), 1 / 2.4)
                #expect(abs(Double(output.values[3 * x + c]) - wanted) <= 1, "\(colour)")
            }
        }
        #expect(output.isIntact && planes.allSatisfy { $0.isIntact })
    }
}
