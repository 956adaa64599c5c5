internal import Tensors

/// Whether what a frame shares with the one before is computed again.
public enum Cache: String, Sendable, CaseIterable {
    /// Only what may differ is computed. The painting is the same, byte by byte.
    case exact
    /// Every frame is painted by itself.
    case off
}

/// How much of the network's work a cache has saved: of 1, counted in products, over all frames.
public struct Reuse: Sendable, Codable, Hashable {
    public var network: Double
    /// By the stages' names.
    public var stages: [String: Double]

    /// Nil before the first frame.
    init?(_ work: [String: Work]) {
        func saved(_ done: Double, _ whole: Double) -> Double { max(0, 1 - done / whole) }
        let (done, whole) = work.values.reduce((0, 0)) { ($0.0 + $1.done, $0.1 + $1.whole) }
        guard whole > 0 else { return nil }
        network = saved(done, whole)
        stages = work.mapValues { saved($0.done, $0.whole) }
    }
}
