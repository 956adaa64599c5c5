import Machine
internal import Tensors

/// The way of frames of one size through the network, with all its memory: planned once, used for every frame.
struct FramePlan {
    /// Sides inside the network, multiples of its stride.
    let height: Int
    let width: Int
    /// The picture as the encoder takes it, [H, W, 3].
    let picture: Tensor
    let features: Features
    /// The painted picture [H, W, 3] in [0, 1]; nil where only features are wanted.
    let painted: Tensor?
    /// Bytes of all of it.
    let byteCount: Int
    /// From `picture` to `features`.
    let encode: (ThreadTeam) -> Void
    /// From `features` to `painted`, one after the other; none where only features are wanted.
    let stages: [Stage]

    /// One of the five stages that paint, or a part of it.
    struct Stage {
        let name: String
        let run: (StyleTokens, SceneStatistics, ThreadTeam) -> Void
    }

    var paints: Bool { painted != nil }
}

/// One network: its stages, and how a frame goes through them.
protocol Network: Sendable {
    static func shapes(_ configuration: Configuration) -> [LayerShape]
    init(_ layers: Layers, _ configuration: Configuration)

    /// What bytes become on their way into the encoder: byte * scale + offset, by channel.
    var pixelScale: (Float, Float, Float) { get }
    var pixelOffset: (Float, Float, Float) { get }
    var alignment: StyleAlignment { get }

    /// A plan whose tensors have memory once the planner has finished.
    /// - Parameter paints: whether memory for painting is planned too.
    func plan(height: Int, width: Int, paints: Bool, _ planner: WorkspacePlanner) -> FramePlan
}

extension Network {
    /// A plan with its memory.
    func plan(height: Int, width: Int, paints: Bool) -> FramePlan {
        let planner = WorkspacePlanner()
        let plan = plan(height: height, width: width, paints: paints, planner)
        planner.finish()
        return plan
    }
}
