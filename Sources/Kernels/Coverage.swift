/// Loops over masks, which have 16 bits a pixel: 0 covers nothing, 65535 all.
package enum Coverage {
    package static let full = UInt16.max
    /// Pixels of a block, each way.
    package static let block = 16

    /// Luma of BT.709 of `count` pixels, rounded to the nearest. Of a grey it is the grey.
    package static func luma(_ from: Samples, count: Int, into mask: UnsafeMutablePointer<UInt16>) {
        if from.isWide {
            luma(from.words, scale: 1, count, mask)
        } else {
            luma(from.bytes, scale: 257, count, mask)
        }
    }

    @inline(__always)
    private static func luma<Component: FixedWidthInteger & UnsignedInteger>(
        _ pixels: UnsafePointer<Component>, scale: UInt32, _ count: Int, _ mask: UnsafeMutablePointer<UInt16>
    ) {
        // 0.2126, 0.7152 and 0.0722 of 65536; together they are 65536.
        for x in 0..<count {
            let red = 13933 &* UInt32(truncatingIfNeeded: pixels[3 * x])
            let green = 46871 &* UInt32(truncatingIfNeeded: pixels[3 * x + 1])
            let blue = 4732 &* UInt32(truncatingIfNeeded: pixels[3 * x + 2])
            mask[x] = UInt16(truncatingIfNeeded: (scale &* (red &+ green &+ blue) &+ 32768) >> 16)
        }
    }

    /// Takes what is within `slack` of nothing or of all for it, and stretches the rest, rounded to the nearest.
    package static func stretch(_ mask: UnsafeMutablePointer<UInt16>, count: Int, slack: Int) {
        let (least, scale) = (Float(slack), Float(full) / Float(Int(full) - 2 * slack))
        for x in 0..<count {
            let level = (Float(mask[x]) - least) * scale + 0.5
            mask[x] = level < 0 ? 0 : level > Float(full) ? full : UInt16(level)
        }
    }

    /// Marks the blocks of a row in which the mask covers anything of a pixel that is not hidden; hides the pixels that
    /// it covers in full.
    /// - Parameters:
    ///   - hidden: `count` pixels: all bits where one is hidden, else none.
    ///   - marks: as many as there are blocks in the row; those that are set stay so.
    package static func look(
        at mask: UnsafePointer<UInt16>, count: Int, hidden: UnsafeMutablePointer<UInt16>,
        marking marks: UnsafeMutablePointer<Bool>
    ) {
        blocks(count) { block, x, n in
            let (covers, hides) = (pixels(mask + x, n), pixels(hidden + x, n))
            if isAny(covers & ~hides) { marks[block] = true }
            put(hides.replacing(with: full, where: covers .== full), hidden + x, n)
        }
    }

    /// Marks the blocks of a row in which any pixel is not hidden.
    package static func lookThrough(
        _ hidden: UnsafePointer<UInt16>, count: Int, marking marks: UnsafeMutablePointer<Bool>
    ) {
        blocks(count) { block, x, n in
            // Behind the last pixel there is nothing to see.
            let seen = n == Coverage.block ? ~pixels(hidden + x, n) : ~pixels(hidden + x, n) & first(n)
            if isAny(seen) { marks[block] = true }
        }
    }

    private typealias Block = SIMD16<UInt16>

    @inline(__always)
    private static func blocks(_ count: Int, _ body: (_ block: Int, _ start: Int, _ pixels: Int) -> Void) {
        for block in 0..<count / Coverage.block { body(block, Coverage.block * block, Coverage.block) }
        if count % Coverage.block > 0 {
            body(count / Coverage.block, count / Coverage.block * Coverage.block, count % Coverage.block)
        }
    }

    @inline(__always)
    private static func pixels(_ address: UnsafePointer<UInt16>, _ count: Int) -> Block {
        if count == Coverage.block { return UnsafeRawPointer(address).loadUnaligned(as: Block.self) }
        var block = Block.zero
        for i in 0..<count { block[i] = address[i] }
        return block
    }

    @inline(__always)
    private static func put(_ block: Block, _ address: UnsafeMutablePointer<UInt16>, _ count: Int) {
        if count == Coverage.block { return UnsafeMutableRawPointer(address).storeBytes(of: block, as: Block.self) }
        for i in 0..<count { address[i] = block[i] }
    }

    @inline(__always)
    private static func first(_ count: Int) -> Block {
        var block = Block.zero
        for i in 0..<count { block[i] = full }
        return block
    }

    @inline(__always)
    private static func isAny(_ block: Block) -> Bool {
        let words = unsafeBitCast(block, to: SIMD4<UInt64>.self)
        return words[0] | words[1] | words[2] | words[3] != 0
    }

    // MARK: Laying over

    /// to = to + mask (from - to) for the pixels `columns` of a row, rounded once, to the nearest component. Where the
    /// mask is full it is `from`, and where it is 0 nothing is written.
    package static func lay(
        _ from: Samples, by mask: UnsafePointer<UInt16>, columns: Range<Int>, over to: MutableSamples
    ) {
        if to.isWide {
            lay(from.words, mask, columns, to.words)
        } else {
            lay(from.bytes, mask, columns, to.bytes)
        }
    }

    @inline(__always)
    private static func lay<Component: FixedWidthInteger & UnsignedInteger>(
        _ from: UnsafePointer<Component>, _ mask: UnsafePointer<UInt16>, _ columns: Range<Int>,
        _ to: UnsafeMutablePointer<Component>
    ) {
        var x = columns.lowerBound
        while x < columns.upperBound {
            let (start, share) = (x, UInt32(mask[x]))
            repeat { x += 1 } while x < columns.upperBound && UInt32(mask[x]) == share
            let components = 3 * start..<3 * x
            switch share {
            case 0: break
            case UInt32(full):
                (to + components.lowerBound).update(from: from + components.lowerBound, count: components.count)
            default:
                for i in components {
                    to[i] = mixed(
                        UInt32(truncatingIfNeeded: to[i]), UInt32(truncatingIfNeeded: from[i]), share)
                }
            }
        }
    }

    /// Takes the pixels of a row over where its layers are the ground: three bytes a pixel, all 0.
    package static func takeGround(
        _ from: Samples, layers: UnsafePointer<UInt8>, count: Int, into to: MutableSamples
    ) {
        if to.isWide {
            takeGround(from.words, layers, count, to.words)
        } else {
            takeGround(from.bytes, layers, count, to.bytes)
        }
    }

    @inline(__always)
    private static func takeGround<Component>(
        _ from: UnsafePointer<Component>, _ layers: UnsafePointer<UInt8>, _ count: Int,
        _ to: UnsafeMutablePointer<Component>
    ) {
        for x in 0..<count where layers[3 * x] | layers[3 * x + 1] | layers[3 * x + 2] == 0 {
            for c in 3 * x..<3 * x + 3 { to[c] = from[c] }
        }
    }

    /// In whole numbers: 65535 x 65535 and a half of 65535 are below 2^32, and sum / 65535 is
    /// (sum + sum / 65536 + 1) / 65536 for all up to there.
    @inline(__always)
    private static func mixed<Component: FixedWidthInteger>(_ a: UInt32, _ b: UInt32, _ share: UInt32) -> Component {
        let sum = a &* (65535 &- share) &+ b &* share &+ 32767
        return Component(truncatingIfNeeded: (sum &+ (sum >> 16) &+ 1) >> 16)
    }
}
