import Scenes
import TestSupport
import Testing

/// Dissolves of generated scenes, at known places.
@Suite struct SoftCutTests {
    private func found(_ pictures: [Picture], in scene: Range<Int>? = nil, first: Int = 0) -> [Range<Int>] {
        var detector = SoftCutDetector(first: first)
        for picture in pictures { detector.add(Glimpse(Thumbnail(picture.frame()))) }
        detector.finish()
        return detector.softCuts(in: scene ?? first..<first + pictures.count)
    }

    private func scene(_ seed: Int, _ frames: Int, speed: Double = 0.5) -> [Picture] {
        (0..<frames).map {
            Scenery(seed: seed).picture(x: speed * Double($0), y: 0).grainy(6, seed: 1000 * seed + $0)
        }
    }

    /// The last frames of one and the first of the other go over into one another.
    private func dissolve(_ a: [Picture], _ b: [Picture], length: Int) -> [Picture] {
        let over = (0..<length).map { frame in
            let share = Double(frame + 1) / Double(length + 1)
            let (from, to) = (a[a.count - length + frame], b[frame])
            var picture = from
            for place in picture.pixels.indices {
                picture.pixels[place] = from.pixels[place] * (1 - share) + to.pixels[place] * share
            }
            return picture
        }
        return a.dropLast(length) + over + b.dropFirst(length)
    }

    @Test(arguments: [8, 16, 30, 50]) func aDissolveIsFoundWhereItIs(_ length: Int) throws {
        let pictures = dissolve(scene(1, 90), scene(2, 90), length: length)
        let softCuts = found(pictures)
        #expect(softCuts.count == 1)
        let softCut = try #require(softCuts.first)
        let slack = max(3, length / 5)
        #expect(abs(softCut.lowerBound - (90 - length)) <= slack && abs(softCut.upperBound - 90) <= slack, "\(softCut)")
    }

    @Test func aFadeByWayOfBlackIsOne() throws {
        func fade(_ pictures: [Picture], _ light: (Int) -> Double) -> [Picture] {
            pictures.enumerated().map { at, picture in picture.map { $0 * min(max(light(at), 0), 1) } }
        }
        let pictures =
            fade(scene(3, 60)) { Double(60 - $0) / 12 } + fade(scene(4, 60)) { Double($0 - 6) / 12 }
        let softCut = try #require(found(pictures).first)
        #expect(softCut.contains(60) && (4...16).contains(softCut.count) && found(pictures).count == 1)
    }

    @Test func whatIsNoneIsNone() {
        let light = scene(5, 80).enumerated().map { at, picture in picture.map { $0 * (0.3 + 0.009 * Double(at)) } }
        let dark = scene(6, 80).enumerated().map { at, picture in picture.map { $0 * max(0, 1 - Double(at) / 40) } }
        for pictures in [scene(7, 120), scene(8, 120, speed: 8), scene(9, 60) + scene(10, 60), light, dark] {
            #expect(found(pictures).isEmpty)
        }
    }

    /// A preview sees the scene alone, the first pass what lies around it too.
    @Test func aSceneByItselfHasTheSame() {
        let middle = dissolve(dissolve(scene(11, 70), scene(12, 90), length: 20), scene(13, 70), length: 12)
        let whole = scene(14, 50) + middle + scene(15, 50)
        let alone = found(middle, first: 50)
        #expect(alone.count == 2)
        #expect(found(whole, in: 50..<50 + middle.count) == alone)
    }
}
