public import Imaging
public import Machine
internal import Synchronization
internal import Tensors

/// LPIPS v0.1 with AlexNet: how different two pictures look, from 0 (the same) up (Zhang et al., "The Unreasonable
/// Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018).
// Sendable: weights are constant; the buffers of the current size are used under the lock.
public final class LPIPS: @unchecked Sendable {
    /// Pictures with a smaller side cannot be measured.
    public static let minimumSide = AlexNet.minimumSide
    /// What the network and its version are called in reports.
    public static let networkName = "AlexNet, LPIPS v0.1"

    /// The shorter side that larger pictures are brought down to before they are measured; nil measures as they are.
    public let shorterSide: Int?

    private let network: AlexNet
    /// The learned weights of each layer's channels.
    private let linear: [[Float]]
    private let team: ThreadTeam
    private let lock = Mutex(())
    private var buffers: Buffers?

    /// - Parameters:
    ///   - path: `lpips-alex.safetensors`.
    ///   - shorterSide: at least 31.
    /// - Throws: `SafeTensorsError` or `PerceptionError.weights`, naming the file and what is wrong with it.
    public init(weights path: String, shorterSide: Int? = 512, team: ThreadTeam) throws {
        precondition(shorterSide ?? Self.minimumSide >= Self.minimumSide)
        let file = try WeightsFile(path: path)
        network = AlexNet(convolutions: try file.convolutions())
        linear = try file.linear()
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
        return lock.withLock { _ in
            let features = old?.width == size.width && old?.height == size.height ? old! : makeFeatures(size)
            let buffers = buffers(for: frame, size)
            buffers.load(frame, team)
            network(buffers.picture, pools: buffers.pools, into: features.layers, team: team) {
                makeUnitLength($0, epsilon: 1e-10, team: team)
            }
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

    private func makeFeatures(_ size: (width: Int, height: Int)) -> LPIPSFeatures {
        let sizes = network.sizes(height: size.height, width: size.width)
        let layers = zip(sizes, network.convolutions).map { size, layer in
            Tensor(height: size.height, width: size.width, channels: layer.outputChannels)
        }
        return LPIPSFeatures(width: size.width, height: size.height, layers: layers)
    }

    private func buffers(for frame: Frame, _ size: (width: Int, height: Int)) -> Buffers {
        if let buffers, buffers.fits(frame) { return buffers }
        let made = Buffers(frame, size, network)
        buffers = made
        return made
    }
}

/// What one picture needs on its way to its features.
private struct Buffers {
    let source: (width: Int, height: Int)
    /// Brings the picture down; nil where it is measured as it is.
    let reduction: (resampler: Resampler, picture: Frame)?
    let picture: Tensor
    let pools: [Tensor]

    init(_ frame: Frame, _ size: (width: Int, height: Int), _ network: AlexNet) {
        source = (frame.width, frame.height)
        reduction =
            size == source
            ? nil
            : (
                Resampler(
                    filter: .area, sourceWidth: source.width, sourceHeight: source.height, width: size.width,
                    height: size.height), Frame(width: size.width, height: size.height)
            )
        let planner = WorkspacePlanner()
        picture = planner.tensor(height: size.height, width: size.width, channels: 3)
        pools = network.planPools(height: size.height, width: size.width, planner)
        planner.finish()
    }

    func fits(_ frame: Frame) -> Bool { source == (frame.width, frame.height) }

    /// 2 rgb - 1, then (x - shift) / scale, as LPIPS was trained.
    func load(_ frame: Frame, _ team: ThreadTeam) {
        if let reduction {
            frame.withBytes { source in
                reduction.picture.withMutableBytes { target in
                    reduction.resampler(
                        source, stride: frame.rowStride, into: target, stride: reduction.picture.rowStride, team: team)
                }
            }
        }
        let (shift, scale): ([Float], [Float]) = ([-0.030, -0.088, -0.188], [0.458, 0.448, 0.450])
        func factor(_ c: Int) -> Float { 2 / (255 * scale[c]) }
        func offset(_ c: Int) -> Float { (-1 - shift[c]) / scale[c] }
        let frame = reduction?.picture ?? frame
        frame.withBytes { bytes in
            picture.read(
                pixels: bytes, stride: frame.rowStride, width: frame.width, height: frame.height,
                scale: (factor(0), factor(1), factor(2)), offset: (offset(0), offset(1), offset(2)), team: team)
        }
    }
}
