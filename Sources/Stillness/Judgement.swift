internal import Kernels

/// How far a block is from what it was, and what that may be.
///
/// The block's own test is its luma's root mean square difference. Blocks of compressed pictures jump, so it must be
/// large, or to begin to be held, no more than usual together with two blocks around it. Two more tests are of the
/// block with its neighbours, 12 x 12 pixels: the means of luma and of the colour differences, in which noise goes out
/// and a faint thing that moves does not. Where there is an edge, a tremble of a twentieth of a pixel is no motion.
struct Judgement {
    /// Luma, red - luma, blue - luma, and whether it is over its bound.
    private var means = SIMD4<Float>.zero
    private var isFar = false
    private var lumaBound: Float = 0
    private var colourBound: Float = 0

    /// Where noise ends, in levels: a floor for codecs, and more by the measured noise.
    private static func bound(_ noise: Float) -> Float { 2 + 2 * noise }
    private static func lumaBound(_ noise: Float) -> Float { 0.9 + 0.6 * noise }
    private static func colourBound(_ noise: Float) -> Float { 2 + noise }
    /// A block alone must be so many times over its bound. With more a snowflake is held away.
    private static let alone: Float = 1.4
    /// What is held is let go by more than what was needed to be held: by so many times the means' bounds, luma's by
    /// less, for a slow thing shows there first.
    private static let hysteresis: (luma: Float, colour: Float) = (1.25, 1.5)
    /// Pixels that an edge may tremble by, and what is left of that in the mean of 12 x 12 pixels.
    private static let tremble: Float = 0.06
    private static let meanTremble: Float = 0.018

    init() {}

    /// - Parameters:
    ///   - sums: with the light's change taken out.
    ///   - frames: whose mean the reference is.
    ///   - isHeld: whether it is about to be let go, or not yet held.
    init(_ sums: BlockDifferences.Sums, _ noise: SourceNoise, meanOf frames: Int, isHeld: Bool) {
        let difference = SIMD3(sums[0], sums[1], sums[2])
        let level = noise.level(at: SIMD3(sums[3], sums[4], sums[5]).luma)
        let (distance, gradient) = (sums[6].squareRoot(), sums[7].squareRoot())
        // A mean of few frames has noise of its own.
        let more = (1 + 1 / Float(frames)).squareRoot()
        let wider: (luma: Float, colour: Float) = isHeld ? Self.hysteresis : (1, 1)
        let bound = more * Self.bound(level) + Self.tremble * gradient
        let luma = difference.luma
        means = SIMD4(luma, difference[0] - luma, difference[2] - luma, !isHeld && distance > bound ? 1 : 0)
        isFar = distance > Self.alone * bound
        lumaBound = wider.luma * more * Self.lumaBound(level) + Self.meanTremble * gradient
        colourBound = wider.colour * more * Self.colourBound(level) + Self.meanTremble * gradient
    }

    /// Whether two pictures of a block show the same. They are means, and yet as far apart as a frame that is still
    /// held: what a codec copies from frame to frame does not go out.
    static func isSame(mean: SIMD3<Float>, distance: Float, _ noise: Float) -> Bool {
        let luma = mean.luma
        return distance <= alone * bound(noise) && abs(luma) <= hysteresis.luma * lumaBound(noise)
            && max(abs(mean[0] - luma), abs(mean[2] - luma)) <= hysteresis.colour * colourBound(noise)
    }

    static func hasMoved(
        _ blocks: UnsafeMutableBufferPointer<Judgement>, _ row: Int, _ column: Int, rows: Int, columns: Int
    ) -> Bool {
        let own = blocks[row * columns + column]
        if own.isFar { return true }
        var sum = SIMD4<Float>.zero
        for y in row - 1...row + 1 {
            let first = min(max(y, 0), rows - 1) * columns
            for x in column - 1...column + 1 { sum += blocks[first + min(max(x, 0), columns - 1)].means }
        }
        let mean = sum / 9
        return own.means[3] > 0 && sum[3] >= 3 || abs(mean[0]) > own.lumaBound
            || max(abs(mean[1]), abs(mean[2])) > own.colourBound
    }
}
