import Imaging
import Machine
import Motion
import Perception
import Pipeline

/// How well a painting follows its source: differences along the source's motion, and where the source stands still.
final class MotionMeter {
    /// Frames between those that are compared.
    static let gaps = [1, 10]
    /// Pairs with a smaller share of pixels whose motion holds say nothing.
    private static let leastVisible = 0.1

    /// Of frames `gap` apart; known by the later one.
    struct Pair {
        var error: Double
        var distance: Double
    }

    private(set) var pairs: [[Int: Pair]] = gaps.map { _ in [:] }
    /// By the later frame.
    private(set) var still: [Int: (share: Double, change: Double?)] = [:]
    private let lpips: LPIPS
    private let team: ThreadTeam
    private let comparison: MotionComparison
    private let blocks: StillBlocks
    /// Of the frames that are still needed, by their number's remainder.
    private let pyramids: [Pyramid]
    private var paintings: [Lease] = []
    /// The source's last frame and this one, by turns.
    private let sources: [Frame]
    private let brought: Frame
    private var sceneStart = 0
    private var features: [LPIPSFeatures?] = [nil, nil]

    /// Nil for frames too small to see motion in.
    init?(width: Int, height: Int, _ lpips: LPIPS, _ team: ThreadTeam) {
        guard Pyramid.canSee(width: width, height: height) else { return nil }
        (self.lpips, self.team) = (lpips, team)
        comparison = MotionComparison(width: width, height: height, team: team)
        blocks = StillBlocks(width: width, height: height, team: team)
        pyramids = (0...Self.gaps.max()!).map { _ in Pyramid(width: width, height: height) }
        sources = (0..<2).map { _ in Frame(width: width, height: height) }
        brought = Frame(width: width, height: height)
    }

    /// Bytes that frames of a size take: paintings and small sources are kept for the widest gap; two pictures'
    /// features are 20 MiB each, up to 16 : 9.
    static func bytes(width: Int, height: Int) -> Int {
        let kept = gaps.max()! + 1
        return kept * (3 * width * height + Pyramid.bytes(width: width, height: height)) + 9 * width * height
            + 40 << 20
    }

    /// Takes the next frames, in order.
    /// - Parameter source: of the painting's size.
    func add(_ source: Frame, painted: Lease, startsScene: Bool) throws {
        let number = painted.frame.number
        if startsScene { sceneStart = number }
        let kept = pyramids.count
        if paintings.count < kept { paintings.append(painted) } else { paintings[number % kept] = painted }
        pyramids[number % kept].load(source, team: team)
        sources[number % 2].copyPixels(of: source)
        if number > sceneStart {
            still[number] = blocks.compare(
                (sources[0], sources[1]), painted: (painted.frame, paintings[(number - 1) % kept].frame))
        }
        for (n, gap) in Self.gaps.enumerated() where number - gap >= sceneStart {
            pairs[n][number] = try pair(number - gap, number)
        }
    }

    private func pair(_ first: Int, _ second: Int) throws -> Pair? {
        let (a, b) = (first % pyramids.count, second % pyramids.count)
        comparison.look(from: pyramids[a], to: pyramids[b])
        let found = comparison.compare(paintings[a].frame, paintings[b].frame, brought: brought)
        guard found.visible >= Self.leastVisible else { return nil }
        features[0] = try lpips.features(of: paintings[a].frame, reusing: features[0])
        features[1] = try lpips.features(of: brought, reusing: features[1])
        return Pair(error: found.error, distance: lpips.distance(features[0]!, features[1]!) / found.visible)
    }

    func row(_ number: Int) -> MeasureReport.MotionRow {
        MeasureReport.MotionRow(
            rmse: pairs.map { $0[number]?.error }, lpips: pairs.map { $0[number]?.distance },
            stillChange: still[number]?.change)
    }

    var figures: MeasureReport.Motion {
        // In the frames' order: another gives other last digits.
        func inOrder<Value>(_ values: [Int: Value]) -> [Value] { values.sorted { $0.key < $1.key }.map(\.value) }
        func mean(_ values: [Double]) -> Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }
        let gaps = zip(Self.gaps, pairs.map(inOrder)).map { gap, pairs in
            MeasureReport.Gap(
                frames: gap, pairs: pairs.count, rmse: mean(pairs.map(\.error)), lpips: mean(pairs.map(\.distance)))
        }
        let still = inOrder(still)
        return MeasureReport.Motion(
            gaps: gaps, stillShare: mean(still.map(\.share)) ?? 0, stillChange: mean(still.compactMap(\.change)))
    }
}
