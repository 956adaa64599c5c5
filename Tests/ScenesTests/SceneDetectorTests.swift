import Imaging
import Scenes
import Testing

struct SceneDetectorTests {
    private func cuts(_ pictures: [Picture]) -> [Int] {
        var detector = SceneDetector()
        for picture in pictures { detector.add(Thumbnail(picture.frame())) }
        detector.finish()
        return detector.cuts
    }

    /// A scene of its own: a slow pan, a shaking hand, a slow zoom or a still, in turn, with grain.
    private func scene(_ number: Int, frames: Int = 12) -> [Picture] {
        let scenery = Scenery(seed: 100 + number)
        var random = Random(seed: number)
        return (0..<frames).map { frame in
            let time = Double(frame)
            let picture =
                switch number % 4 {
                case 0: scenery.picture(x: 1.5 * time, y: 0.5 * time)
                case 1: scenery.picture(x: 3 * random.unit(), y: 3 * random.unit())
                case 2: scenery.picture(x: 0, y: 0, zoom: 1 + 0.01 * time)
                default: scenery.picture(x: 0, y: 0)
                }
            return picture.grainy(8, seed: 1000 * number + frame)
        }
    }

    @Test func twentyCutsAFlashAFadeAndAWhipPan() {
        var pictures: [Picture] = []
        var truth: [Int] = []
        for number in 0...20 {
            if number > 0 { truth.append(pictures.count) }
            switch number {
            case 5: pictures += flash(scene(number, frames: 20))
            case 10: pictures += fade(scene(number, frames: 30))
            case 15: pictures += whipPan(Scenery(seed: number))
            default: pictures += scene(number)
            }
        }
        #expect(truth.count == 20)
        #expect(cuts(pictures) == truth)
    }

    private func flash(_ scene: [Picture]) -> [Picture] {
        var scene = scene
        for (frame, share) in [(8, 1.0), (9, 0.8), (10, 0.3)] {
            scene[frame] = scene[frame].mixed(with: Picture(colour: SIMD3(repeating: 255)), share)
        }
        return scene
    }

    /// To black and back.
    private func fade(_ scene: [Picture]) -> [Picture] {
        scene.enumerated().map { frame, picture in
            let light = min(1, abs(Double(frame) - 15) / 8)
            return picture.map { $0 * light }
        }
    }

    /// Rests, is torn over two and a half widths of the picture in nine frames, and rests.
    private func whipPan(_ scenery: Scenery) -> [Picture] {
        let steps = [0.0, 10, 40, 55, 60, 60, 60, 55, 40, 20]
        var x = 0.0
        return (0..<26).map { frame in
            let step = (8..<18).contains(frame) ? steps[frame - 8] : 0
            x += step
            return scenery.picture(x: x, y: 0, blur: step / 2)
        }
    }

    @Test func aDissolveIsNoCut() {
        let (from, to) = (scene(1, frames: 30), scene(2, frames: 30))
        let pictures = (0..<30).map { from[$0].mixed(with: to[$0], min(1, max(0, Double($0 - 8) / 12))) }
        #expect(cuts(pictures).isEmpty)
    }

    @Test(arguments: [1, 2, 4]) func aFlashOfAnyLengthIsNoCut(length: Int) {
        var pictures = scene(0, frames: 30)
        for frame in 12..<12 + length { pictures[frame] = pictures[frame].map { $0 * 2.5 + 60 } }
        #expect(cuts(pictures).isEmpty)
    }

    @Test func aFlashOnACutIsOneCutBehindIt() {
        var pictures = scene(0) + scene(3)
        pictures[12] = Picture(colour: SIMD3(repeating: 255))
        #expect(cuts(pictures) == [13])
    }

    @Test func aLightThatIsSwitchedIsNoCut() {
        var pictures = scene(1, frames: 30)
        for frame in 15..<30 { pictures[frame] = pictures[frame].map { $0 * 0.4 + 5 } }
        #expect(cuts(pictures).isEmpty)
    }

    @Test func stillAndNoise() {
        #expect(cuts(Array(repeating: Scenery(seed: 1).picture(x: 0, y: 0), count: 30)).isEmpty)
        let grey = Picture(colour: SIMD3(repeating: 128))
        #expect(cuts((0..<40).map { grey.grainy(127, seed: $0) }).isEmpty)
        let dark = Picture(colour: SIMD3(repeating: 6))
        #expect(cuts((0..<40).map { dark.grainy(6, seed: $0) }).isEmpty)
    }

    @Test func twoCutsThreeFramesApart() {
        #expect(cuts(scene(0) + scene(1, frames: 3) + scene(2)) == [12, 15])
    }

    @Test func aSceneOfThreeFramesBetweenTwoHalvesOfAnother() {
        let whole = scene(0, frames: 24)
        #expect(cuts(Array(whole[..<12]) + scene(1, frames: 3) + Array(whole[12...])) == [12, 15])
    }

    @Test func aCutBetweenSimilarPictures() {
        // The same world from another place: its colours and its contrast are alike, its shapes are not.
        let scenery = Scenery(seed: 9)
        let near = (0..<12).map { scenery.picture(x: Double($0), y: 0).grainy(4, seed: $0) }
        let far = (0..<12).map { scenery.picture(x: 900 + Double($0), y: 300).grainy(4, seed: 50 + $0) }
        #expect(cuts(near + far) == [12])
    }

    @Test func cutsBetweenPlainColours() {
        let red = Array(repeating: Picture(colour: SIMD3(200, 20, 20)), count: 8)
        let green = Array(repeating: Picture(colour: SIMD3(20, 120, 20)), count: 8)
        let dark = Array(repeating: Picture(colour: SIMD3(20, 20, 60)), count: 8)
        #expect(cuts(red + green + dark + red) == [8, 16, 24])
    }

    @Test func aSlideShow() {
        let slides = (0..<6).flatMap { Array(repeating: Scenery(seed: $0).picture(x: 0, y: 0), count: 10) }
        #expect(cuts(slides) == [10, 20, 30, 40, 50])
    }

    @Test func everyPictureShownFourTimes() {
        let scenery = Scenery(seed: 3)
        let pictures = (0..<48).map { scenery.picture(x: 6 * Double($0 / 4), y: 2 * Double($0 / 4)) }
        #expect(cuts(pictures).isEmpty)
    }

    @Test func cutsAtTheVeryEnds() {
        #expect(cuts(scene(0, frames: 2) + scene(1)) == [2])
        #expect(cuts(scene(0) + scene(1, frames: 1)) == [12])
        #expect(cuts([]).isEmpty)
        #expect(cuts(scene(0, frames: 1)).isEmpty)
    }

    @Test func framesSmallerThanAThumbnail() {
        let frame = Frame(width: 2, height: 3)
        frame.withMutableBytes { $0[0] = 255 }
        let thumbnail = Thumbnail(frame)
        // The upper left pixel is red: its share of the grid has red's luma, the rest none.
        #expect(abs(thumbnail.luma[0] - 76.245) < 0.01)
        #expect(thumbnail.luma[Thumbnail.width - 1] == 0)
        #expect(thumbnail.luma[(Thumbnail.height - 1) * Thumbnail.width] == 0)
    }
}
