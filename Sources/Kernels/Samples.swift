/// Where components of pixels lie in memory: bytes, or 16-bit numbers. Loops see levels of 0 to 255, whichever they
/// are: 16-bit numbers have 257 steps a level.
///
/// The width is asked for at every load. Compilers take that out of a loop; what is a parameter of types in Swift would
/// spread over all that passes frames on.
package struct Samples {
    let address: UnsafeRawPointer
    let isWide: Bool

    package init(_ address: UnsafeRawPointer, isWide: Bool) { (self.address, self.isWide) = (address, isWide) }

    package static func + (samples: Samples, bytes: Int) -> Samples {
        Samples(samples.address + bytes, isWide: samples.isWide)
    }

    /// `count` components, up to eight, from the `index`th on; the other lanes are 0.
    @inline(__always)
    func load(_ index: Int, _ count: Int) -> Lanes {
        isWide ? loadWords(words + index, count) : loadBytes(bytes + index, count)
    }

    @inline(__always)
    subscript(index: Int) -> Float {
        isWide ? Float(words[index]) / wordsOfLevel : Float(bytes[index])
    }

    /// Red, green, blue and 255 of the pixel at a component. What lies behind its last is read, too. (One load; a lane
    /// that is set by itself took half of the loop's time.)
    @inline(__always)
    func pixel(_ index: Int) -> SIMD4<Float> {
        guard isWide else {
            let word = (address + index).loadUnaligned(as: UInt32.self).littleEndian | 0xFF00_0000
            return wholeNumbers(SIMD4<UInt32>(truncatingIfNeeded: unsafeBitCast(word, to: SIMD4<UInt8>.self)))
        }
        let word = (address + 2 * index).loadUnaligned(as: UInt64.self).littleEndian | 0xFFFF << 48
        let pixel = wholeNumbers(SIMD4<UInt32>(truncatingIfNeeded: unsafeBitCast(word, to: SIMD4<UInt16>.self)))
        return pixel / SIMD4(repeating: wordsOfLevel)
    }

    /// Red, green, blue and 0 of the pixel at a component, in steps of the format. What lies behind its last is read,
    /// too.
    @inline(__always)
    func whole(_ index: Int) -> SIMD4<UInt32> {
        guard isWide else {
            let word = (address + index).loadUnaligned(as: UInt32.self).littleEndian & 0x00FF_FFFF
            return SIMD4(truncatingIfNeeded: unsafeBitCast(word, to: SIMD4<UInt8>.self))
        }
        let word = (address + 2 * index).loadUnaligned(as: UInt64.self).littleEndian & 0xFFFF_FFFF_FFFF
        return SIMD4(truncatingIfNeeded: unsafeBitCast(word, to: SIMD4<UInt16>.self))
    }

    /// Whether the pixel at a component has the same bits in another.
    package func hasPixel(_ index: Int, of other: Samples) -> Bool { all(pixel(index) .== other.pixel(index)) }

    var bytes: UnsafePointer<UInt8> { address.assumingMemoryBound(to: UInt8.self) }
    var words: UnsafePointer<UInt16> { address.assumingMemoryBound(to: UInt16.self) }
}

/// The same, to be written.
package struct MutableSamples {
    let address: UnsafeMutableRawPointer
    let isWide: Bool

    package init(_ address: UnsafeMutableRawPointer, isWide: Bool) { (self.address, self.isWide) = (address, isWide) }

    package static func + (samples: MutableSamples, bytes: Int) -> MutableSamples {
        MutableSamples(samples.address + bytes, isWide: samples.isWide)
    }

    /// To be read.
    var read: Samples { Samples(UnsafeRawPointer(address), isWide: isWide) }

    /// Stores the first `count` lanes of levels, rounded to the nearest and cut off at 0 and 255.
    @inline(__always)
    func store(_ lanes: Lanes, _ index: Int, _ count: Int) {
        isWide ? storeWords(lanes, words + index, count) : storeBytes(lanes, bytes + index, count)
    }

    /// Stores three lanes of levels from 0 to 255, rounded to the nearest.
    @inline(__always)
    func store(_ pixel: SIMD4<Float>, _ index: Int) {
        let whole = isWide ? pixel * SIMD4(repeating: wordsOfLevel) : pixel
        let bits = unsafeBitCast(whole + SIMD4(repeating: 8_388_608), to: SIMD4<UInt32>.self)
        for c in 0..<3 {
            if isWide {
                words[index + c] = UInt16(truncatingIfNeeded: bits[c])
            } else {
                bytes[index + c] = UInt8(truncatingIfNeeded: bits[c])
            }
        }
    }

    /// Half a step, in levels.
    var half: Float { isWide ? 0.5 / wordsOfLevel : 0.5 }

    /// Stores a level, cut off to the step below it, at 0 and at 255.
    @inline(__always)
    func cut(_ level: Float, _ index: Int) {
        if isWide {
            words[index] = UInt16(min(max(level * wordsOfLevel, 0), 65535))
        } else {
            bytes[index] = UInt8(min(max(level, 0), 255))
        }
    }

    var bytes: UnsafeMutablePointer<UInt8> { address.assumingMemoryBound(to: UInt8.self) }
    var words: UnsafeMutablePointer<UInt16> { address.assumingMemoryBound(to: UInt16.self) }
}

