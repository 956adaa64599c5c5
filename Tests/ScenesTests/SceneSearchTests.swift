import Scenes
import TestSupport
import Testing

/// The scene around any frame, found from there, is the one that the whole clip gives.
struct SceneSearchTests {
    /// Thumbnails of scenes of one to some sixty frames: of noise that moves, flashes, fades and repeats itself.
    private func clip(_ random: inout Seeded, frames: Int) -> [Thumbnail] {
        var thumbnails: [Thumbnail] = []
        while thumbnails.count < frames {
            let length = [1, 2, 3, 5, 9, 14, 30, 60].randomElement(using: &random)!
            let (base, light) = (random.floats(Thumbnail.width * Thumbnail.height * 3, 0...255), random.next() % 5)
            let step = [0, 0, 0, 2, 4, 40].randomElement(using: &random)!
            for frame in 0..<length {
                var pixels = base
                let shift = step * frame * 3 % pixels.count
                pixels = Array(pixels[shift...] + pixels[..<shift])
                if light == 0, frame == length / 2 { pixels = pixels.map { min(255, $0 * 2.5 + 60) } }
                if light == 1 { pixels = pixels.map { $0 * abs(Float(frame) - Float(length) / 2) / Float(length) } }
                if light == 2, frame == 0 { pixels = pixels.map { _ in 255 } }
                thumbnails.append(Thumbnail(pixels: pixels))
            }
        }
        return Array(thumbnails[..<frames])
    }

    private func keys(_ random: inout Seeded, frames: Int, apart: Int) -> [Int] {
        var keys = [0]
        while keys.last! < frames { keys.append(keys.last! + Int.random(in: 1...apart, using: &random)) }
        return Array(keys.dropLast())
    }

    @Test(arguments: [1, 20, 90, 1000]) func isTheOneOfTheWhole(keysApart: Int) {
        var random = Seeded(keysApart)
        for length in [1, 13, 14, 40, 500] {
            let clip = clip(&random, frames: length)
            var whole = SceneDetector()
            for thumbnail in clip { whole.add(thumbnail) }
            whole.finish()
            let search = SceneSearch(frameCount: length, keys: keys(&random, frames: length, apart: keysApart))
            var walked = 0
            for _ in 0..<6 {
                let moment = Int.random(in: 0..<length, using: &random)
                let scene = search.scene(around: moment) { range, take in
                    for number in range {
                        walked += 1
                        guard take(clip[number]) else { return }
                    }
                }
                let begin = whole.cuts.last { $0 <= moment } ?? 0
                let end = whole.cuts.first { $0 > moment } ?? length
                #expect(scene == begin..<end, "around \(moment) of \(length), key frames at \(search.keys)")
            }
            guard length == 500 else { continue }
            #expect(whole.cuts.count > 10)
            if keysApart < 500 { #expect(walked < 6 * length / 2, "\(walked / 6) of \(length) frames were looked at") }
        }
    }
}
