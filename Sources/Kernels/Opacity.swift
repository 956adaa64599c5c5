/// Loops over pixels and how opaque they are. Opacity lies as pixels of grey: 255 levels are opaque, and each component
/// of a pixel has its own beside it.
package enum Opacity {
    /// Brings straight colours to what they add to black.
    /// - Parameter count: of components, here and below.
    package static func multiply(_ pixels: MutableSamples, by opacity: MutableSamples, count: Int) {
        vectors(count) { index, some in
            let shares = opacity.read.load(index, some) / Lanes(repeating: 255)
            pixels.store(pixels.read.load(index, some) * shares, index, some)
        }
    }

    /// Brings what colours add to black back to straight ones. Where nothing is opaque there is black.
    package static func divide(
        _ pixels: MutableSamples, by opacity: MutableSamples, count: Int, into straight: MutableSamples
    ) {
        vectors(count) { index, some in
            let shares = opacity.read.load(index, some) / Lanes(repeating: 255)
            let colours = pixels.read.load(index, some) / shares
            straight.store(colours.replacing(with: 0, where: shares .== 0), index, some)
        }
    }

    /// Blackens what cannot be seen.
    package static func clear(_ pixels: MutableSamples, under opacity: MutableSamples, count: Int) {
        vectors(count) { index, some in
            let colours = pixels.read.load(index, some)
            let hidden = opacity.read.load(index, some) .== 0
            pixels.store(colours.replacing(with: 0, where: hidden), index, some)
        }
    }

    /// Levels times a factor, to components of another width, or the same.
    /// - Parameter other: may be the pixels.
    package static func copy(
        _ pixels: MutableSamples, times factor: Float = 1, count: Int, into other: MutableSamples
    ) {
        vectors(count) { index, some in
            other.store(pixels.read.load(index, some) * Lanes(repeating: factor), index, some)
        }
    }

    /// Shares of 1 as pixels of grey.
    /// - Parameter count: of shares.
    package static func spread(_ shares: UnsafePointer<Float>, count: Int, into pixels: MutableSamples) {
        let most: Float = pixels.isWide ? 65535 : 255
        for x in 0..<count {
            let number = (min(max(shares[x], 0), 1) * most).rounded()
            for c in 3 * x..<3 * x + 3 {
                if pixels.isWide { pixels.words[c] = UInt16(number) } else { pixels.bytes[c] = UInt8(number) }
            }
        }
    }

    /// Pixels of grey as numbers of some bits, to the nearest: one of two bytes each, where they have more than 8.
    /// - Parameters:
    ///   - count: of pixels.
    ///   - places: of numbers, at least as many: the last is repeated.
    package static func plane(
        _ greys: Samples, count: Int, bits: Int, into row: UnsafeMutableRawPointer, places: Int
    ) {
        let most: UInt32 = 1 << UInt32(bits) - 1
        let top: UInt32 = greys.isWide ? 65535 : 255
        for x in 0..<places {
            let place = 3 * min(x, count - 1)
            let grey = greys.isWide ? UInt32(greys.words[place]) : UInt32(greys.bytes[place])
            let number = (grey * most + top / 2) / top
            if bits > 8 {
                row.storeBytes(of: UInt16(number), toByteOffset: 2 * x, as: UInt16.self)
            } else {
                row.storeBytes(of: UInt8(number), toByteOffset: x, as: UInt8.self)
            }
        }
    }
}
