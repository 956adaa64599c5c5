public import Imaging
public import Machine
internal import Synchronization
internal import Tensors

/// The network with its weights: remembers a style picture, takes a scene's statistics, paints frames.
///
/// A painted frame depends on the frame, the tokens, the statistics and the weights, and on nothing else: any frame can
/// be painted alone, in any order, by any number of threads, and comes out the same.
// Sendable: weights are constant; the memory of the current frame size is used under the lock, so calls take turns.
public final class Stylizer: @unchecked Sendable {
    /// Frames with smaller sides are padded to it: the network's reflections reach so far.
    public static let minimumSide = 48

    public let configuration: Configuration
    /// All of the weights file's metadata, what the network does not know of included.
    public let metadata: [String: String]

    private let network: any Network
    private let team: ThreadTeam
    private let lock = Mutex(())
    /// Of the size that was used last.
    private var plan: FramePlan?

    /// - Parameter path: a weights file of either preset.
    /// - Throws: `SafeTensorsError` where the file cannot be read, `WeightsError` where it is not the network's.
    public convenience init(weights path: String, team: ThreadTeam) throws {
        try self.init(Parameters(reader: try SafeTensors.Reader(path: path)), team: team)
    }

    init(_ parameters: Parameters, team: ThreadTeam) throws {
        metadata = parameters.reader.metadata
        configuration = try Configuration(metadata: metadata, file: parameters.reader.path)
        let kind: any Network.Type = configuration.preset == .fast ? FastNetwork.self : PaperNetwork.self
        network = kind.init(try Layers(kind.shapes(configuration), from: parameters), configuration)
        self.team = team
    }

    /// Sides inside the network are multiples of it.
    public var stride: Int { configuration.stride }

    /// The size at which a frame of that size goes through the network.
    public func paddedSize(width: Int, height: Int) -> (width: Int, height: Int) {
        func padded(_ side: Int) -> Int { max(Self.minimumSide, (side + stride - 1) / stride * stride) }
        return (padded(width), padded(height))
    }

    /// Bytes of buffers that a pixel of a padded frame takes, by the plan of a small frame: most of them grow with the picture.
    public func bytesPerPixel(paints: Bool) -> Double {
        let side = 512
        let plan = network.plan(height: side, width: side, paints: paints, WorkspacePlanner())
        return Double(plan.byteCount) / Double(side * side)
    }

    /// The tokens of a style picture, which `StylePicture` has prepared.
    public func remember(style picture: Frame) -> StyleTokens {
        let size = paddedSize(width: picture.width, height: picture.height)
        // Memory of its own, which goes when the picture is known.
        let plan = network.plan(height: size.height, width: size.width, paints: false)
        encode(picture, plan)
        return network.alignment.remember(plan.features, team: team)
    }

    /// One frame's statistics; a scene's are the average of several frames' (`SceneStatistics.average`).
    public func statistics(of frame: Frame) -> SceneStatistics {
        lock.withLock { _ in
            let plan = plan(for: frame, paints: false)
            encode(frame, plan)
            return SceneStatistics(of: plan.features, team: team)
        }
    }

    /// Paints a frame into another of the same size, which takes the frame's number and times too.
    /// - Parameters:
    ///   - tokens: made by a network of the same configuration.
    ///   - statistics: the scene's; nil takes the frame's own.
    public func paint(_ frame: Frame, tokens: StyleTokens, statistics: SceneStatistics?, into painted: Frame) {
        paint(frame, tokens: tokens, statistics: statistics, into: painted) { _ in }
    }

    /// The same, saying after each stage which it was: for benches.
    package func paint(
        _ frame: Frame, tokens: StyleTokens, statistics: SceneStatistics?, into painted: Frame,
        finished: (_ stage: String) -> Void
    ) {
        precondition(
            painted.width == frame.width && painted.height == frame.height && painted.format == frame.format,
            "a frame of \(frame.width) x \(frame.height) cannot be painted into one of \(painted.width) x \(painted.height)"
        )
        precondition(tokens.heads == configuration.heads, "tokens of another network")
        lock.withLock { _ in
            let plan = plan(for: frame, paints: true)
            encode(frame, plan)
            finished("encode")
            let statistics = statistics ?? SceneStatistics(of: plan.features, team: team)
            for stage in plan.stages {
                stage.run(tokens, statistics, team)
                finished(stage.name)
            }
            painted.withMutableBytes { bytes in
                plan.painted!.write(
                    pixels: bytes, stride: painted.rowStride, width: painted.width, height: painted.height, team: team)
            }
        }
        painted.place = frame.place
    }

    /// Bytes of the buffers for the size that was used last.
    package var bufferBytes: Int { lock.withLock { _ in plan?.byteCount ?? 0 } }

    /// Pads by reflection and encodes.
    private func encode(_ frame: Frame, _ plan: FramePlan) {
        frame.withBytes { bytes in
            plan.picture.read(
                pixels: bytes, stride: frame.rowStride, width: frame.width, height: frame.height,
                scale: network.pixelScale, offset: network.pixelOffset, team: team)
        }
        plan.encode(team)
    }

    private func plan(for frame: Frame, paints: Bool) -> FramePlan {
        let size = paddedSize(width: frame.width, height: frame.height)
        if let plan, plan.height == size.height, plan.width == size.width, plan.paints || !paints { return plan }
        plan = nil  // its memory goes before the new plan takes its own
        let made = network.plan(height: size.height, width: size.width, paints: paints)
        plan = made
        return made
    }
}
