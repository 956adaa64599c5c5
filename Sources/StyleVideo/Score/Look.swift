import Imaging
import Media

/// What the first pass over a clip has found.
struct Look: Codable, Sendable, Hashable {
    var score: Score
    /// Where the clip's frames lie.
    var index: FrameIndex
    /// What was said of the clip on the way.
    var notices: [String]
}

/// Width and height at which paintings are measured.
struct MeasuredSize: Codable, Sendable, Hashable {
    var width, height: Int
}

extension Look {
    /// When the first frame is shown, in seconds of the source's clock.
    var firstTime: Double? {
        index.ticks.first.map { Timestamp($0, timeBase: score.source.timeBase).seconds }
    }
}
