internal import Kernels

/// A change of light between two pictures: by channel, a gain and an offset that all which stands still has in common.
struct Light: Equatable {
    /// New value = factor x + offset, in levels.
    var factor = SIMD3<Float>(repeating: 1)
    var offset = SIMD3<Float>.zero

    /// Changes of less than that, in levels, are none: a picture that takes every tenth of a level with it is never
    /// the same twice.
    static let threshold: Float = 0.8

    var isNone: Bool { self == Light() }

    /// This one, and then another.
    func then(_ next: Light) -> Light {
        Light(factor: factor * next.factor, offset: offset * next.factor + next.offset)
    }

    /// From the new value back to the old one.
    var inverse: Light { Light(factor: 1 / factor, offset: -offset / factor) }

    /// A block's sums, as if the reference had seen the change.
    func corrected(_ sums: BlockDifferences.Sums) -> BlockDifferences.Sums {
        let reference = SIMD3(sums[3], sums[4], sums[5])
        let old = SIMD3(sums[0], sums[1], sums[2])
        let new = old + reference - (factor * reference + offset)
        let (before, after) = (old.luma, new.luma)
        var corrected = sums
        (corrected[0], corrected[1], corrected[2]) = (new[0], new[1], new[2])
        corrected[6] = max(sums[6] - before * before + after * after, 0)
        return corrected
    }
}

extension SIMD3<Float> {
    /// Rec. 601's, as the pictures' noise is judged by.
    var luma: Float { 0.299 * self[0] + 0.587 * self[1] + 0.114 * self[2] }
}

/// Finds the light's change from blocks, most of which stand still: medians of their differences by brightness, and
/// the line through those.
struct LightFinder {
    private static let bands = 16
    private static let bins = 256
    /// Differences are counted from -16 to 16 levels, in eighths; what is beyond counts as that.
    private static let binsPerLevel: Float = 8
    /// Blocks of a band that has a say.
    private static let fewest = 30
    /// What one frame's light may be to the last one's.
    private static let gains: ClosedRange<Float> = 0.25...4

    /// By channel, band and bin.
    private var counts = [Int32](repeating: 0, count: 3 * bands * bins)

    /// The change that a picture's blocks show, or those of them that count; none where it is too small to follow.
    mutating func change(
        in blocks: UnsafeMutableBufferPointer<BlockDifferences.Sums>, where counts: (Int) -> Bool = { _ in true }
    ) -> Light {
        for i in self.counts.indices { self.counts[i] = 0 }
        for block in blocks.indices where counts(block) { add(blocks[block]) }
        var light = Light()
        for c in 0..<3 {
            let (gain, offset) = line(c)
            (light.factor[c], light.offset[c]) = (1 + gain, offset)
        }
        return light
    }

    private mutating func add(_ sums: BlockDifferences.Sums) {
        for c in 0..<3 {
            let band = min(max(Int(sums[3 + c] / Float(256 / Self.bands)), 0), Self.bands - 1)
            let bin = Int((sums[c] * Self.binsPerLevel).rounded()) + Self.bins / 2
            counts[(c * Self.bands + band) * Self.bins + min(max(bin, 0), Self.bins - 1)] += 1
        }
    }

    /// The weighted line through the bands' medians.
    private func line(_ channel: Int) -> (gain: Float, offset: Float) {
        // Weights, and weighted means of place, difference and their products.
        var (total, x, d, xx, xd) = (Float(0), Float(0), Float(0), Float(0), Float(0))
        var ends: (first: Float, last: Float)?
        for band in 0..<Self.bands {
            guard let (median, count) = median(channel, band) else { continue }
            let (weight, place) = (Float(count), (Float(band) + 0.5) * Float(256 / Self.bands))
            ends = (ends?.first ?? place, place)
            total += weight
            (x, d) = (x + weight * place, d + weight * median)
            (xx, xd) = (xx + weight * place * place, xd + weight * place * median)
        }
        guard let ends else { return (0, 0) }
        (x, d, xx, xd) = (x / total, d / total, xx / total, xd / total)
        let variance = xx - x * x
        // A picture of one brightness tells no gain.
        let gain = variance > 100 ? (xd - x * d) / variance : 0
        let offset = d - gain * x
        // A line is farthest from nothing at one of its ends.
        let most = max(abs(offset + gain * ends.first), abs(offset + gain * ends.last))
        let isLight = most >= Light.threshold && Self.gains.contains(1 + gain)
        return isLight ? (gain, offset) : (0, 0)
    }

    private func median(_ channel: Int, _ band: Int) -> (level: Float, count: Int)? {
        let first = (channel * Self.bands + band) * Self.bins
        let count = (0..<Self.bins).reduce(0) { $0 + Int(counts[first + $1]) }
        guard count >= Self.fewest else { return nil }
        var below = 0
        for bin in 0..<Self.bins {
            below += Int(counts[first + bin])
            if 2 * below >= count { return (Float(bin - Self.bins / 2) / Self.binsPerLevel, count) }
        }
        return nil
    }
}
