import Imaging
import Machine
import Synchronization
import TestSupport
import Testing
import Weights

@testable import StyleKernel

/// Several styles in one frame by masks, against the paintings of the whole frame that each style makes alone.
@Suite struct MaskedPaintingTests {
    /// - Parameter network: a golden's small one, or a precision of the shipped one.
    private static func stylizer(_ network: String = "float32", threads: Int = 2) throws -> Stylizer {
        guard let precision = Stylizer.Precision(rawValue: network) else {
            return try Stylizer(Golden(network).parameters, team: ThreadTeam(threads: threads))
        }
        return try Stylizer(
            weights: Resources.path(of: Golden.shippedWeights), precision: precision,
            team: ThreadTeam(threads: threads))
    }

    /// In words its low bytes are no copies of the high ones.
    private static func frame(_ width: Int, _ height: Int, _ format: PixelFormat = .rgb24, seed: Int) -> Frame {
        let bytes = StylizerTests.frame(width, height, seed: seed)
        guard format == .rgb48 else { return bytes }
        let frame = Frame(width: width, height: height, format: .rgb48)
        let pixels = bytes.pixels
        frame.fill { x, y in
            (0..<3).flatMap { [UInt8(truncatingIfNeeded: 31 * x + 7 * y), pixels[3 * (y * width + x) + $0]] }
        }
        return frame
    }

    private static func mask(_ frame: Frame, _ coverage: (_ x: Int, _ y: Int) -> UInt16) -> Mask {
        let mask = Mask(width: frame.width, height: frame.height)
        for y in 0..<frame.height {
            for x in 0..<frame.width { mask[x, y] = coverage(x, y) }
        }
        return mask
    }

    private static func components(_ frame: Frame) -> [Int] {
        let bytes = frame.pixels
        guard frame.format == .rgb48 else { return bytes.map { Int($0) } }
        return stride(from: 0, to: bytes.count, by: 2).map { Int(bytes[$0]) + 256 * Int(bytes[$0 + 1]) }
    }

    private static func expect(
        _ painted: [Int], is expected: [Int], _ what: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let place = painted.indices.first { painted[$0] != expected[$0] }
        #expect(place == nil, what, sourceLocation: sourceLocation)
    }

    /// A frame with three styles, the paintings that each makes of it alone, and what masks make of them by the book.
    ///
    /// By a small network of which all features live: of such frames the shipped one's at stride 8 are all rectified
    /// to 0 in the decoder, and hide what lies before.
    private struct Scene {
        let stylizer, plain: Stylizer
        let frame: Frame
        let styles: [StyleMix]
        let statistics: SceneStatistics

        init(
            _ width: Int, _ height: Int, _ format: PixelFormat = .rgb24, network: String = "fast-two-heads-k5",
            threads: Int = 2
        ) throws {
            stylizer = try MaskedPaintingTests.stylizer(network, threads: threads)
            plain = try MaskedPaintingTests.stylizer(network)
            frame = MaskedPaintingTests.frame(width, height, format, seed: 1)
            let tokens = [(80, 64, 5), (64, 96, 2), (64, 64, 8)].map { [plain] in
                plain.remember(style: StylizerTests.frame($0.0, $0.1, seed: $0.2))
            }
            styles = [
                StyleMix(tokens[0]), StyleMix(tokens[1]), StyleMix([tokens[2], tokens[0]], weights: [0.6, 0.4]),
            ]
            statistics = plain.statistics(of: frame)
        }

        func alone(_ style: Int) -> [Int] {
            let painted = Frame(width: frame.width, height: frame.height, format: frame.format)
            plain.paint(frame, style: styles[style], statistics: statistics, into: painted)
            return components(painted)
        }

        func together(_ base: Int?, _ over: [(style: Int, mask: Mask)]) -> [Int] {
            let painted = Frame(width: frame.width, height: frame.height, format: frame.format)
            painted.withMutableBytes { for i in $0.indices { $0[i] = 99 } }
            stylizer.paint(
                frame, base: base.map { styles[$0] },
                over: over.map { MaskedStyle(style: styles[$0.style], mask: $0.mask) }, statistics: statistics,
                into: painted)
            return components(painted)
        }

        /// there + mask (painting - there), rounded at each mask.
        func expected(_ base: Int?, _ over: [(style: Int, mask: Mask)]) -> [Int] {
            over.reduce(into: base.map(alone) ?? components(frame)) { there, masked in
                let painting = alone(masked.style)
                for i in there.indices {
                    let share = Double(masked.mask[i / 3 % frame.width, i / 3 / frame.width]) / 65535
                    there[i] = Int((Double(there[i]) + share * Double(painting[i] - there[i])).rounded())
                }
            }
        }
    }

