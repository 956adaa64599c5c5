/// Between 8-bit pixels of three interleaved channels and features.
package enum Pixels {
    /// to(x, c) = from(source of x, c) scale(c) + offset(c) for `columns` positions, reflected beyond `width`.
    package static func widen(
        _ from: UnsafePointer<UInt8>, width: Int, columns: Int, scale: SIMD4<Float>, offset: SIMD4<Float>,
        into to: UnsafeMutablePointer<Float>
    ) {
        for x in 0..<columns {
            let source = from + 3 * paddedIndex(x, width, .reflect)
            for c in 0..<3 { to[3 * x + c] = offset[c].addingProduct(Float(source[c]), scale[c]) }
        }
    }

    /// Values from 0 to 1 to bytes, rounded to the nearest; what lies beyond is cut off.
    package static func narrow(_ from: UnsafePointer<Float>, count: Int, into to: UnsafeMutablePointer<UInt8>) {
        var i = 0
        while i + 8 <= count {
            let v = Lanes(repeating: 0.5).addingProduct(load(from + i), Lanes(repeating: 255))
            let bounded = v.rectified.replacing(with: 255, where: v .> 255)
            UnsafeMutableRawPointer(to + i).storeBytes(
                of: SIMD8<UInt8>(truncatingIfNeeded: SIMD8<Int32>(bounded)), as: SIMD8<UInt8>.self)
            i += 8
        }
        while i < count {
            to[i] = UInt8(min(max(Float(0.5).addingProduct(from[i], 255), 0), 255))
            i += 1
        }
    }
}