/// Levels divide by it, for a product with its inverse is no whole level where the word is one.
private let wordsOfLevel: Float = 257

/// Numbers below 2^23 as floats: the exponent of 2^23 over them, and minus 2^23. (Lane-wise conversion is a call for
/// each.)
@inline(__always)
private func wholeNumbers(_ bits: SIMD4<UInt32>) -> SIMD4<Float> {
    unsafeBitCast(bits | SIMD4(repeating: 0x4B00_0000), to: SIMD4<Float>.self) - SIMD4(repeating: 8_388_608)
}

@inline(__always)
private func wholeNumbers(_ bits: SIMD8<UInt32>) -> Lanes {
    unsafeBitCast(bits | SIMD8(repeating: 0x4B00_0000), to: Lanes.self) - Lanes(repeating: 8_388_608)
}

/// The first `count` of eight bytes as floats; the other lanes are 0.
@inline(__always)
private func loadBytes(_ address: UnsafePointer<UInt8>, _ count: Int) -> Lanes {
    var bytes = SIMD8<UInt8>.zero
    if count == 8 {
        bytes = UnsafeRawPointer(address).loadUnaligned(as: SIMD8<UInt8>.self)
    } else {
        for i in 0..<count { bytes[i] = address[i] }
    }
    return wholeNumbers(SIMD8<UInt32>(truncatingIfNeeded: bytes))
}

@inline(__always)
private func loadWords(_ address: UnsafePointer<UInt16>, _ count: Int) -> Lanes {
    var words = SIMD8<UInt16>.zero
    if count == 8 {
        words = UnsafeRawPointer(address).loadUnaligned(as: SIMD8<UInt16>.self)
    } else {
        for i in 0..<count { words[i] = address[i] }
    }
    return wholeNumbers(SIMD8<UInt32>(truncatingIfNeeded: words)) / Lanes(repeating: wordsOfLevel)
}

/// The bits of whole numbers that are nearest to lanes, which are cut off at 0 and a number below 2^22. (Adding 2^23
/// leaves the whole number in the low bits; converting lane by lane took ten times as long.)
@inline(__always)
private func nearest(_ lanes: Lanes, upTo most: Float) -> SIMD8<UInt32> {
    let bounded = lanes.rectified.replacing(with: most, where: lanes .> most)
    return unsafeBitCast(bounded + Lanes(repeating: 8_388_608), to: SIMD8<UInt32>.self)
}

@inline(__always)
private func storeBytes(_ lanes: Lanes, _ address: UnsafeMutablePointer<UInt8>, _ count: Int) {
    let bytes = SIMD8<UInt8>(truncatingIfNeeded: nearest(lanes, upTo: 255))
    if count == 8 { return UnsafeMutableRawPointer(address).storeBytes(of: bytes, as: SIMD8<UInt8>.self) }
    for i in 0..<count { address[i] = bytes[i] }
}

@inline(__always)
private func storeWords(_ lanes: Lanes, _ address: UnsafeMutablePointer<UInt16>, _ count: Int) {
    let words = SIMD8<UInt16>(truncatingIfNeeded: nearest(lanes * Lanes(repeating: wordsOfLevel), upTo: 65535))
    if count == 8 { return UnsafeMutableRawPointer(address).storeBytes(of: words, as: SIMD8<UInt16>.self) }
    for i in 0..<count { address[i] = words[i] }
}
