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
    /// The rows that have memory: all, or those of a strip, which goes down the tensor and may reach below its end.
    public private(set) var rows: Range<Int>
    /// Of the first of them, 64-byte aligned; nil until the planner of the workspace that it belongs to has finished.
    private var memory: UnsafeMutablePointer<Float>?
    private let owned: Bool
    /// What the memory of a planned tensor belongs to; it lives as long as any of its tensors.
    private var workspace: Workspace?

    /// A tensor with memory of its own, filled with zeros.
    /// - Parameter rows: those that have memory; all if nil.
    public convenience init(height: Int, width: Int, channels: Int, rows: Range<Int>? = nil) {
        self.init(height, width, channels, rows: rows ?? 0..<height, owned: true)
        memory = AlignedMemory.allocate(heldCount)
        memory!.initialize(repeating: 0, count: heldCount)
    }

    /// A tensor whose memory comes from a `Workspace`, once that is planned.
    /// - Parameter strip: how many rows have memory at a time; all if nil.
    convenience init(planned height: Int, _ width: Int, _ channels: Int, strip: Int? = nil) {
        self.init(height, width, channels, rows: 0..<(strip ?? height), owned: false)
    }

    private init(_ height: Int, _ width: Int, _ channels: Int, rows: Range<Int>, owned: Bool) {
        precondition(height > 0 && width > 0 && channels > 0, "a tensor of \(height) x \(width) x \(channels)")
        (self.height, self.width, self.channels, self.rows, self.owned) = (height, width, channels, rows, owned)
    }

    /// Has as many rows as before hold those from `first` on. Those up to `end` keep what they have, and must have been
    /// held.
    func move(to first: Int, keepingTo end: Int, team: ThreadTeam) {
        let distance = (first - rows.lowerBound) * rowStride
        guard distance != 0 else { return }
        if end > first {
            precondition(distance > 0 && end <= rows.upperBound, "rows \(first) to \(end) of \(rows)")
            // Each takes some columns of all rows: what it reads none of the others writes.
            let parts = 4 * team.count
            team.run(parts) { part, _ in
                let columns = rowStride * part / parts..<rowStride * (part + 1) / parts
                for row in first..<end {
                    let from = memory! + (row - rows.lowerBound) * rowStride
                    (from + columns.lowerBound - distance)
                        .update(from: from + columns.lowerBound, count: columns.count)
                }
            }
        }
        rows = first..<first + rows.count
    }

    deinit { if owned { AlignedMemory.free(memory) } }

    public var positions: Int { height * width }
    public var count: Int { height * width * channels }
    /// Floats that have memory.
    var heldCount: Int { rows.count * rowStride }
    /// Floats from one row to the next.
    public var rowStride: Int { width * channels }

    /// Row 0, position 0, channel 0, or where it would lie above a strip. Valid while the tensor lives.
    public var base: UnsafeMutablePointer<Float> {
        guard let memory else { preconditionFailure("a planned tensor was used before its workspace was finished") }
        return memory - rows.lowerBound * rowStride
    }

    public func row(_ y: Int) -> UnsafeMutablePointer<Float> {
        precondition(rows.contains(y) && y < height, "row \(y) of \(height), \(rows) in memory")
        return base + y * rowStride
    }

    /// Channel 0 of a position.
    func place(_ y: Int, _ x: Int) -> UnsafeMutablePointer<Float> { row(y) + x * channels }

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
