import Kernels
import TestSupport
import Testing

/// Loops over opacity against the same pixel by pixel.
@Suite struct OpacityKernelTests {
    /// Components of one width, and what they are of 1.
    private final class Row {
        let isWide: Bool
        let bytes: Guarded<UInt8>
        let words: Guarded<UInt16>
        let count: Int

        init(_ values: [Int], isWide: Bool) {
            (self.isWide, count) = (isWide, values.count)
            bytes = Guarded(values.count, wall: 7)
            words = Guarded(values.count, wall: 7)
            for (place, value) in values.enumerated() {
                (bytes.base[place], words.base[place]) = (UInt8(isWide ? 0 : value), UInt16(value))
            }
        }

        var samples: MutableSamples {
            isWide
                ? MutableSamples(UnsafeMutableRawPointer(words.base), isWide: true)
                : MutableSamples(UnsafeMutableRawPointer(bytes.base), isWide: false)
        }
        var values: [Int] { isWide ? words.values.map(Int.init) : bytes.values.map(Int.init) }
        var isIntact: Bool { bytes.isIntact && words.isIntact }
    }

    private static func values(_ count: Int, most: Int, seed: Int) -> [Int] {
        var random = Seeded(seed)
        return (0..<count).map { _ in
            [0, most, 1, Int.random(in: 0...most, using: &random)].randomElement(using: &random)!
        }
    }

    @Test(arguments: [false, true], [3, 24, 27, 300])
    func coloursAndWhatTheyAddToBlack(isWide: Bool, count: Int) {
        let most = isWide ? 65535 : 255
        let (colours, shares) = (
            Self.values(count, most: most, seed: count), Self.values(count, most: most, seed: count + 1)
        )
        let (row, opacity) = (Row(colours, isWide: isWide), Row(shares, isWide: isWide))
        Opacity.multiply(row.samples, by: opacity.samples, count: count)
        for (place, value) in row.values.enumerated() {
            let exact = Double(colours[place]) * Double(shares[place]) / Double(most)
            #expect(abs(Double(value) - exact) < 0.51)
        }
        let multiplied = row.values
        let straight = Row([Int](repeating: 7, count: count), isWide: isWide)
        Opacity.divide(row.samples, by: opacity.samples, count: count, into: straight.samples)
        for (place, value) in straight.values.enumerated() {
            let share = Double(shares[place]) / Double(most)
            let exact = share == 0 ? 0 : min(Double(multiplied[place]) / share, Double(most))
            #expect(abs(Double(value) - exact) < 0.51 + exact * 1e-6)
        }
        let cleared = Row(colours, isWide: isWide)
        Opacity.clear(cleared.samples, under: opacity.samples, count: count)
        #expect(cleared.values == zip(colours, shares).map { $1 == 0 ? 0 : $0 })
        #expect(row.isIntact && opacity.isIntact && straight.isIntact && cleared.isIntact)
    }

    @Test func otherWidthsAreTheNearest() {
        let words = Row(Array(0...65535), isWide: true)
        let bytes = Row([Int](repeating: 0, count: 65536), isWide: false)
        Opacity.copy(words.samples, count: 65536, into: bytes.samples)
        #expect(bytes.values == (0...65535).map { Int((Double($0) / 257).rounded()) })
        let shares = (0...1000).map { Float($0) / 1000 } + [-0.5, 1.5]
        for isWide in [false, true] {
            let row = Row([Int](repeating: 1, count: 3 * shares.count), isWide: isWide)
            Opacity.spread(shares, count: shares.count, into: row.samples)
            let most: Float = isWide ? 65535 : 255
            #expect(
                row.values == shares.flatMap { [Int](repeating: Int((min(max($0, 0), 1) * most).rounded()), count: 3) })
            #expect(row.isIntact)
        }
    }

    @Test(arguments: [false, true], [8, 10, 16])
    func planesAreTheNearest(isWide: Bool, bits: Int) {
        let most = isWide ? 65535 : 255
        let greys = isWide ? Array(stride(from: 0, through: 65535, by: 13)) + [65535] : Array(0...255)
        let row = Row(greys.flatMap { [$0, $0, $0] }, isWide: isWide)
        let target = Guarded<UInt16>(greys.count + 1, wall: 7)
        let samples = Samples(
            isWide ? UnsafeRawPointer(row.words.base) : UnsafeRawPointer(row.bytes.base), isWide: isWide)
        Opacity.plane(
            samples, count: greys.count, bits: bits, into: UnsafeMutableRawPointer(target.base),
            places: greys.count + 1)
        let raw = UnsafeRawPointer(target.base)
        for (place, grey) in (greys + [greys.last!]).enumerated() {
            let number =
                bits > 8
                ? Int(raw.load(fromByteOffset: 2 * place, as: UInt16.self))
                : Int(raw.load(fromByteOffset: place, as: UInt8.self))
            #expect(number == Int((Double(grey) * Double(1 << bits - 1) / Double(most)).rounded()))
        }
        #expect(target.isIntact)
    }
}
