public import Imaging
public import Machine
internal import Synchronization
public import Tensors

/// The network with its weights: remembers a style picture, takes a scene's statistics, paints frames.
///
/// A painted frame depends on the frame, the tokens, the statistics and the weights, and on nothing else: any frame can
/// be painted alone, in any order, by any number of threads, and comes out the same.
public final class Stylizer: Sendable {
    public typealias Precision = Tensors.Precision

    /// Frames with smaller sides are padded to it: the network's reflections reach so far.
    public static let minimumSide = 48

    public let configuration: Configuration
    /// All of the weights file's metadata, what the network does not know of included.
    public let metadata: [String: String]
    public let precision: Precision

    let painting: Graph
    private let remembering: Graph
    let layers: Layers
    let team: ThreadTeam
    /// The way of frames of the size that was used last; calls take turns.
    let way = Mutex<FrameWay?>(nil)
    private let listener: Listener

    /// Who is told how much of a painting is done; its siblings' is the same.
    private final class Listener: Sendable {
        let tell = Mutex<(@Sendable (_ share: Double) -> Void)?>(nil)
    }

    /// - Parameters:
    ///   - path: a weights file of either preset.
    ///   - precision: of the convolutions' products; the weights are held in it.
    /// - Throws: `SafeTensorsError` where the file cannot be read, `WeightsError` where it is not the network's.
    public convenience init(weights path: String, precision: Precision = .float32, team: ThreadTeam) throws {
        let reader = try SafeTensors.Reader(path: path)
        try self.init(Parameters(reader) { WeightsError(file: path, reason: $0) }, precision, team: team)
    }

    init(_ parameters: Parameters, _ precision: Precision = .float32, team: ThreadTeam) throws {
        metadata = parameters.reader.metadata
        configuration = try Configuration(metadata: metadata, file: parameters.reader.path)
        let architecture = configuration.architecture
        (painting, remembering) = (architecture.painting(), architecture.remembering)
        layers = try architecture.layers(from: parameters, precision)
        (self.precision, self.team, listener) = (precision, team, Listener())
    }

    /// Another of the same weights, which it shares. Frames of two sizes that take turns go through one each: a
    /// stylizer
    /// keeps the way of the last size alone.
    public func sibling() -> Stylizer { Stylizer(sharing: self) }

    private init(sharing other: Stylizer) {
        (configuration, metadata, precision) = (other.configuration, other.metadata, other.precision)
        (painting, remembering, layers, team) = (other.painting, other.remembering, other.layers, other.team)
        listener = other.listener
    }

    /// Has a closure told which part of a painting is done, after each of the network's steps: for large pictures.
    /// - Parameter tell: nil: nobody is told, and it costs nothing.
    package func tellProgress(_ tell: (@Sendable (_ share: Double) -> Void)?) {
        listener.tell.withLock { $0 = tell }
    }

    /// - Parameters:
    ///   - style: of those that paint the frame.
    ///   - repeats: how many times as much as one painting is computed behind the first stage.
    func hear(_ runner: Runner, _ style: StyleMix?, repeats: Double = 1) {
        guard let tell = listener.tell.withLock({ $0 }) else {
            runner.heard = nil
            return
        }
        let tokens = style?.tokens.first?.keys.width ?? 0
        let whole =
            runner.cost(ofStagesWhere: { $0 == Self.first }, tokens: tokens)
            + repeats * runner.cost(ofStagesWhere: { $0 != Self.first }, tokens: tokens)
        var done = 0.0
        runner.heard = {
            done += $0
            tell(min(1, done / whole))
        }
    }

    /// Sides inside the network are multiples of it.
    public var stride: Int { configuration.stride }

    /// The size at which a frame of that size goes through the network.
    public func paddedSize(width: Int, height: Int) -> (width: Int, height: Int) {
        func padded(_ side: Int) -> Int { max(Self.minimumSide, (side + stride - 1) / stride * stride) }
        return (padded(width), padded(height))
    }

    /// The tokens of a style picture, which `StylePicture` has prepared.
    public func remember(style picture: Frame) -> StyleTokens {
        let size = paddedSize(width: picture.width, height: picture.height)
        // Memory of its own, which goes when the picture is known.
        let runner = Runner(Plan(remembering, height: size.height, width: size.width), layers, team: team)
        runner.whole(stage: "encode", source: picture)
        let deepest = configuration.deepest
        let own = SceneStatistics(of: [(deepest, runner[deepest.name])], team: team)
        own[deepest].fill(runner.holdStatistics(of: deepest))
        let tokens = StyleTokens(keys: runner.bind("tokens.keys"), values: runner.bind("tokens.values"))
        runner.whole(stage: "remember")
        return tokens
    }

    /// One frame's statistics; a scene's are the average of several frames' (`SceneStatistics.average`).
    public func statistics(of frame: Frame) -> SceneStatistics {
        way.withLock { way in
            let way = prepare(&way, for: frame, style: nil)
            way.encode(frame)
            return way.measure(team)
        }
    }

