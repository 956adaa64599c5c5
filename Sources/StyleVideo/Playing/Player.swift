import Imaging
import Media
import Motion
import Pipeline
import Stillness
import StyleKernel

/// Plays a score: paints a range of its frames, each as it is in the whole.
struct Player {
    let score: Score
    let studio: Studio
    var cache = Cache.off
    /// Of the score's regions.
    var masks: Masks?
    /// Is told which share of the picture is held still, of each frame.
    var shares: Tally<Double>?

    /// - Parameters:
    ///   - clip: the score's source, at its beginning or with an index to find frames by.
    ///   - sink: takes the frames; whoever gave it finishes it.
    func play(
        _ frames: Range<Int>, of clip: WorkingClip, meter: (any Meter)? = nil, into sink: any FrameSink, _ run: Run
    ) throws -> Line.Played {
        let effects = score.isSource ? [] : effects(for: clip)
        let line = Line(
            source: clip, frames: frames, startsScene: score.startsScene, effects: effects, meter: meter, sink: sink)
        return try line.play(size: clip.size, format: clip.format, cancellation: run.cancellation) {
            run.progress(Progress(.painting, done: $0, total: frames.count))
        }
    }
}

extension Player {
    private func effects(for clip: WorkingClip) -> [any Effect] {
        let holding = score.painting.steady.holds ? Holding(score, team: studio.network.team, shares: shares) : nil
        var effects: [any Effect] = [Painting(score: score, masks: masks, studio: studio, cache: cache)]
        if let holding { effects.insert(holding, at: 0) }
        if let stabiliser = stabiliser(for: clip) { effects.append(stabiliser) }
        return effects
    }

    private func stabiliser(for clip: WorkingClip) -> Stabiliser? {
        guard score.painting.steady == .full else { return nil }
        return Stabiliser(
            width: clip.width, height: clip.height, format: clip.format, team: studio.network.team,
            keepsGround: score.painting.leavesBackground == true, startsManner: score.startsManner)
    }
}

/// The network as an effect: it looks at the frame alone, and by its scene's statistics.
struct Painting: Effect {
    let score: Score
    private let painter: Painter

    init(score: Score, masks: Masks?, studio: Studio, cache: Cache) {
        self.score = score
        painter = Painter(score.painting, studio, masks: masks, cache: cache)
    }

    var name: String { "paint" }
    var reach: Reach { .none }

    func apply(_ window: Window, into frame: Frame) throws {
        let (number, place) = (window.centre.number, window.centre.source.frame.place)
        precondition(place.presentationTime.timeBase == score.source.timeBase, "a frame of another clock")
        let manner = score.cue(of: number).manner(at: place.presentationTime.value)
        try painter.paint(
            window.centre.frame.frame, source: window.centre.source.frame, manner,
            score.scene(of: number).figures(of: number), into: frame)
    }
}

extension Steadiness {
    /// Of the effects that a frame passes, in order.
    var reaches: [Reach] { (holds ? [Holding.reach] : []) + [.none] + (self == .full ? [Stabiliser.reach] : []) }

    /// Bytes that its effects keep for frames of a size.
    func bytes(width: Int, height: Int, format: PixelFormat = .rgb24) -> Int {
        (holds ? StillPicture.bytes(width: width, height: height) : 0)
            + (self == .full ? NeighbourBlend.bytes(width: width, height: height, format: format) : 0)
    }
}
