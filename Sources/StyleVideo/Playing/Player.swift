import Imaging
import Media
import Pipeline
import StyleKernel

/// Plays a score: paints a range of its frames, each as it is in the whole.
struct Player {
    let score: Score
    let studio: Studio
    var cache = Cache.off

    /// - Parameters:
    ///   - clip: the score's source, standing before the range.
    ///   - sink: takes the frames; whoever gave it finishes it.
    func play(
        _ frames: Range<Int>, of clip: WorkingClip, meter: (any Meter)? = nil, into sink: any FrameSink, _ run: Run
    ) throws -> Line.Played {
        let line = Line(
            source: clip, frames: frames, startsScene: score.startsScene,
            effects: [Painting(score: score, studio: studio, cache: cache)], meter: meter, sink: sink)
        return try line.play(size: clip.size, cancellation: run.cancellation) {
            run.progress(Progress(.painting, done: $0, total: frames.count))
        }
    }
}

/// The network as an effect: it looks at the frame alone, and by its scene's statistics.
struct Painting: Effect {
    let score: Score
    let studio: Studio
    let cache: Cache

    var name: String { "paint" }
    var reach: Reach { .none }

    func apply(_ window: Window, into frame: Frame) {
        let number = window.centre.number
        studio.network.stylizer.paint(
            window.centre.frame.frame, tokens: studio.styles.tokens(of: score.cue(of: number)),
            statistics: score.scene(of: number).statistics, into: frame, cache: cache)
    }
}
