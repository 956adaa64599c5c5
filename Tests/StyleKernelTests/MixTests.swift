import Imaging
import TestSupport
import Testing

@testable import StyleKernel
@testable import Tensors

/// Several styles in one painting (appendix B).
@Suite struct MixTests {
    private static func frame(_ width: Int, _ height: Int, seed: Int) -> Frame {
        let frame = Frame(width: width, height: height)
        frame.withMutableBytes { bytes in
            for y in 0..<height {
                for x in 0..<3 * width {
                    let wave: Int = (x * (3 + seed) + y * (11 - seed)) % 97
                    bytes[y * frame.rowStride + x] = UInt8(wave + 40 * ((x + seed) % 3) + 20 * (seed % 4))
                }
            }
        }
        return frame
    }

    @Test func aStyleOfNoWeightTakesNoPart() throws {
        let stylizer = try Stylizer.shipped()
        let (a, b) = (
            stylizer.remember(style: Self.frame(96, 64, seed: 1)), stylizer.remember(style: Self.frame(64, 80, seed: 2))
        )
        let frame = Self.frame(130, 70, seed: 3)
        let (ofA, ofB) = (stylizer.painting(of: frame, by: StyleMix(a)), stylizer.painting(of: frame, by: StyleMix(b)))
        #expect(distance(ofA, ofB) > 3, "two styles that paint alike")
        #expect(stylizer.painting(of: frame, by: StyleMix([a, b], weights: [1, 0])) == ofA)
        #expect(stylizer.painting(of: frame, by: StyleMix([a, b], weights: [0, 1])) == ofB)
    }

    @Test(arguments: [[0.5, 0.5], [0.3, 0.7], [0.2, 0.3, 0.5]]) func aStyleMixedWithItselfIsItself(_ weights: [Double])
        throws
    {
        let stylizer = try Stylizer.shipped()
        let style = stylizer.remember(style: Self.frame(96, 64, seed: 1))
        let frame = Self.frame(130, 70, seed: 3)
        let mix = StyleMix(weights.map { _ in style }, weights: weights)
        #expect(stylizer.painting(of: frame, by: mix) == stylizer.painting(of: frame, by: StyleMix(style)))
    }

    @Test func whatLiesBetweenLiesBetween() throws {
        let stylizer = try Stylizer.shipped()
        let styles = [1, 2].map { stylizer.remember(style: Self.frame(96, 64, seed: $0)) }
        let frame = Self.frame(130, 70, seed: 3)
        let paintings = [0, 0.25, 0.5, 0.75, 1].map {
            stylizer.painting(of: frame, by: StyleMix(styles, weights: [1 - $0, $0]))
        }
        let way = paintings.map { distance($0, paintings[0]) }
        #expect(zip(way, way.dropFirst()).allSatisfy { $0 < $1 }, "\(way)")
        // No step is a leap.
        let steps = zip(paintings, paintings.dropFirst()).map(distance)
        #expect(steps.max()! < 0.6 * way.last!, "\(steps) of \(way.last!)")
    }

    @Test func threadsAndTheCacheChangeNothing() throws {
        let frames = [3, 4].map { Self.frame(181, 107, seed: $0) }
        var paintings: Set<[[UInt8]]> = []
        for (threads, cache) in [(1, Cache.off), (3, .off), (2, .exact)] {
            let stylizer = try Stylizer.shipped(threads: threads)
            let styles = [1, 2].map { stylizer.remember(style: Self.frame(96, 64, seed: $0)) }
            let statistics = stylizer.statistics(of: frames[0])
            // The same frame by other weights, and another by the same: what the cache keeps is told of both.
            let turns = [(frames[0], 0.4), (frames[0], 0.6), (frames[1], 0.6)]
            paintings.insert(
                turns.map { frame, weight in
                    let painted = Frame(width: frame.width, height: frame.height)
                    let mix = StyleMix(styles, weights: [1 - weight, weight])
                    stylizer.paint(frame, style: mix, statistics: statistics, into: painted, cache: cache)
                    return painted.pixels
                })
        }
        #expect(paintings.count == 1)
        #expect(Set(paintings.first!).count == 3)
    }

    /// Attention sees the tokens of all: of one picture twice it is that picture's, but for rounding.
    @Test func aCollageAttendsToAll() throws {
        let stylizer = try Stylizer.shipped()
        let (a, b) = (
            stylizer.remember(style: Self.frame(96, 64, seed: 1)), stylizer.remember(style: Self.frame(64, 80, seed: 2))
        )
        let frame = Self.frame(130, 70, seed: 3)
        let collage = StyleTokens(collage: [a, b])
        #expect(collage.count == a.count + b.count)
        #expect(collage.keys.row(1)[0] == a.keys.row(1)[0])
        let whole = stylizer.painting(of: frame, by: StyleMix(collage))
        let alone = [a, b].map { stylizer.painting(of: frame, by: StyleMix($0)) }
        #expect(alone.allSatisfy { distance($0, whole) > 1 })
        let twice = stylizer.painting(of: frame, by: StyleMix(StyleTokens(collage: [a, a])))
        #expect(distance(twice, alone[0]) < 1, "a collage of one picture with itself is another's")
    }
}
