import Machine
public import Tensors

/// Mean and variance of every channel that is normalised, held still for a scene so that a change in one corner does
/// not change the whole frame.
///
/// Variances are the population's and without the ε of the division, which is added once, at the end.
public struct SceneStatistics: Sendable, Hashable, Codable {
    /// Mean and population variance of one tensor's channels.
    public typealias Channels = ChannelMoments

    /// By the name of the features: `z4`, `z8`, `z16`.
    public var channels: [String: Channels]

    public init(channels: [String: Channels]) { self.channels = channels }

    public subscript(scale: Scale) -> Channels {
        guard let channels = channels[scale.name] else { preconditionFailure("no statistics of \(scale.name)") }
        return channels
    }

    /// Those of one picture's features, over every position.
    init(of features: [(scale: Scale, z: Tensor)], team: ThreadTeam) {
        channels = [:]
        for (scale, z) in features { channels[scale.name] = channelStatistics(z, team: team) }
    }

    /// Those of a scene from those of some of its frames, each with the same weight: mean of the means; variance =
    /// mean of (variance + mean²) - mean².
    /// - Parameter frames: at least one, all of the same network.
    public static func average(_ frames: [SceneStatistics]) -> SceneStatistics {
        precondition(!frames.isEmpty, "statistics of no frames")
        var result = frames[0]
        guard frames.count > 1 else { return result }
        for name in result.channels.keys {
            result.channels[name] = average(frames.map { $0.channels[name]! })
        }
        return result
    }

    private static func average(_ frames: [Channels]) -> Channels {
        let count = Double(frames.count)
        var result = frames[0]
        for c in result.mean.indices {
            let mean = frames.reduce(0) { $0 + $1.mean[c] } / count
            let square = frames.reduce(0) { $0 + $1.variance[c] + $1.mean[c] * $1.mean[c] } / count
            result.mean[c] = mean
            result.variance[c] = max(square - mean * mean, 0)
        }
        return result
    }

    /// On the way to others: means and deviations each go over in a straight line.
    /// - Parameter share: 0 gives these, 1 the others, to the last bit.
    public func mixed(with others: SceneStatistics, share: Double) -> SceneStatistics {
        if share <= 0 { return self }
        if share >= 1 { return others }
        var result = self
        for (name, own) in channels {
            guard let other = others.channels[name] else { preconditionFailure("no statistics of \(name)") }
            func mix(_ a: Double, _ b: Double) -> Double { a + share * (b - a) }
            result.channels[name]!.mean = zip(own.mean, other.mean).map(mix)
            result.channels[name]!.variance = zip(own.variance, other.variance).map {
                let deviation = mix($0.squareRoot(), $1.squareRoot())
                return deviation * deviation
            }
        }
        return result
    }

    /// Which of a scene's `count` frames its statistics are taken from: up to eight, ⌊(i + 1/2) count / m⌋.
    public static func sampledFrames(of count: Int) -> [Int] {
        let samples = min(8, count)
        return (0..<samples).map { (2 * $0 + 1) * count / (2 * samples) }
    }
}

extension ChannelMoments {
    static let epsilon = 1e-5

    /// Into [2, 1, C], as the network's stages take them: the means, and under them sqrt(variance + ε).
    /// - Returns: whether it held others.
    @discardableResult
    func fill(_ held: Tensor) -> Bool {
        precondition(held.height == 2 && held.width == 1 && held.channels == mean.count)
        let (means, deviations) = (held.row(0), held.row(1))
        var isNew = false
        for c in mean.indices {
            let new = (Float(mean[c]), Float((variance[c] + Self.epsilon).squareRoot()))
            isNew = isNew || new != (means[c], deviations[c])
            (means[c], deviations[c]) = new
        }
        return isNew
    }
}
