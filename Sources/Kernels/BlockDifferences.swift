/// Blocks of 4 x 4 pixels against what they were: the loops under holding still.
///
/// Pixels are interleaved red, green and blue. What they are compared with, the reference, is kept as 16-bit numbers
/// with `fraction` bits behind the point, so that a mean of frames keeps what lies between two levels.
package enum BlockDifferences {
    package static let side = 4
    package static let fraction = 6
    /// A weight of 1 in `learn`.
    package static let unit: Int32 = 1 << 16

    /// Of a block: means of the differences to the reference (red, green, blue), means of the reference itself, and
    /// mean squares of the luma's difference and of its gradient from pixel to pixel. All in levels, 0 to 255.
    package typealias Sums = SIMD8<Float>

    /// Columns that are summed up at once: their sums stay in the first cache.
    private static let span = 256
    /// 32-bit numbers that `compare` needs as scratch.
    package static let scratchCount = 8 * span + 2 * (span + 2)

    /// One row of pixels and its reference; `above` is the row of pixels over it, or itself.
    package struct Line {
        let pixels, above: Samples
        let reference: UnsafePointer<Int16>

        package init(_ pixels: Samples, above: Samples, reference: UnsafePointer<Int16>) {
            (self.pixels, self.above, self.reference) = (pixels, above, reference)
        }
    }

    /// Sums up one row of blocks.
    /// - Parameters:
    ///   - count: rows of pixels, 1 to 4; `line` gives each.
    ///   - blocks: ⌈width / 4⌉ of them.
    package static func compare(
        width: Int, lines count: Int, _ line: (Int) -> Line, into blocks: UnsafeMutablePointer<Sums>,
        scratch: UnsafeMutablePointer<Int32>
    ) {
        var first = 0
        while first < width {
            let columns = first..<min(first + span, width)
            scratch.update(repeating: 0, count: 8 * span)
            for y in 0..<count {
                let (line, lumas) = (line(y), scratch + 8 * span)
                if line.pixels.isWide {
                    add((line.pixels.words, line.above.words), line.reference, columns, width, to: scratch, lumas)
                } else {
                    add((line.pixels.bytes, line.above.bytes), line.reference, columns, width, to: scratch, lumas)
                }
            }
            reduce(scratch, columns.count, lines: count, into: blocks + first / side)
            first = columns.upperBound
        }
    }

    /// Adds a line to the columns' sums: differences, references (by channel), squares of luma and of its gradient.
    private static func add<Sample: FineSample>(
        _ line: (pixels: UnsafePointer<Sample>, above: UnsafePointer<Sample>), _ reference: UnsafePointer<Int16>,
        _ columns: Range<Int>, _ width: Int, to sums: UnsafeMutablePointer<Int32>,
        _ lumas: UnsafeMutablePointer<Int32>
    ) {
        let (n, first) = (columns.count, columns.lowerBound)
        let (above, luma) = (lumas, lumas + n)  // luma has a column more at each side
        for x in 0..<n { above[x] = self.luma(line.above + 3 * (first + x)) }
        luma[0] = self.luma(line.pixels + 3 * max(first - 1, 0))
        for x in 0..<n { luma[x + 1] = self.luma(line.pixels + 3 * (first + x)) }
        luma[n + 1] = self.luma(line.pixels + 3 * min(first + n, width - 1))
        let (p, r) = (line.pixels + 3 * first, reference + 3 * first)
        for x in 0..<n {
            let (r0, r1, r2) = (Int32(r[3 * x]), Int32(r[3 * x + 1]), Int32(r[3 * x + 2]))
            let d0 = p[3 * x].fine &- r0
            let d1 = p[3 * x + 1].fine &- r1
            let d2 = p[3 * x + 2].fine &- r2
            let d = (77 &* d0 &+ 150 &* d1 &+ 29 &* d2) &>> 11
            let across = luma[x + 2] &- luma[x]
            let down = 2 &* (luma[x + 1] &- above[x])
            sums[x] &+= d0
            sums[span + x] &+= d1
            sums[2 * span + x] &+= d2
            sums[3 * span + x] &+= r0
            sums[4 * span + x] &+= r1
            sums[5 * span + x] &+= r2
            sums[6 * span + x] &+= d &* d
            sums[7 * span + x] &+= across &* across &+ down &* down
        }
    }

    /// With two bits behind the point.
    @inline(__always)
    private static func luma<Sample: FineSample>(_ p: UnsafePointer<Sample>) -> Int32 {
        (77 &* p[0].fine &+ 150 &* p[1].fine &+ 29 &* p[2].fine) &>> 12
    }

    private static func reduce(
        _ sums: UnsafePointer<Int32>, _ columns: Int, lines: Int, into blocks: UnsafeMutablePointer<Sums>
    ) {
        for block in 0..<(columns + side - 1) / side {
            let n = min(side, columns - block * side)
            var total = SIMD8<Int32>.zero
            for k in 0..<8 { for x in 0..<n { total[k] &+= sums[k * span + block * side + x] } }
            // Means have 6 bits behind the point; squares are of numbers with 3.
            blocks[block] = Sums(total) / Float(64 * n * lines)
        }
    }

    /// Brings a row of the reference towards the pixels: by nothing, by all of the difference, or by a part of it.
    /// - Parameter weights: of each block, 0 to `unit`.
    package static func learn(
        _ pixels: Samples, width: Int, weights: UnsafePointer<Int32>,
        into reference: UnsafeMutablePointer<Int16>
    ) {
        if pixels.isWide {
            learn(pixels.words, width, weights, into: reference)
        } else {
            learn(pixels.bytes, width, weights, into: reference)
        }
    }

    private static func learn<Sample: FineSample>(
        _ pixels: UnsafePointer<Sample>, _ width: Int, _ weights: UnsafePointer<Int32>,
        into reference: UnsafeMutablePointer<Int16>
    ) {
        for block in 0..<(width + side - 1) / side where weights[block] != 0 {
            let weight = weights[block]
            for i in 3 * side * block..<3 * min(side * (block + 1), width) {
                let old = Int32(reference[i])
                let difference = pixels[i].fine &- old
                reference[i] = Int16(truncatingIfNeeded: old &+ (difference &* weight &+ unit / 2) &>> 16)
            }
        }
    }

    /// factor x + offset of every value of a row, by channel, rounded; offsets in levels.
    package static func scale(
        _ values: UnsafeMutablePointer<Int16>, _ range: Range<Int>, factor: SIMD3<Float>, offset: SIMD3<Float>,
        toWholeLevels: Bool = false
    ) {
        let unit = Float(1 << fraction)
        for x in range {
            for c in 0..<3 {
                var value = (Float(values[3 * x + c]) * factor[c] + offset[c] * unit).rounded()
                if toWholeLevels { value = (value / unit).rounded() * unit }
                values[3 * x + c] = Int16(min(max(value, 0), 255 * unit))
            }
        }
    }

    /// A row of pixels: the held ones of the blocks that are held, the others as they are.
    package static func write(
        _ pixels: Samples, _ held: UnsafePointer<Int16>, width: Int, isHeld: UnsafePointer<Bool>,
        into output: MutableSamples
    ) {
        if pixels.isWide {
            write(pixels.words, held, width, isHeld, into: output.words)
        } else {
            write(pixels.bytes, held, width, isHeld, into: output.bytes)
        }
    }

    private static func write<Sample: FineSample>(
        _ pixels: UnsafePointer<Sample>, _ held: UnsafePointer<Int16>, _ width: Int, _ isHeld: UnsafePointer<Bool>,
        into output: UnsafeMutablePointer<Sample>
    ) {
        let blocks = (width + side - 1) / side
        var block = 0
        while block < blocks {
            let first = block
            while block < blocks, isHeld[block] == isHeld[first] { block += 1 }
            let range = 3 * side * first..<3 * min(side * block, width)
            if isHeld[first] {
                for i in range { output[i] = Sample(fine: held[i]) }
            } else {
                (output + range.lowerBound).update(from: pixels + range.lowerBound, count: range.count)
            }
        }
    }
}

/// A component of a pixel, with `BlockDifferences.fraction` bits behind the point of its level.
private protocol FineSample {
    var fine: Int32 { get }
    /// The nearest to a level.
    init(fine: Int16)
}

extension UInt8: FineSample {
    fileprivate var fine: Int32 { Int32(self) &<< 6 }
    fileprivate init(fine: Int16) { self.init(truncatingIfNeeded: (fine &+ 32) &>> 6) }
}

extension UInt16: FineSample {
    /// 257 of them are a level, of 64: the nearest.
    fileprivate var fine: Int32 { (Int32(self) &* 255 &+ 512) &>> 10 }
    fileprivate init(fine: Int16) { self.init(truncatingIfNeeded: (Int32(fine) &* 257 &+ 32) &>> 6) }
}
