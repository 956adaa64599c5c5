import Machine

/// A picture of features: height x width x channels of float32, channels last, rows without gaps.
///
/// Channels last because every stage works on all channels of a position at once: 1x1 convolutions and attention are
/// matrix products as they lie, and the position's own kernels, upsampling and statistics run along the channels in
/// whole vectors. Where the paper and the weights write [C, H, W], this is the same tensor in another order.
// Sendable: a tensor belongs to one stage at a time; workers of a `ThreadTeam` write disjoint rows.
public final class Tensor: @unchecked Sendable {
    public let height: Int
    public let width: Int
    public let channels: Int
    /// 64-byte aligned; nil until the planner of the workspace that it belongs to has finished.
    private var memory: UnsafeMutablePointer<Float>?
    private let owned: Bool
    /// What the memory of a planned tensor belongs to; it lives as long as any of its tensors.
    private var workspace: Workspace?

    /// A tensor with memory of its own, filled with zeros.
    public init(height: Int, width: Int, channels: Int) {
        precondition(height > 0 && width > 0 && channels > 0, "a tensor of \(height) x \(width) x \(channels)")
        (self.height, self.width, self.channels, owned) = (height, width, channels, true)
        memory = AlignedMemory.allocate(height * width * channels)
        memory!.initialize(repeating: 0, count: height * width * channels)
    }

    /// A tensor whose memory comes from a `Workspace`, once that is planned.
    init(planned height: Int, _ width: Int, _ channels: Int) {
        precondition(height > 0 && width > 0 && channels > 0, "a tensor of \(height) x \(width) x \(channels)")
        (self.height, self.width, self.channels, owned) = (height, width, channels, false)
    }

    /// The first rows of a planned tensor that has its memory, in the same place.
    func first(rows: Int) -> Tensor {
        precondition(!owned && rows <= height)
        let part = Tensor(planned: rows, width, channels)
        if let workspace { part.bind(to: base, of: workspace) }
        return part
    }

    deinit { if owned { AlignedMemory.free(memory) } }

    public var positions: Int { height * width }
    public var count: Int { height * width * channels }
    /// Floats from one row to the next.
    public var rowStride: Int { width * channels }

    /// Row 0, position 0, channel 0. Valid while the tensor lives.
    public var base: UnsafeMutablePointer<Float> {
        guard let memory else { preconditionFailure("a planned tensor was used before its workspace was finished") }
        return memory
    }

    public func row(_ y: Int) -> UnsafeMutablePointer<Float> {
        precondition(y >= 0 && y < height, "row \(y) of \(height)")
        return base + y * rowStride
    }

    public subscript(y: Int, x: Int, channel: Int) -> Float {
        get { base[(y * width + x) * channels + channel] }
        set { base[(y * width + x) * channels + channel] = newValue }
    }

    public func hasShape(of other: Tensor) -> Bool {
        height == other.height && width == other.width && channels == other.channels
    }

    func bind(to address: UnsafeMutablePointer<Float>, of workspace: Workspace) {
        precondition(!owned && memory == nil, "a tensor is bound once")
        (memory, self.workspace) = (address, workspace)
    }
}
