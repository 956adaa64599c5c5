import Imaging
import Machine
import Tensors
import TestSupport
import Testing
import Weights

@testable import StyleKernel

/// What the cache paints, byte by byte against painting each frame by itself.
@Suite struct CacheTests {
    /// A clip's frames: a picture in which rectangles change, of a size that is no multiple of the stride.
    private struct Clip {
        let frame: Frame
        private var random: Seeded

        init(_ width: Int, _ height: Int, seed: Int) {
            frame = StylizerTests.frame(width, height, seed: seed)
            random = Seeded(seed)
        }

        mutating func change(_ count: Int) {
            for _ in 0..<count {
                let (w, h) = (Int.random(in: 1...24, using: &random), Int.random(in: 1...24, using: &random))
                let x = Int.random(in: 0...frame.width - w, using: &random)
                let y = Int.random(in: 0...frame.height - h, using: &random)
                let add = UInt8.random(in: 1...255, using: &random)
                frame.withMutableBytes { bytes in
                    for row in y..<y + h {
                        for i in 3 * x..<3 * (x + w) { bytes[row * frame.rowStride + i] &+= add }
                    }
                }
            }
        }

        /// All of it, slightly.
        func fade() {
            frame.withMutableBytes { for i in $0.indices { $0[i] &+= 1 } }
        }
    }

    private static func stylizer(_ preset: String, threads: Int = 2) throws -> Stylizer {
        guard preset != "paper" else {
            return try Stylizer(Golden("paper-small").parameters, team: ThreadTeam(threads: threads))
        }
        return try Stylizer(
            weights: Resources.path(of: Golden.shippedWeights), precision: Precision(rawValue: preset) ?? .float32,
            team: ThreadTeam(threads: threads))
    }

    @Test(arguments: ["fast", "bfloat16", "paper"], [1, 2, 3, 5])
    func paintsWhatIsPaintedWithout(preset: String, threads: Int) throws {
        let (cached, plain) = (try Self.stylizer(preset, threads: threads), try Self.stylizer(preset))
        let size = [(181, 107), (160, 144), (50, 200), (37, 230)][threads / 2 + threads % 2 - 1]
        var clip = Clip(size.0, size.1, seed: threads)
        let tokens = plain.remember(style: StylizerTests.frame(80, 64, seed: 5))
        var statistics = plain.statistics(of: clip.frame)
        var (same, before) = (0, [UInt8]())
        for number in 0..<12 {
            switch number {
            case 3: break
            case 5: clip.fade()
            case 7: statistics = plain.statistics(of: StylizerTests.frame(size.0, size.1, seed: 9))
            default: clip.change(number % 3 + 1)
            }
            let (a, b) = (Frame(width: size.0, height: size.1), Frame(width: size.0, height: size.1))
            cached.paint(clip.frame, style: StyleMix(tokens), statistics: statistics, into: a, cache: .exact)
            plain.paint(clip.frame, style: StyleMix(tokens), statistics: statistics, into: b)
            let isEqual = a.pixels == b.pixels
            #expect(isEqual, "frame \(number)")
            same += before == b.pixels ? 1 : 0
            before = b.pixels
        }
        #expect(same == 1, "only one frame is repeated")
        let reuse = try #require(cached.reuse)
        #expect(reuse.network > 0.1 && reuse.network < 0.9)
        #expect(plain.reuse == nil)
    }

    /// Other frames between: of another size, by their statistics, without the cache, with other tokens.
    @Test func forgetsWhatIsNoLongerSo() throws {
        let (cached, plain) = (try Self.stylizer("fast"), try Self.stylizer("fast"))
        var clip = Clip(100, 90, seed: 1)
        let other = StylizerTests.frame(100, 90, seed: 8)
        var tokens = plain.remember(style: StylizerTests.frame(64, 64, seed: 5))
        let statistics = plain.statistics(of: clip.frame)
        func paint(_ stylizer: Stylizer, _ frame: Frame, _ cache: Cache) -> [UInt8] {
            let painted = Frame(width: frame.width, height: frame.height)
            stylizer.paint(frame, style: StyleMix(tokens), statistics: statistics, into: painted, cache: cache)
            return painted.pixels
        }
        for step in 0..<7 {
            clip.change(1)
            let isEqual = paint(cached, clip.frame, .exact) == paint(plain, clip.frame, .off)
            #expect(isEqual, "after step \(step)")
            switch step {
            case 0: _ = cached.statistics(of: other)
            case 1: _ = paint(cached, StylizerTests.frame(60, 50, seed: 2), .exact)
            case 2: _ = paint(cached, other, .off)
            // As large inside the network, and of the same size again.
            case 3: _ = paint(cached, StylizerTests.frame(101, 91, seed: 2), .exact)
            case 4: tokens = plain.remember(style: StylizerTests.frame(64, 80, seed: 6))
            default: _ = paint(cached, other, .exact)
            }
        }
    }

    /// A frame's own statistics are of the features that are kept.
    @Test func ownStatisticsFollowTheFrame() throws {
        let (cached, plain) = (try Self.stylizer("fast"), try Self.stylizer("fast"))
        var clip = Clip(90, 70, seed: 3)
        let tokens = plain.remember(style: StylizerTests.frame(64, 64, seed: 5))
        for _ in 0..<3 {
            clip.change(1)
            let (a, b) = (Frame(width: 90, height: 70), Frame(width: 90, height: 70))
            cached.paint(clip.frame, style: StyleMix(tokens), statistics: nil, into: a, cache: .exact)
            plain.paint(clip.frame, style: StyleMix(tokens), statistics: nil, into: b)
            let isEqual = a.pixels == b.pixels
            #expect(isEqual)
        }
    }

    /// A frame that is repeated costs nothing, and of one that changes in a corner little is computed.
    @Test func reusesWhatIsLeftAlone() throws {
        let stylizer = try Self.stylizer("fast")
        let frame = StylizerTests.frame(640, 400, seed: 1)
        let painted = Frame(width: 640, height: 400)
        let tokens = stylizer.remember(style: StylizerTests.frame(64, 64, seed: 5))
        let statistics = stylizer.statistics(of: frame)
        func paint() -> Double {
            stylizer.paint(frame, style: StyleMix(tokens), statistics: statistics, into: painted, cache: .exact)
            return stylizer.reuse!.network
        }
        #expect(paint() == 0)
        #expect(paint() == 0.5)
        frame.withMutableBytes { $0[0] ^= 255 }
        // Two thirds, were the third frame computed as the first was.
        let reuse = paint()
        #expect(reuse > 0.5 && reuse < 0.66)
        let stages = stylizer.reuse!.stages
        #expect(Set(stages.keys) == ["encode", "align", "kernels", "modulate 8", "modulate 4", "decode"])
        #expect(stages["encode"]! > stages["decode"]!)
    }

    @Test func aKeptFrameOf1080pTakesThisMuch() throws {
        let kept = Plan(try Golden("fast").painting, height: 1088, width: 1920, keeps: true)
        #expect(kept.byteCount < 530 << 20)
    }
}