    @Test(
        arguments: [(181, 107), (37, 29), (130, 20), (96, 64), (640, 48)],
        [("float32", 1), ("bfloat16", 3), ("paper-small", 3), ("fast-two-heads-k5", 2)])
    func bitsAreThoseOfEachStylesOwnPainting(size: (Int, Int), network: (String, Int)) throws {
        let scene = try Scene(size.0, size.1, network: network.0, threads: network.1)
        let half = Self.mask(scene.frame) { x, _ in x >= size.0 / 2 - 3 ? Mask.full : 0 }
        let painted = scene.together(0, [(1, half)])
        let (a, b) = (scene.alone(0), scene.alone(1))
        #expect(zip(a, b).filter { $0 != $1 }.count > a.count / 2, "two styles that paint alike")
        for i in painted.indices {
            let isRight = i / 3 % size.0 >= size.0 / 2 - 3
            guard painted[i] != (isRight ? b[i] : a[i]) else { continue }
            Issue.record("component \(i) is \(painted[i]), not \(isRight ? b[i] : a[i])")
            break
        }
    }

    @Test(arguments: [PixelFormat.rgb24, .rgb48], [1, 3])
    func greysMixWhatEachPaints(format: PixelFormat, threads: Int) throws {
        let scene = try Scene(181, 107, format, threads: threads)
        let slope = Self.mask(scene.frame) { x, y in UInt16(min(max(900 * (x - 40) + 20 * y, 0), 65535)) }
        let corner = Self.mask(scene.frame) { x, y in x > 120 && y < 50 ? 40_000 : 0 }
        let over = [(style: 1, mask: slope), (style: 2, mask: corner)]
        let (painted, expected) = (scene.together(0, over), scene.expected(0, over))
        Self.expect(painted, is: expected)
        // And that, rounded each time, is within a component of what is rounded once.
        let paintings = (0..<3).map(scene.alone)
        let isNear = painted.indices.allSatisfy { i in
            let (x, y) = (i / 3 % 181, i / 3 / 181)
            let step = Double(slope[x, y]) / 65535 * Double(paintings[1][i] - paintings[0][i])
            let below = Double(paintings[0][i]) + step
            let exact = below + Double(corner[x, y]) / 65535 * (Double(paintings[2][i]) - below)
            return abs(Double(painted[i]) - exact) <= 1
        }
        #expect(isNear)
    }

    @Test func severalRectanglesAndTheFrameItself() throws {
        let scene = try Scene(320, 203, threads: 3)
        let spots = [(20, 20, 9), (250, 40, 30), (60, 150, 25), (299, 190, 20), (90, 140, 14)]
        func near(_ x: Int, _ y: Int, _ spot: (Int, Int, Int)) -> Bool {
            abs(x - spot.0) < spot.2 && abs(y - spot.1) < spot.2
        }
        let some = Self.mask(scene.frame) { x, y in spots.contains { near(x, y, $0) } ? Mask.full : 0 }
        let others = Self.mask(scene.frame) { x, y in (x / 40 + y / 60) % 5 == 0 ? 22_222 : 0 }
        for base in [nil, 2] {
            for over in [[(style: 0, mask: some)], [(1, others), (0, some)], [(0, some), (2, others), (1, some)]] {
                Self.expect(scene.together(base, over), is: scene.expected(base, over))
            }
        }
    }

    /// Two corners whose rectangles overlap in the stages that see farther: what lies in both is made twice.
    @Test func rectanglesMayOverlapFarBack() throws {
        let scene = try Scene(720, 720)
        let corners = Self.mask(scene.frame) { x, y in max(x, y) < 328 || min(x, y) >= 392 ? Mask.full : 0 }
        for base in [nil, 0] {
            Self.expect(scene.together(base, [(1, corners)]), is: scene.expected(base, [(1, corners)]))
        }
    }

    @Test func masksOfNothingAndOfAll() throws {
        let scene = try Scene(100, 70)
        let (nothing, all) = (Mask(width: 100, height: 70), Self.mask(scene.frame) { _, _ in Mask.full })
        Self.expect(scene.together(0, []), is: scene.alone(0))
        Self.expect(scene.together(nil, []), is: Self.components(scene.frame))
        Self.expect(scene.together(0, [(1, nothing)]), is: scene.alone(0))
        Self.expect(scene.together(nil, [(1, nothing)]), is: Self.components(scene.frame))
        Self.expect(scene.together(0, [(1, all)]), is: scene.alone(1))
        Self.expect(scene.together(nil, [(0, all), (2, all), (1, nothing)]), is: scene.alone(2))
    }

