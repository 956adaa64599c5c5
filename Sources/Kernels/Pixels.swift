/// Between pixels of three interleaved channels and features.
package enum Pixels {
    /// to(x, c) = from(source of x, c) scale(c) + offset(c) for the positions `columns`, reflected beyond `width`.
    package static func widen(
        _ from: Samples, width: Int, columns: Range<Int>, scale: SIMD4<Float>, offset: SIMD4<Float>,
        into to: UnsafeMutablePointer<Float>
    ) {
        for x in columns {
            let source = 3 * paddedIndex(x, width, .reflect)
            for c in 0..<3 { to[3 * x + c] = offset[c].addingProduct(from[source + c], scale[c]) }
        }
    }

    /// Values from 0 to 1 to components, rounded to the nearest; what lies beyond is cut off.
    package static func narrow(_ from: UnsafePointer<Float>, count: Int, into to: MutableSamples) {
        vectors(count) { i, n in to.store(load(from + i, n) * Lanes(repeating: 255), i, n) }
    }

    /// The same, with a share of what another way lacks of the source: from + share (source - own).
    package static func narrow(
        _ from: UnsafePointer<Float>, lacking share: Float, of source: Samples, own: UnsafePointer<Float>, count: Int,
        into to: MutableSamples
    ) {
        vectors(count) { i, n in
            let value = load(from + i, n).addingProduct(Lanes(repeating: -share), load(own + i, n))
            let level = value * Lanes(repeating: 255)
            to.store(level.addingProduct(Lanes(repeating: share), source.load(i, n)), i, n)
        }
    }
}
