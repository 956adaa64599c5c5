import Imaging
import Testing

@testable import Perception

/// Pairs, cuts and figures over a clip.
@Suite struct TemporalLPIPSTests {
    private static func clip(_ seeds: [Int], width: Int = 48, height: Int = 40) -> [Frame] {
        seeds.enumerated().map { number, seed in
            let frame = LPIPSTests.generated(width, height, seed: seed)
            frame.number = number
            frame.presentationTime = Timestamp(Int64(number), timeBase: Rational(1, 10))
            return frame
        }
    }

    @Test func measuresNeighboursAndLeavesCutsOut() throws {
        let lpips = try LPIPSTests.lpips()
        let frames = Self.clip([0, 1, 1, 5, 0])
        var temporal = TemporalLPIPS(lpips)
        let values = try frames.map { try temporal.add($0, startsScene: $0.number == 3) }
        func distance(_ a: Int, _ b: Int) throws -> Double {
            lpips.distance(try lpips.features(of: frames[a]), try lpips.features(of: frames[b]))
        }
        #expect(values == [nil, try distance(0, 1), 0, nil, try distance(3, 4)])
        #expect(temporal.pairs.map(\.frame) == [1, 2, 4] && temporal.pairsLeftOut == 1)
        #expect(temporal.pairs.map(\.time) == [0.1, 0.2, 0.4])
        #expect(temporal.measuredSize?.width == 48 && temporal.measuredSize?.height == 40)
    }

    /// Those that are repeated, before and after others, and across a cut.
    @Test func repeatedFramesAreMeasuredAsAnyOthers() throws {
        let lpips = try LPIPSTests.lpips()
        let frames = Self.clip([0, 0, 0, 1, 1, 0, 0, 2])
        var temporal = TemporalLPIPS(lpips)
        let values = try frames.map { try temporal.add($0, startsScene: $0.number == 6) }
        let features = try frames.map { try lpips.features(of: $0) }
        let expected = (1..<8).map { $0 == 6 ? nil : lpips.distance(features[$0 - 1], features[$0]) }
        #expect(values == [nil] + expected && temporal.pairsLeftOut == 1)
        #expect(expected.filter { $0 == 0 }.count == 3)
        // The last byte alone differs.
        frames[7].withMutableBytes { $0[39 * frames[7].rowStride + 3 * 47 + 2] ^= 255 }
        #expect(try temporal.add(frames[7])! > 0)
    }

    @Test func leavesOutPairsOfDifferentSizes() throws {
        var temporal = TemporalLPIPS(try LPIPSTests.lpips())
        for frame in Self.clip([0, 1]) + Self.clip([0, 1], width: 60) { try temporal.add(frame) }
        #expect(temporal.pairs.count == 2 && temporal.pairsLeftOut == 1)
    }

    @Test func summarises() throws {
        let pairs = (1...100).map { TemporalLPIPS.Pair(frame: $0, time: Double($0), distance: Double(($0 * 37) % 101)) }
        let summary = try #require(TemporalSummary(pairs, pairsLeftOut: 3))
        #expect(summary.mean == 50.5 && summary.median == 50.5 && summary.percentile95 == 95)
        #expect(summary.worst.distance == 100 && summary.worst.frame == pairs.first { $0.distance == 100 }?.frame)
        #expect(summary.pairs == 100 && summary.pairsLeftOut == 3)
        let one = try #require(TemporalSummary(Array(pairs.prefix(1)), pairsLeftOut: 0))
        #expect(one.mean == 37 && one.median == 37 && one.percentile95 == 37)
        #expect(TemporalSummary([], pairsLeftOut: 1) == nil)
        #expect(summary.ratio(to: one) == 50.5 / 37)
        let still = TemporalLPIPS.Pair(frame: 1, time: 0, distance: 0)
        #expect(summary.ratio(to: try #require(TemporalSummary([still], pairsLeftOut: 0))) == nil)
    }
}