    /// Paints a frame into another of the same size, which takes the frame's number and times too. After the first of
    /// its size, a frame whose statistics are given allocates nothing.
    /// - Parameters:
    ///   - style: made by a network of the same configuration.
    ///   - statistics: the scene's; nil takes the frame's own.
    ///   - cache: whether what the frame shares with the one before is computed again. The painting is the same.
    public func paint(
        _ frame: Frame, style: StyleMix, statistics: SceneStatistics?, into painted: Frame, cache: Cache = .off
    ) {
        paint(frame, style: style, statistics: statistics, into: painted, cache: cache) { _ in }
    }

    /// The same, saying after each stage which it was: for benches.
    package func paint(
        _ frame: Frame, style: StyleMix, statistics: SceneStatistics?, into painted: Frame, cache: Cache = .off,
        finished: (_ stage: String) -> Void
    ) {
        precondition(
            painted.isLike(frame),
            "\(frame.width) x \(frame.height) cannot be painted into \(painted.width) x \(painted.height)")
        precondition(style.tokens.allSatisfy { $0.heads == configuration.heads }, "tokens of another network")
        painted.place = frame.place
        guard style.strength > 0 else { return painted.copyPixels(of: frame) }
        way.withLock { way in
            let way = prepare(&way, for: frame, style: style, keeps: cache == .exact)
            hear(way.runner, style)
            way.begin(frame, team)
            for stage in way.stages {
                way.run(stage, frame, into: painted)
                // Which all others hold still.
                if stage == Self.first { way.hold(statistics ?? way.measure(team), style) }
                finished(stage)
            }
            way.finish(into: painted)
        }
    }

    /// - Parameters:
    ///   - style: what paints it; nil for its features alone.
    ///   - keeps: nil where either will do.
    private func prepare(_ way: inout FrameWay?, for frame: Frame, style: StyleMix?, keeps: Bool? = nil) -> FrameWay {
        let size = paddedSize(width: frame.width, height: frame.height)
        if let way, way.takes(frame, size, style: style, keeps: keeps) { return way }
        way = nil  // its memory goes before the new one takes its own
        let tempering = Tempering(style?.strength ?? 1)
        let plan = plan(
            width: size.width, height: size.height, styles: style?.tokens.count, tempering, keeps: keeps ?? false)
        let made = FrameWay(
            Runner(plan, layers, team: team), configuration.scales, size, paints: style != nil, tempering,
            source: frame)
        way = made
        return made
    }

    private func plan(width: Int, height: Int, styles: Int?, _ tempering: Tempering, keeps: Bool) -> Plan {
        let graph =
            switch styles {
            case nil: painting.cut(from: [], to: configuration.scales.map { painting[$0.name] })
            case 1 where tempering == .none: painting
            case let count?: configuration.architecture.painting(styles: count, tempering)
            }
        return Plan(graph, height: height, width: width, keeps: keeps)
    }

    // MARK: Memory

    /// Bytes of the weights, packed as they are multiplied.
    public var weightBytes: Int { layers.byteCount }

    /// Bytes that painting frames of a size takes beside the weights: its buffers, and each thread's scratch.
    /// - Parameters:
    ///   - styles: how many paint a frame together at most.
    ///   - strength: the least.
    ///   - tokens: N_s of a style. Attention's scratch is below a convolution's up to some 100,000.
    public func bytes(
        width: Int, height: Int, format: PixelFormat = .rgb24, styles: Int = 1, strength: Double = 1,
        tokens: Int = 1024, cache: Cache = .off
    ) -> Int {
        let (buffers, scratch) = bytes(
            (width, height), format, styles: styles, strength: strength, tokens: tokens, cache)
        return buffers + scratch
    }

    /// The same in two: the buffers are this stylizer's, the scratch is the team's, which siblings share.
    func bytes(
        _ frame: (width: Int, height: Int), _ format: PixelFormat, styles: Int, strength: Double, tokens: Int,
        _ cache: Cache
    ) -> (buffers: Int, scratch: Int) {
        let size = paddedSize(width: frame.width, height: frame.height)
        let plan = plan(
            width: size.width, height: size.height, styles: styles, Tempering(Float(strength)), keeps: cache == .exact)
        let kept = KeptFrame.bytes(width: frame.width, height: frame.height, format: format)
        let frames = kept + format.bytesPerPixel * frame.width * frame.height
        return (
            plan.byteCount + (cache == .exact ? frames : 0),
            4 * team.count * plan.scratchCount(layers, tokens: tokens)
        )
    }

    /// Bytes that remembering a prepared style picture of a size takes beside the weights: its buffers, each thread's
    /// scratch, and the tokens, which stay.
    public func bytes(styleWidth: Int, styleHeight: Int) -> Int {
        let size = paddedSize(width: styleWidth, height: styleHeight)
        let plan = Plan(remembering, height: size.height, width: size.width)
        return plan.byteCount + plan.boundByteCount + 4 * team.count * plan.scratchCount(layers)
    }

    /// Bytes of the buffers for the size that was used last.
    package var bufferBytes: Int { way.withLock { $0?.runner.plan.byteCount ?? 0 } }

    /// Lets go of what frames of the size that was used last take, and of what was counted of them.
    public func rest() { way.withLock { $0 = nil } }

    /// What the cache has saved since the first frame of the size that was used last; nil where there is none.
    public var reuse: Reuse? {
        way.withLock { way in way.flatMap { $0.kept == nil ? nil : Reuse($0.runner.work) } }
    }
}
