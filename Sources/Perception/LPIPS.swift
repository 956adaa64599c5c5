public import Imaging
public import Machine
internal import Synchronization
internal import Tensors

/// LPIPS v0.1 with AlexNet: how different two pictures look, from 0 (the same) up (Zhang et al., "The Unreasonable
/// Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018).
public final class LPIPS: Sendable {
    /// Pictures with a smaller side cannot be measured.
    public static let minimumSide = AlexNet.minimumSide
    /// What the network and its version are called in reports.
    public static let networkName = "AlexNet, LPIPS v0.1"

    /// The shorter side that larger pictures are brought down to before they are measured; nil measures as they are.
    public let shorterSide: Int?

    private let layers: Layers
    /// The learned weights of each layer's channels.
    private let linear: [[Float]]
    private let team: ThreadTeam
    /// The way of pictures of the size that was used last; calls take turns.
    private let way = Mutex<PictureWay?>(nil)

    /// - Parameters:
    ///   - path: `lpips-alex.safetensors`.
    ///   - shorterSide: at least 31.
    /// - Throws: `SafeTensorsError` or `PerceptionError.weights`, naming the file and what is wrong with it.
    public init(weights path: String, shorterSide: Int? = 512, team: ThreadTeam) throws {
        precondition(shorterSide ?? Self.minimumSide >= Self.minimumSide)
        let file = try WeightsFile(path: path)
        (layers, linear) = (file.layers, file.linear)
        (self.shorterSide, self.team) = (shorterSide, team)
    }

    /// The size at which a picture of that size is measured.
    public func measuredSize(width: Int, height: Int) -> (width: Int, height: Int) {
        guard let limit = shorterSide, min(width, height) > limit else { return (width, height) }
        let shorter = min(width, height)
        func scaled(_ side: Int) -> Int { (side * limit + shorter / 2) / shorter }
        return (scaled(width), scaled(height))
    }

    /// - Throws: `PerceptionError.tooSmall` for a size that cannot be measured.
    public static func checkSize(width: Int, height: Int) throws {
        guard min(width, height) >= minimumSide else { throw PerceptionError.tooSmall(width: width, height: height) }
    }

    /// The features of a picture, brought down to `shorterSide` by averaging the pixels under each new one.
    /// - Parameter old: filled again if its size fits, so that a clip's loop allocates nothing.
    /// - Throws: `PerceptionError.tooSmall`.
    public func features(of frame: Frame, reusing old: LPIPSFeatures? = nil) throws -> LPIPSFeatures {
        try Self.checkSize(width: frame.width, height: frame.height)
        let size = measuredSize(width: frame.width, height: frame.height)
        return way.withLock { way in
            let way = prepare(&way, frame, size)
            let features = old?.width == size.width && old?.height == size.height ? old! : way.makeFeatures()
            way.load(frame, into: features, team)
            return features
        }
    }

    /// The distance of two pictures of the same size: squared differences of the unit features, weighted by channel,
    /// averaged over the positions of each layer and summed over the layers.
    public func distance(_ a: LPIPSFeatures, _ b: LPIPSFeatures) -> Double {
        precondition(
            a.width == b.width && a.height == b.height,
            "pictures of \(a.width) x \(a.height) and \(b.width) x \(b.height) cannot be compared")
        return zip(zip(a.layers, b.layers), linear).reduce(0) { sum, layer in
            let ((a, b), weights) = layer
            return sum + weightedSquaredDifference(a, b, weights: weights, team: team) / Double(a.positions)
        }
    }

    private func prepare(_ way: inout PictureWay?, _ source: Frame, _ size: (width: Int, height: Int)) -> PictureWay {
        if let way, way.takes(source) { return way }
        let runner = Runner(Plan(AlexNet.graph, height: size.height, width: size.width), layers, team: team)
        let made = PictureWay(runner, source: source, size: size)
        way = made
        return made
    }

    // MARK: Memory

    /// Bytes of the weights, packed as they are multiplied.
    public var weightBytes: Int { layers.byteCount }

    /// Bytes that measuring a clip of that size takes beside the weights: buffers, two pictures' features, and each
    /// thread's scratch.
    public func bytes(width: Int, height: Int, format: PixelFormat = .rgb24) -> Int {
        let size = measuredSize(width: width, height: height)
        let plan = Plan(AlexNet.graph, height: size.height, width: size.width)
        let reduced = format.bytesPerPixel * size.width * (height + size.height)
        let reduction = size == (width, height) ? 0 : reduced
        let scratch = max(plan.scratchCount(layers), size == (width, height) ? 0 : 4 * width)
        return plan.byteCount + 2 * plan.boundByteCount + reduction + 4 * team.count * scratch
    }
}
