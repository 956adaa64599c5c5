import Synchronization

/// A figure of each frame that has passed one step of a line, for another step or for the line's end.
final class Tally<Value: Sendable>: Sendable {
    private let kept = Mutex<[Int: Value]>([:])

    func add(_ value: Value, of frame: Int) { kept.withLock { $0[frame] = value } }

    /// Those of some frames, in order; they are no longer kept.
    func take(_ frames: Range<Int>) -> [Value] {
        kept.withLock { kept in frames.compactMap { kept.removeValue(forKey: $0) } }
    }
}

/// What the steps find out about the frames on their way.
struct Findings {
    /// To the frame before, of the paintings and of their sources.
    let distances = Tally<(painted: Double, source: Double)>()
    /// The share of the picture that is held.
    let shares = Tally<Double>()

    func take(_ frames: Range<Int>) -> Measures {
        let (distances, shares) = (distances.take(frames), shares.take(frames))
        return Measures(
            painted: distances.map(\.painted), source: distances.map(\.source),
            held: shares.isEmpty ? nil : shares.reduce(0, +))
    }
}

/// Figures of some of a score's frames, in order.
struct Measures: Codable, Sendable, Hashable {
    /// Temporal LPIPS of the frames that follow another of their scene; empty where it is not measured.
    var painted: [Double] = []
    /// The same of their sources.
    var source: [Double] = []
    /// The sum, over all frames, of the share of the picture that was held; nil where nothing is.
    var held: Double?

    /// Adds those of the frames that follow.
    mutating func append(_ next: Measures) {
        painted += next.painted
        source += next.source
        held = next.held.map { (held ?? 0) + $0 } ?? held
    }
}
