import Imaging
import Machine
@testable import Motion
import TestSupport
import Testing

/// Painted frames that are steadied by their neighbours.
@Suite struct BlendTests {
    private static let (width, height) = (120, 90)

    private func blend(
        _ numbers: [Int], _ source: [Frame], _ painted: [Frame], threads: Int = 2, scene: ClosedRange<Int>? = nil
    ) -> [[UInt8]] {
        let (width, height) = (source[0].width, source[0].height)
        let format = painted[0].format
        let blend = NeighbourBlend(
            width: width, height: height, format: format, team: ThreadTeam(threads: threads))
        let scene = scene ?? 0...source.count - 1
        return numbers.map { number in
            let frame = Frame(width: width, height: height, format: format)
            blend.blend(
                number, of: max(scene.lowerBound, number - 2)...min(scene.upperBound, number + 2),
                source: { source[$0] }, painted: { painted[$0] }, into: frame)
            return frame.pixels
        }
    }

    /// A camera that goes right and down.
    private func panned(_ number: Int, of picture: Int = 0) -> Frame {
        frame(Self.width, Self.height) {
            ($0 + 2.5 * Double(number) + 300 * Double(picture), $1 + 1.25 * Double(number))
        }
    }

    private let still = frame(Self.width, Self.height) { ($0, $1) }

    /// Also where they differ in a corner, whose detail is given back as far as 32 pixels away.
    @Test func equalPaintingsStayAsTheyAre() {
        let painting = noise(Self.width, Self.height, 1)
        let own = painting.pixels
        let other = noise(Self.width, Self.height, 2).pixels
        let spoilt = (0..<5).map { number in
            let frame = Frame(width: Self.width, height: Self.height)
            frame.fill { x, y in
                let i = 3 * (y * Self.width + x)
                return Array((number == 3 && x < 4 && y < 4 ? other : own)[i..<i + 3])
            }
            return frame
        }
        let noisy = (0..<5).map { still.disturbed(by: 3, seed: $0) }
        for source in [[Frame](repeating: still, count: 5), noisy] {
            #expect(blend([2], source, [Frame](repeating: painting, count: 5))[0] == own)
            let steadied = blend([2], source, spoilt)[0]
            #expect(steadied != own && steadied[(3 * 4 * Self.width)...] == own[(3 * 4 * Self.width)...])
        }
    }

    /// 16 bits of them too, of which no one is lost.
    @Test func equalDeepPaintingsStayAsTheyAre() {
        let painting = deepNoise(Self.width, Self.height, 1)
        let spoilt = (0..<5).map { number in
            let frame = Frame(width: Self.width, height: Self.height, format: .rgb48)
            frame.copyPixels(of: painting)
            if number == 3 { frame.withMutableBytes { $0[1] ^= 0x40 } }
            return frame
        }
        let source = [Frame](repeating: deepNoise(Self.width, Self.height, 3), count: 5)
        let (steadied, own) = (blend([2], source, spoilt)[0], painting.pixels)
        let row = 6 * Self.width
        #expect(steadied != own && steadied[(40 * row)...] == own[(40 * row)...])
    }

    /// Before a still ground a thing moves and its painting flickers: far from it the painting stays as it is.
    @Test func aStillGroundStaysAsItIs() {
        func moved(_ ground: (Int, Int) -> [UInt8], _ number: Int) -> Frame {
            let frame = Frame(width: Self.width, height: Self.height)
            frame.fill { x, y in
                abs(x - 30 - 6 * number) < 12 && abs(y - 20) < 12
                    ? scenery(Double(x - 6 * number) + 900, Double(y)) : ground(x, y)
            }
            return frame
        }
        let painting = noise(Self.width, Self.height, 1).pixels
        let source = (0..<5).map { moved({ x, y in scenery(Double(x), Double(y)) }, $0) }
        let painted = (0..<5).map {
            moved({ x, y in Array(painting[3 * (y * Self.width + x)..<3 * (y * Self.width + x) + 3]) }, $0)
        }
        let (steadied, own) = (blend([2], source, painted)[0], painted[2].pixels)
        let far = 3 * 60 * Self.width
        #expect(steadied[far...] == own[far...])
        #expect(steadied != own)
    }