    /// Frames by other masks, styles and ways between: nothing of them is left.
    @Test func whatWasPaintedBeforeDoesNotMatter() throws {
        let scene = try Scene(150, 90)
        let (left, right) = (
            Self.mask(scene.frame) { x, _ in x < 50 ? Mask.full : 0 },
            Self.mask(scene.frame) { x, _ in x >= 100 ? Mask.full : 9000 }
        )
        let over = [(style: 1, mask: left), (style: 2, mask: right)]
        let expected = scene.expected(0, over)
        let (other, painted) = (Self.frame(150, 90, seed: 4), Frame(width: 150, height: 90))
        for step in 0..<6 {
            Self.expect(scene.together(0, over), is: expected, "after step \(step)")
            switch step {
            case 0: scene.stylizer.paint(other, base: nil, over: [], statistics: nil, into: painted)
            case 1: scene.stylizer.paint(other, style: scene.styles[2], statistics: scene.statistics, into: painted)
            case 2:
                scene.stylizer.paint(
                    other, style: scene.styles[0], statistics: scene.statistics, into: painted, cache: .exact)
            case 3: _ = scene.stylizer.statistics(of: other)
            default: _ = scene.together(nil, [(2, left), (0, right), (1, left)])
            }
        }
    }

    /// Into itself too, by its own statistics, with its place.
    @Test func aFrameHasItsOwnStatisticsAndPlace() throws {
        let scene = try Scene(90, 60)
        let half = Self.mask(scene.frame) { x, _ in x < 40 ? Mask.full : 100 }
        let expected = scene.expected(nil, [(1, half)])
        scene.frame.number = 17
        scene.frame.presentationTime = Timestamp(34, timeBase: Rational(1, 50))
        let painted = Frame(width: 90, height: 60)
        let over = [MaskedStyle(style: scene.styles[1], mask: half)]
        scene.stylizer.paint(scene.frame, base: nil, over: over, statistics: nil, into: painted)
        Self.expect(Self.components(painted), is: expected)
        #expect(painted.number == 17 && painted.presentationTime == scene.frame.presentationTime)
        scene.stylizer.paint(scene.frame, base: nil, over: over, statistics: scene.statistics, into: scene.frame)
        Self.expect(Self.components(scene.frame), is: expected)
    }

    /// Three styles in upright thirds of 1920 pixels, and a spot on the frame itself, in products of one style's
    /// painting: no more than the width that strokes see is computed twice.
    @Test func costsLittleMoreThanOneStyle() throws {
        let stylizer = try Self.stylizer()
        let (width, height) = (1920, 272)
        let frame = Self.frame(width, height, seed: 1)
        let painted = Frame(width: width, height: height)
        let style = StyleMix(stylizer.remember(style: StylizerTests.frame(64, 64, seed: 5)))
        let statistics = stylizer.statistics(of: frame)
        func cost(_ base: StyleMix?, _ masks: [Mask]) -> Double {
            stylizer.rest()
            let over = masks.map { MaskedStyle(style: style, mask: $0) }
            stylizer.paint(frame, base: base, over: over, statistics: statistics, into: painted)
            return stylizer.way.withLock { $0!.runner.work }.values.reduce(0) { $0 + $1.done }
        }
        let one = cost(style, [])
        let thirds = [1, 2].map { third in
            Self.mask(frame) { x, _ in (640 * third..<640 * (third + 1)).contains(x) ? Mask.full : 0 }
        }
        let three = cost(style, thirds) / one
        #expect(three > 1 && three < 1.3, "three styles take \(three) of one's products")
        let spot = cost(nil, [Self.mask(frame) { x, y in x < 100 && y < 100 ? 9 : 0 }]) / one
        #expect(spot > 0 && spot < 0.3, "a spot takes \(spot)")
        #expect(cost(nil, []) == 0 && cost(nil, [Mask(width: width, height: height)]) == 0)
    }

    /// What outlasts a style's painting, and that nothing is overwritten, costs so much.
    @Test func aFrameOf1080pTakesThisMuch() throws {
        let stylizer = try Self.stylizer(threads: 1)
        let plain = stylizer.bytes(width: 1920, height: 1080)
        let masked = stylizer.bytes(width: 1920, height: 1080, masks: 3)
        #expect(masked > plain && masked < plain + 90 << 20, "\(masked >> 20) MiB, and \(plain >> 20) without masks")
    }
}
