internal import Kernels

/// Whether a block has moved: not, by little more than noise could, or plainly.
enum Motion: UInt8, Comparable {
    case none, slight, plain

    static func < (a: Motion, b: Motion) -> Bool { a.rawValue < b.rawValue }
}

/// How far a block is from what it was, and what that may be.
///
/// Two tests on the block: its luma's root mean square difference, which must either be large, or shared by blocks
/// around it, as the noise of compressed pictures has outliers; and two on the block with its neighbours, 12 x 12
/// pixels: the mean of luma and of the colour differences, in which noise goes out and a faint thing that moves does
/// not. Where there is an edge, a tremble of a twentieth of a pixel is no motion.
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
    /// A block alone must be so many times over its bound.
    private static let alone: Float = 1.4
    /// What is held is let go by more than what was needed to be held: by so many times the bounds, that of 12 x 12
    /// pixels' luma by less, for a slow thing shows there first.
    private static let hysteresis: (block: Float, luma: Float) = (1.5, 1.25)
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
        let (wide, narrow) = isHeld ? Self.hysteresis : (1, 1)
        let bound = wide * more * Self.bound(level) + Self.tremble * gradient
        let luma = difference.luma
        means = SIMD4(luma, difference[0] - luma, difference[2] - luma, distance > bound ? 1 : 0)
        isFar = distance > Self.alone * bound
        lumaBound = narrow * more * Self.lumaBound(level) + Self.meanTremble * gradient
        colourBound = wide * more * Self.colourBound(level) + Self.meanTremble * gradient
    }

    /// Whether two pictures of a block show the same. They are means, and yet as far apart as a frame that is still held:
    /// what a codec copies from frame to frame does not go out.
    static func isSame(mean: SIMD3<Float>, distance: Float, _ noise: Float) -> Bool {
        let luma = mean.luma
        return distance <= hysteresis.block * bound(noise) && abs(luma) <= hysteresis.luma * lumaBound(noise)
            && max(abs(mean[0] - luma), abs(mean[2] - luma)) <= hysteresis.block * colourBound(noise)
    }

    static func motion(
        _ blocks: UnsafeMutableBufferPointer<Judgement>, _ row: Int, _ column: Int, rows: Int, columns: Int
    ) -> Motion {
        let own = blocks[row * columns + column]
        if own.isFar { return .plain }
        var sum = SIMD4<Float>.zero
        for y in row - 1...row + 1 {
            let first = min(max(y, 0), rows - 1) * columns
            for x in column - 1...column + 1 { sum += blocks[first + min(max(x, 0), columns - 1)].means }
        }
        let mean = sum / 9
        let hasMoved =
            own.means[3] > 0 && sum[3] >= 3 || abs(mean[0]) > own.lumaBound
            || max(abs(mean[1]), abs(mean[2])) > own.colourBound
        return hasMoved ? .slight : .none
    }
}
