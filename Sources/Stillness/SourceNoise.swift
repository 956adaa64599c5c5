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

    /// - Throws: `DecodingError` for another number of bands.
    public init(from decoder: any Decoder) throws {
        levels = try decoder.container(keyedBy: CodingKeys.self).decode([Float].self, forKey: .levels)
        guard levels.count == Self.bands else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "noise of \(levels.count) bands"))
        }
    }

    /// Of a picture that is the same each time.
    public static let none = SourceNoise(levels: .init(repeating: 0, count: bands))

    /// At a brightness of 0 to 255.
    func level(at luma: Float) -> Float { levels[Self.band(of: luma)] }

    static func band(of luma: Float) -> Int { min(max(Int(luma * Float(bands) / 256), 0), bands - 1) }
}

/// Measures noise from pairs of successive pictures.
///
/// Most blocks of a hand-held picture move, and many of a compressed one are repeated. So of the blocks that are not
/// the same twice the stillest third tells. Grain is as strong everywhere and motion is not: a band that changes much,
/// and in some places far more than in others, tells nothing. Of the pairs the middle one counts. Where a band shows
/// more than twice the noise of another, something moves in it.
public struct NoiseMeter {
    private static let binsPerLevel: Float = 16
    private static let bins = 512
    private static let quantile = 0.3
    /// From that to the middle, where nothing moves.
    private static let toMiddle: Float = 1.4
    /// Blocks of a band that has a say.
    private static let fewest = 20
    /// Levels up to which a codec's noise goes, which is uneven; up to which grain goes; and how many times the third's
    /// level nine tenths of it have at most.
    private static let (uneven, strongest, evenness): (Float, Float, Float) = (3, 12, 1.6)
    /// Where nothing tells: a camera that never rests.
    private static let usual: Float = 1

    private let comparison: BlockComparison
    private var finder = LightFinder()
    /// By band, of each pair that shows it.
    private var levels = [[Float]](repeating: [], count: SourceNoise.bands)
    private var isRepeated = true

    public init(width: Int, height: Int, team: ThreadTeam) {
        comparison = BlockComparison(width: width, height: height, team: team)
    }

    /// Two frames of the measure's size, one after the other in their scene.
    public mutating func add(_ earlier: Frame, _ later: Frame) {
        comparison.reset(to: earlier)
        comparison.compare(later)
        let light = finder.change(in: comparison.blocks)
        var counts = [[Int]](repeating: .init(repeating: 0, count: Self.bins), count: SourceNoise.bands)
        for block in comparison.blocks {
            let level = light.corrected(block)[6].squareRoot()
            guard level > 0.02 else { continue }
            isRepeated = false
            let bin = min(Int(level * Self.binsPerLevel), Self.bins - 1)
            counts[SourceNoise.band(of: SIMD3(block[3], block[4], block[5]).luma)][bin] += 1
        }
        for band in levels.indices where counts[band].reduce(0, +) >= Self.fewest {
            let (third, most) = (Self.bin(Self.quantile, of: counts[band]), Self.bin(0.9, of: counts[band]))
            let level = Self.toMiddle * (Float(third) + 0.5) / Self.binsPerLevel
            let isEven = level <= Self.strongest && Float(most) <= Self.evenness * Float(third + 1)
            if level <= Self.uneven || isEven { levels[band].append(level) }
        }
    }

    public var noise: SourceNoise {
        let levels = levels.map { levels in levels.isEmpty ? nil : levels.sorted()[(levels.count - 1) / 2] }
        let least = levels.compactMap(\.self).min() ?? (isRepeated ? 0 : Self.usual)
        return SourceNoise(levels: levels.map { min($0 ?? least, 2 * least) })
    }

    /// The bin up to which a share of what was counted lies.
    private static func bin(_ share: Double, of counts: [Int]) -> Int {
        let total = Double(counts.reduce(0, +))
        var below = 0
        return counts.firstIndex { count in
            below += count
            return Double(below) >= share * total
        }!
    }
}
