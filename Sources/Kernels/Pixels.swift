/// Between 8-bit pixels of three interleaved channels and features.
package enum Pixels {
    /// to(x, c) = from(source of x, c) scale(c) + offset(c) for the positions `columns`, reflected beyond `width`.
    package static func widen(
        _ from: UnsafePointer<UInt8>, width: Int, columns: Range<Int>, scale: SIMD4<Float>, offset: SIMD4<Float>,
        into to: UnsafeMutablePointer<Float>
    ) {
        for x in columns {
            let source = from + 3 * paddedIndex(x, width, .reflect)
            for c in 0..<3 { to[3 * x + c] = offset[c].addingProduct(Float(source[c]), scale[c]) }
        }
    }

    /// Values from 0 to 1 to bytes, rounded to the nearest; what lies beyond is cut off.
    package static func narrow(_ from: UnsafePointer<Float>, count: Int, into to: UnsafeMutablePointer<UInt8>) {
        vectors(count) { i, n in storeBytes(load(from + i, n) * Lanes(repeating: 255), to + i, n) }
    }
}

/// Stores the first `count` lanes as bytes, rounded to the nearest and cut off at 0 and 255.
@inline(__always)
func storeBytes(_ lanes: Lanes, _ address: UnsafeMutablePointer<UInt8>, _ count: Int) {
    let bounded = lanes.rectified.replacing(with: 255, where: lanes .> 255)
    // Adding 2^23 leaves the whole number in the low bits; converting lane by lane took ten times as long.
    let bits = unsafeBitCast(bounded + Lanes(repeating: 8_388_608), to: SIMD8<UInt32>.self)
    let bytes = SIMD8<UInt8>(truncatingIfNeeded: bits)
    if count == 8 { return UnsafeMutableRawPointer(address).storeBytes(of: bytes, as: SIMD8<UInt8>.self) }
    for i in 0..<count { address[i] = bytes[i] }
}
