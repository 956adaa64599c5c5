/// How far two thumbnails are from showing the same thing.
///
/// Every block of the later picture is sought in the earlier one, so that a moving camera or subject counts little and
/// a new picture counts in full. What is left is the mean over the blocks, in grey levels (0 to 255).
struct PictureDifference {
    /// Mean absolute difference after motion, luma and half of each colour difference, in grey levels.
    let level: Float
    /// `level` relative to how much there is to see in both pictures: a dark scene's cuts are small in grey levels.
    let relative: Float

    private static let blockWidth = 8
    private static let blockHeight = 9
    /// How far a block is sought, in thumbnail pixels: three eighths of the width, a sixth of the height.
    private static let reachX = 24
    private static let reachY = 6

    init(from earlier: Thumbnail, to later: Thumbnail) {
        var sum: Float = 0
        for top in stride(from: 0, to: Thumbnail.height, by: Self.blockHeight) {
            for left in stride(from: 0, to: Thumbnail.width, by: Self.blockWidth) {
                sum += Self.blockDifference(earlier, later, left, top)
            }
        }
        level = sum / Float(Thumbnail.width * Thumbnail.height)
        relative = level / ((earlier.contrast + later.contrast) / 2 + 6)
    }

    /// The sum of absolute differences of a block of `later` and the best match for it in `earlier`.
    private static func blockDifference(_ earlier: Thumbnail, _ later: Thumbnail, _ left: Int, _ top: Int) -> Float {
        let columns = max(0, left - reachX)...min(Thumbnail.width - blockWidth, left + reachX)
        let rows = max(0, top - reachY)...min(Thumbnail.height - blockHeight, top + reachY)
        var best = (sum: lumaDifference(earlier, later, left, top, left, top), x: left, y: top)
        func seek(_ x: Int, _ y: Int) {
            guard columns.contains(x), rows.contains(y) else { return }
            let sum = lumaDifference(earlier, later, x, y, left, top)
            if sum < best.sum { best = (sum, x, y) }
        }
        // Every second place, then those around the best.
        for y in stride(from: -reachY, through: reachY, by: 2) {
            for x in stride(from: -reachX, through: reachX, by: 2) { seek(left + x, top + y) }
        }
        let (x, y) = (best.x, best.y)
        for dy in -1...1 { for dx in -1...1 { seek(x + dx, y + dy) } }
        return best.sum + 0.5 * chromaDifference(earlier, later, best.x, best.y, left, top)
    }

    private static func lumaDifference(
        _ earlier: Thumbnail, _ later: Thumbnail, _ x: Int, _ y: Int, _ left: Int, _ top: Int
    ) -> Float {
        sumOfDifferences(earlier.luma, later.luma, 0, x, y, left, top)
    }

    private static func chromaDifference(
        _ earlier: Thumbnail, _ later: Thumbnail, _ x: Int, _ y: Int, _ left: Int, _ top: Int
    ) -> Float {
        sumOfDifferences(earlier.chroma, later.chroma, 0, x, y, left, top)
            + sumOfDifferences(earlier.chroma, later.chroma, Thumbnail.width * Thumbnail.height, x, y, left, top)
    }

    private static func sumOfDifferences(
        _ earlier: [Float], _ later: [Float], _ plane: Int, _ x: Int, _ y: Int, _ left: Int, _ top: Int
    ) -> Float {
        var total = SIMD8<Float>.zero
        earlier.withUnsafeBytes { earlier in
            later.withUnsafeBytes { later in
                for row in 0..<blockHeight {
                    let a = earlier.loadUnaligned(
                        fromByteOffset: 4 * (plane + (y + row) * Thumbnail.width + x), as: SIMD8<Float>.self)
                    let b = later.loadUnaligned(
                        fromByteOffset: 4 * (plane + (top + row) * Thumbnail.width + left), as: SIMD8<Float>.self)
                    total += pointwiseMax(a - b, b - a)
                }
            }
        }
        return total.sum()
    }
}

/// Whether one picture is another in different light: its luma is close to a gain and an offset of the other's.
struct LightChange {
    /// Correlation of the lumas, -1 to 1, at the best shift of the whole picture by up to two thumbnail pixels; 0 where
    /// either is too flat to tell.
    let correlation: Float

    init(from earlier: Thumbnail, to later: Thumbnail) {
        var best: Float = 0
        for dy in -2...2 { for dx in -2...2 { best = max(best, Self.correlation(earlier.luma, later.luma, dx, dy)) } }
        correlation = best
    }

    private static func correlation(_ a: [Float], _ b: [Float], _ dx: Int, _ dy: Int) -> Float {
        var (sumA, sumB, squareA, squareB, product, count) = (
            Float(0), Float(0), Float(0), Float(0), Float(0), Float(0)
        )
        for y in max(0, dy)..<min(Thumbnail.height, Thumbnail.height + dy) {
            for x in max(0, dx)..<min(Thumbnail.width, Thumbnail.width + dx) {
                let (u, v) = (a[(y - dy) * Thumbnail.width + x - dx] - 128, b[y * Thumbnail.width + x] - 128)
                (sumA, sumB, count) = (sumA + u, sumB + v, count + 1)
                (squareA, squareB, product) = (squareA + u * u, squareB + v * v, product + u * v)
            }
        }
        let varianceA = squareA / count - (sumA / count) * (sumA / count)
        let varianceB = squareB / count - (sumB / count) * (sumB / count)
        guard varianceA > 9, varianceB > 9 else { return 0 }  // a deviation of three grey levels
        return (product / count - sumA / count * (sumB / count)) / (varianceA * varianceB).squareRoot()
    }
}