    /// Of a moving picture each painting has noise of its own: from one frame to the next it changes less, seen from
    /// what moves.
    @Test func flickerGoesAlongTheMotion() {
        let source = (0..<6).map { number in frame(Self.width, Self.height) { ($0 + 3 * Double(number), $1) } }
        let painted = (0..<6).map { source[$0].disturbed(by: 40, seed: $0) }
        func change(_ first: [UInt8], _ second: [UInt8]) -> Int {
            (30..<60).reduce(0) { sum, y in
                (90..<270).reduce(sum) {
                    $0 + abs(Int(first[3 * Self.width * y + $1]) - Int(second[3 * Self.width * y + $1 - 9]))
                }
            }
        }
        let steadied = blend([2, 3], source, painted)
        let (before, after) = (
            change(painted[2].pixels, painted[3].pixels), change(steadied[0], steadied[1])
        )
        #expect(2 * after < before)
    }

    /// A layer that moves before a still source, also where motion is looked for in a picture that is smaller: what it
    /// has uncovered, or will cover, shows nothing of it. Without layers it does.
    @Test(arguments: [(120, 90, 3), (600, 560, 7)]) func nothingIsSeenThroughTheEdgeOfALayer(
        width: Int, height: Int, step: Int
    ) {
        let source = [Frame](repeating: frame(width, height) { ($0, $1) }, count: 5)
        let pool = FramePool(width: width, height: height)
        func film(of layers: Bool) -> [Frame] {
            (0..<5).map { number in
                func covers(_ x: Int) -> Bool { (width / 3..<width / 2).contains(x - step * number) }
                let painted = Frame(width: width, height: height)
                painted.fill { x, _ in covers(x) ? [200, 10, 60] : [90, 120, 30] }
                guard layers else { return painted }
                let lease = pool.lease()
                lease.frame.fill { x, _ in covers(x) ? [0, 0, 255] : [0, 0, 0] }
                painted.layers = lease
                return painted
            }
        }
        let (layered, plain) = (film(of: true), film(of: false))
        #expect(blend([2], source, layered)[0] == layered[2].pixels)
        #expect(blend([2], source, plain)[0] != plain[2].pixels)
    }

    /// Where layers agree their paintings' flicker is steadied, and a ground that is kept is not.
    @Test func theSameLayerIsSteadiedAndAKeptGroundIsNot() {
        let pool = FramePool(width: Self.width, height: Self.height)
        let painted = (0..<5).map { number in
            let frame = still.disturbed(by: 40, seed: number)
            let lease = pool.lease()
            lease.frame.fill { x, _ in x < 60 ? [0, 0, 0] : [255, 0, 255] }
            frame.layers = lease
            return frame
        }
        let source = [Frame](repeating: still, count: 5)
        let steadied = Frame(width: Self.width, height: Self.height)
        func kept(_ keepsGround: Bool) -> (ground: Bool, layer: Bool) {
            NeighbourBlend(width: Self.width, height: Self.height, team: ThreadTeam(threads: 2)).blend(
                2, of: 0...4, source: { source[$0] }, painted: { painted[$0] }, keepsGround: keepsGround,
                into: steadied)
            func same(_ columns: Range<Int>) -> Bool {
                (0..<Self.height).allSatisfy { y in
                    let row = 3 * (y * Self.width + columns.lowerBound)..<3 * (y * Self.width + columns.upperBound)
                    return steadied.pixels[row] == painted[2].pixels[row]
                }
            }
            return (same(0..<60), same(60..<Self.width))
        }
        #expect(kept(false) == (false, false))
        #expect(kept(true) == (true, false))
    }

