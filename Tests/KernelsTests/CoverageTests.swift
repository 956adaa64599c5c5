import Kernels
import TestSupport
import Testing

/// Masks' loops against the same pixel by pixel.
@Suite struct CoverageTests {
    /// Runs of nothing, of everything and of greys, and pixels by themselves.
    private static func mask(_ count: Int, seed: Int) -> [UInt16] {
        var random = Seeded(seed)
        var mask: [UInt16] = []
        while mask.count < count {
            let value = [0, .max, UInt16.random(in: 0...65535, using: &random), 1, 65534].randomElement(using: &random)!
            mask += [UInt16](repeating: value, count: [1, 1, 3, 21].randomElement(using: &random)!)
        }
        return Array(mask.prefix(count))
    }

    @Test func aGreyIsItsOwnLuma() {
        let bytes = (0..<256).flatMap { [UInt8](repeating: UInt8($0), count: 3) }
        let words = (0..<65536).flatMap { [UInt16](repeating: UInt16($0), count: 3) }
        let (ofBytes, ofWords) = (Guarded<UInt16>(256, wall: 7), Guarded<UInt16>(65536, wall: 7))
        bytes.withUnsafeBytes {
            Coverage.luma(Samples($0.baseAddress!, isWide: false), count: 256, into: ofBytes.base)
        }
        words.withUnsafeBytes {
            Coverage.luma(Samples($0.baseAddress!, isWide: true), count: 65536, into: ofWords.base)
        }
        #expect(ofBytes.values == (0..<256).map { UInt16(257 * $0) })
        #expect(ofWords.values == (0..<65536).map { UInt16($0) })
        #expect(ofBytes.isIntact && ofWords.isIntact)
    }

    @Test(arguments: [257, 1028]) func nearlyNothingIsNothing(slack: Int) {
        let mask = Guarded<UInt16>(65536, wall: 7)
        for i in 0..<65536 { mask.base[i] = UInt16(i) }
        Coverage.stretch(mask.base, count: 65536, slack: slack)
        for (level, stretched) in mask.values.enumerated() {
            let exact = Double(level - slack) * 65535 / Double(65535 - 2 * slack)
            #expect(abs(Double(stretched) - min(max(exact, 0), 65535)) < 0.51)
        }
        #expect(mask.values[slack] == 0 && mask.values[slack + 1] > 0 && mask.isIntact)
        #expect(mask.values[65535 - slack] == .max && mask.values[65534 - slack] < .max)
    }

    @Test func colourHasTheLumaOfBT709() {
        var random = Seeded(3)
        let words = (0..<300).map { _ in UInt16.random(in: 0...65535, using: &random) }
        let mask = Guarded<UInt16>(100, wall: 7)
        words.withUnsafeBytes { Coverage.luma(Samples($0.baseAddress!, isWide: true), count: 100, into: mask.base) }
        for x in 0..<100 {
            let (r, g, b) = (Double(words[3 * x]), Double(words[3 * x + 1]), Double(words[3 * x + 2]))
            #expect(abs(Double(mask.values[x]) - (0.2126 * r + 0.7152 * g + 0.0722 * b)) < 1.5)
        }
    }

    @Test(arguments: [1, 15, 16, 17, 40, 300]) func blocksAreMarkedWhereSomethingIsSeen(count: Int) {
        for seed in 0..<20 {
            let (mask, above) = (Self.mask(count, seed: seed), Self.mask(count, seed: seed + 100))
            let blocks = (count + 15) / 16
            let hidden = Guarded<UInt16>(count, wall: 7)
            for x in 0..<count { hidden.base[x] = above[x] == .max ? .max : 0 }
            let (marks, ground) = (Guarded<Bool>(blocks, wall: true), Guarded<Bool>(blocks, wall: true))
            for block in 0..<blocks { (marks.base[block], ground.base[block]) = (false, false) }
            Coverage.look(at: mask, count: count, hidden: hidden.base, marking: marks.base)
            Coverage.lookThrough(hidden.base, count: count, marking: ground.base)
            func any(_ block: Int, _ isSeen: (Int) -> Bool) -> Bool {
                (16 * block..<min(16 * (block + 1), count)).contains(where: isSeen)
            }
            for block in 0..<blocks {
                #expect(marks.values[block] == any(block) { mask[$0] > 0 && above[$0] != .max })
                #expect(ground.values[block] == any(block) { mask[$0] != .max && above[$0] != .max })
            }
            #expect(hidden.values == (0..<count).map { mask[$0] == .max || above[$0] == .max ? .max : 0 })
            #expect(hidden.isIntact && marks.isIntact && ground.isIntact)
            // What is marked stays so.
            let dark = [UInt16](repeating: 0, count: count)
            let before = marks.values
            Coverage.look(at: dark, count: count, hidden: hidden.base, marking: marks.base)
            #expect(marks.values == before)
        }
    }

    private static func laid<Word: FixedWidthInteger & BitwiseCopyable>(
        _: Word.Type, _ from: [Int], by mask: [UInt16], _ columns: Range<Int>, over to: [Int]
    ) -> [Int] {
        let isWide = Word.bitWidth == 16
        let target = Guarded<Word>(to.count, wall: 9)
        for i in to.indices { target.base[i] = Word(to[i]) }
        from.map { Word($0) }.withUnsafeBytes {
            Coverage.lay(
                Samples($0.baseAddress!, isWide: isWide), by: mask, columns: columns,
                over: MutableSamples(target.base, isWide: isWide))
        }
        #expect(target.isIntact)
        return target.values.map { Int($0) }
    }

    @Test(arguments: [false, true]) func oneIsLaidOverTheOther(isWide: Bool) {
        let count = 500
        for seed in 0..<8 {
            var random = Seeded(seed)
            let most = isWide ? 65535 : 255
            let mask = Self.mask(count, seed: seed)
            let (from, to) = (
                (0..<3 * count).map { _ in [0, most, Int.random(in: 0...most, using: &random)].randomElement()! },
                (0..<3 * count).map { _ in [0, most, Int.random(in: 0...most, using: &random)].randomElement()! }
            )
            let columns = seed..<count - 2 * seed
            let expected = (0..<3 * count).map { i -> Int in
                guard columns.contains(i / 3) else { return to[i] }
                let share = Double(mask[i / 3]) / 65535
                return Int((Double(to[i]) + share * Double(from[i] - to[i])).rounded())
            }
            let laid =
                isWide
                ? Self.laid(UInt16.self, from, by: mask, columns, over: to)
                : Self.laid(UInt8.self, from, by: mask, columns, over: to)
            #expect(laid == expected)
        }
    }
}
