import Imaging
import Machine
import Weights

@testable import StyleKernel

extension Stylizer {
    /// With the weights that are shipped.
    static func shipped(threads: Int = 2, _ precision: Precision = .float32) throws -> Stylizer {
        try Stylizer(
            weights: Resources.path(of: Golden.shippedWeights), precision: precision,
            team: ThreadTeam(threads: threads))
    }

    /// The painting's pixels.
    func painting(
        of frame: Frame, by style: StyleMix, _ statistics: SceneStatistics? = nil, cache: Cache = .off
    ) -> [UInt8] {
        let painted = Frame(width: frame.width, height: frame.height, format: frame.format)
        paint(frame, style: style, statistics: statistics, into: painted, cache: cache)
        return painted.pixels
    }
}

/// The mean difference of bytes.
func distance(_ a: [UInt8], _ b: [UInt8]) -> Double {
    zip(a, b).reduce(0) { $0 + abs(Double($1.0) - Double($1.1)) } / Double(a.count)
}
