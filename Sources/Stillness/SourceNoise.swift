public import Imaging
internal import Kernels
public import Machine

/// How much a scene's pictures change from one to the next where nothing moves: grain, and what the codec does.
///
/// Root mean square of a block's luma difference, in grey levels (0 to 255), for each of eight bands of brightness.
public struct SourceNoise: Codable, Sendable, Hashable {
    public static let bands = 8
    public var levels: [Float]

    public init(levels: [Float]) {
        precondition(levels.count == Self.bands, "noise of \(levels.count) bands")
        self.levels = levels
    }

    /// Of a picture that is the same each time.
    public static let none = SourceNoise(levels: .init(repeating: 0, count: bands))

    /// At a brightness of 0 to 255.
    func level(at luma: Float) -> Float { levels[Self.band(of: luma)] }

    static func band(of luma: Float) -> Int { min(max(Int(luma * Float(bands) / 256), 0), bands - 1) }
}

/// Measures noise from pairs of successive pictures.
///
/// Most blocks of a hand-held picture move, and many of a compressed one are repeated. So the blocks that are not the
/// same twice are taken, and of those the stillest third tells.
/// Where a band shows more than twice the noise of another, something moves in it.
public struct NoiseMeter {
    private static let binsPerLevel: Float = 16
    private static let bins = 512
    private static let quantile = 0.3
    /// From that to the middle, where nothing moves.
    private static let toMiddle: Float = 1.4
    /// Blocks of a band that has a say.
    private static let fewest = 50

    private let comparison: BlockComparison
    private var counts = [Int](repeating: 0, count: SourceNoise.bands * bins)
    private var finder = LightFinder()

    public init(width: Int, height: Int, team: ThreadTeam) {
        comparison = BlockComparison(width: width, height: height, team: team)
    }

    /// Two frames of the measure's size, one after the other in their scene.
    public mutating func add(_ earlier: Frame, _ later: Frame) {
        comparison.reset(to: earlier)
        comparison.compare(later)
        finder.empty()
        for block in comparison.blocks { finder.add(block) }
        let light = finder.change()
        for block in comparison.blocks {
            let level = light.corrected(block)[6].squareRoot()
            let bin = Int(level * Self.binsPerLevel)
            guard level > 0.02, bin < Self.bins else { continue }
            counts[SourceNoise.band(of: SIMD3(block[3], block[4], block[5]).luma) * Self.bins + bin] += 1
        }
    }

    public var noise: SourceNoise {
        let levels = (0..<SourceNoise.bands).map(level)
        let least = levels.compactMap(\.self).min() ?? 0
        return SourceNoise(levels: levels.map { min($0 ?? least, 2 * least) })
    }

    private func level(_ band: Int) -> Float? {
        let counts = counts[band * Self.bins..<(band + 1) * Self.bins]
        let total = counts.reduce(0, +)
        guard total >= Self.fewest else { return nil }
        var below = 0
        for (bin, count) in counts.enumerated() {
            below += count
            if Double(below) >= Self.quantile * Double(total) {
                return Self.toMiddle * (Float(bin) + 0.5) / Self.binsPerLevel
            }
        }
        return nil
    }
}
