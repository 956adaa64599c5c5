import Imaging
import TestSupport
import Testing

@testable import StyleKernel
@testable import Tensors

/// How far kernels and statistics lead from the content's own to the style's.
@Suite struct StrengthTests {
    @Test func leadsFromTheSourceToTheStyleAndBeyond() throws {
        let stylizer = try Stylizer.shipped()
        let style = stylizer.remember(style: StylizerTests.frame(96, 64, seed: 1))
        let frame = StylizerTests.frame(130, 70, seed: 3)
        let strengths = [0, 0.001, 0.25, 0.5, 0.75, 0.999, 1, 1.001, 1.25, 1.5]
        let paintings = strengths.map { stylizer.painting(of: frame, by: StyleMix(style, strength: $0)) }
        #expect(paintings[0] == frame.pixels)
        #expect(paintings[6] == stylizer.painting(of: frame, by: StyleMix(style)))
        let way = paintings.map { distance($0, paintings[0]) }
        #expect(zip(way, way.dropFirst()).allSatisfy { $0 < $1 }, "\(way)")
        // Nothing leaps where one graph ends and another begins.
        #expect(way[1] < 0.5 && way[5] > 5, "\(way)")
        for (a, b) in [(5, 6), (6, 7)] { #expect(distance(paintings[a], paintings[b]) < 0.3) }
    }

    @Test func aMixHasAStrengthToo() throws {
        let stylizer = try Stylizer.shipped()
        let styles = [1, 2].map { stylizer.remember(style: StylizerTests.frame(96, 64, seed: $0)) }
        let frame = StylizerTests.frame(130, 70, seed: 3)
        for strength in [0.4, 1.3] {
            let alone = stylizer.painting(of: frame, by: StyleMix(styles[0], strength: strength))
            let same = StyleMix([styles[0], styles[0]], weights: [0.3, 0.7], strength: strength)
            #expect(stylizer.painting(of: frame, by: same) == alone)
            let mixed = StyleMix(styles, weights: [0.3, 0.7], strength: strength)
            #expect(distance(stylizer.painting(of: frame, by: mixed), alone) > 1)
        }
    }

    @Test(arguments: [PixelFormat.rgb24, .rgb48]) func threadsAndTheCacheChangeNothing(_ format: PixelFormat) throws {
        let frames = [3, 4].map { seed in
            let frame = StylizerTests.frame(181, 107, seed: seed)
            guard format == .rgb48 else { return frame }
            let deep = Frame(width: frame.width, height: frame.height, format: format)
            deep.withMutableBytes { bytes in
                for i in bytes.indices { bytes[i] = UInt8(truncatingIfNeeded: i * i * (seed + 1) / 97) }
            }
            return deep
        }
        var paintings: Set<[[UInt8]]> = []
        for (threads, cache) in [(1, Cache.off), (3, .off), (2, .exact)] {
            let stylizer = try Stylizer.shipped(threads: threads)
            let style = stylizer.remember(style: StylizerTests.frame(96, 64, seed: 1))
            let statistics = stylizer.statistics(of: frames[0])
            // The same frame with other strengths, and another with the same.
            let turns = [(frames[0], 0.4), (frames[0], 0.6), (frames[1], 0.6), (frames[1], 1), (frames[1], 1.2)]
            paintings.insert(
                turns.map { frame, strength in
                    stylizer.painting(of: frame, by: StyleMix(style, strength: strength), statistics, cache: cache)
                })
        }
        #expect(paintings.count == 1)
        #expect(Set(paintings.first!).count == 5)
    }
}
