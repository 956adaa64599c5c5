import Imaging
import Machine
import Pipeline
import Stillness

/// Holding still as an effect: what does not move in the source is the same picture again, byte by byte.
///
/// Scenes are cut into stretches of about 250 frames, each of which begins anew but for the scene's first frames, whose
/// picture is kept: so a frame in the middle of a long scene follows from a bounded number of others, and yet what has
/// stood since the scene began is the same at its end.
// Sendable: it belongs to the stage of one line.
final class Holding: Effect, @unchecked Sendable {
    private let score: Score
    private let picture: StillPicture
    private var stretch = 0..<0
    /// The next frame of the stretch to be looked at.
    private var next = 0
    private let shares: Tally<Double>?

    /// - Parameter shares: is told which share of the picture is held, of each frame.
    init(_ score: Score, team: ThreadTeam, shares: Tally<Double>? = nil) {
        (self.score, self.shares) = (score, shares)
        picture = StillPicture(width: score.painting.width, height: score.painting.height, team: team)
    }

    var name: String { "hold" }
    static let reach = Reach(after: StillPicture.lookahead)
    var reach: Reach { Self.reach }
    var makesContent: Bool { true }

    func shown(before number: Int) -> [Range<Int>] {
        let (scene, stretch) = (score.scene(of: number).frames, stretch(of: number))
        let first = scene.lowerBound..<min(scene.lowerBound + StillPicture.anchorFrame + 1, number)
        return [first, stretch.lowerBound..<number].filter { !$0.isEmpty }
    }

    func apply(_ window: Window, into frame: Frame) {
        give(window, into: frame)
        shares?.add(picture.heldShare, of: window.centre.number)
    }

    func pass(_ window: Window) { give(window, into: nil) }

    private func give(_ window: Window, into frame: Frame?) {
        let number = window.centre.number
        if !stretch.contains(number) {
            stretch = stretch(of: number)
            precondition(number == stretch.lowerBound, "a stretch that was not shown from its beginning")
            let scene = score.scene(of: number)
            guard let noise = scene.noise else { preconditionFailure("a scene is held whose noise nobody measured") }
            picture.begin(noise, ofScene: number == scene.frames.lowerBound)
            next = number
        }
        while next <= min(number + reach.after, stretch.upperBound - 1), let picture = window[next - number] {
            self.picture.look(at: picture.frame.frame)
            next += 1
        }
        picture.give(window.centre.frame.frame, into: frame)
    }

    /// The stretch of a frame's scene that it lies in: all are of one length, give or take a frame.
    private func stretch(of number: Int) -> Range<Int> {
        let scene = score.scene(of: number).frames
        let parts = max(1, (scene.count + Chunks.length / 2) / Chunks.length)
        func edge(_ part: Int) -> Int { scene.lowerBound + part * scene.count / parts }
        let part = (0..<parts).last { edge($0) <= number } ?? 0
        return edge(part)..<edge(part + 1)
    }
}