    /// A mean of five would keep less than half of it.
    @Test func detailIsKept() {
        let source = [Frame](repeating: still, count: 5)
        let painted = (0..<5).map { still.disturbed(by: 60, seed: $0) }
        let steadied = Frame(width: Self.width, height: Self.height)
        let pixels = blend([2], source, painted)[0]
        steadied.fill { x, y in Array(pixels[3 * (y * Self.width + x)..<3 * (y * Self.width + x) + 3]) }
        #expect(steadied.gradient > 0.8 * painted[2].gradient && pixels != painted[2].pixels)
    }

    /// Neighbours that show something else count for nothing, wherever motion believes to have found it.
    @Test func otherPicturesLeaveNoTrace() {
        let source = (0..<3).map { noise(Self.width, Self.height, 20 + $0) }
        let painted = (0..<3).map { noise(Self.width, Self.height, 10 + $0) }
        #expect(blend([1], source, painted)[0] == painted[1].pixels)
    }

    /// Strokes beside a box that vanishes vanish with it.
    @Test func aVanishedThingLeavesNoOutline() {
        func frame(_ hasBox: Bool, _ change: Int) -> Frame {
            let (frame, ground) = (Frame(width: Self.width, height: Self.height), still.pixels)
            frame.fill { x, y in
                let isBox = hasBox && (40..<70).contains(x) && (30..<60).contains(y)
                // What lies around a box is painted otherwise, as far as change is not 0.
                let isNear = hasBox && (25..<85).contains(x) && (15..<75).contains(y)
                return (0..<3).map { c in
                    let value = Int(ground[3 * (y * Self.width + x) + c]) / 2 + (isNear ? change : 0)
                    return UInt8(isBox ? 250 : value)
                }
            }
            return frame
        }
        let source = (0..<6).map { frame($0 < 3, 0) }
        let painted = (0..<6).map { frame($0 < 3, 20) }
        for number in [2, 3] { #expect(blend([number], source, painted)[0] == painted[number].pixels) }
    }

    /// A fade's paintings are as dark as its frames.
    @Test func aFadeIsNotSmoothed() {
        let frames = (0..<5).map { number in
            let dark = Frame(width: Self.width, height: Self.height)
            let pixels = still.pixels
            dark.fill { x, y in (0..<3).map { pixels[3 * (y * Self.width + x) + $0] / UInt8(5 - number) } }
            return dark
        }
        for number in 1..<4 { #expect(blend([number], frames, frames)[0] == frames[number].pixels) }
    }

    /// Alone or in sequence, forwards or backwards, whatever was kept meanwhile.
    @Test func aFrameIsAFunctionOfItsWindow() {
        let source = (0..<9).map { panned($0, of: $0 < 5 ? 0 : 1) }
        let painted = source.enumerated().map { $1.disturbed(by: 40, seed: $0) }
        let whole = blend(Array(0..<5), source, painted, scene: 0...4) + blend([5, 6], source, painted, scene: 5...8)
        let orders = [[4, 3, 2, 1, 0], [3, 0, 3]]
        for order in orders {
            #expect(blend(order, source, painted, scene: 0...4) == order.map { whole[$0] })
        }
        #expect(blend([6], source, painted, scene: 5...8)[0] == whole[6])
        #expect(blend([2], source, painted, threads: 1, scene: 0...4)[0] == whole[2])
        #expect(blend([2], source, painted, threads: 3, scene: 0...4)[0] == whole[2])
        #expect(Set(whole).count == 7)
    }

    @Test(arguments: [(8, 8), (9, 31), (640, 8), (273, 275)]) func anySizeIsTaken(_ size: (Int, Int)) {
        let source = (0..<3).map { number in frame(size.0, size.1) { ($0 + Double(number), $1) } }
        let painted = (0..<3).map { noise(size.0, size.1, $0) }
        #expect(blend([1], source, painted)[0].count == 3 * size.0 * size.1)
        #expect(!Pyramid.canSee(width: 7, height: 100))
    }
}
