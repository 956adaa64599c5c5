internal import Kernels
public import Machine

/// Attention of content positions over style positions, gated by the content (3.1, Eq. 1 to 5).
///
/// A head's slice of a tensor of C channels is channels g C / G to (g + 1) C / G. Tokens are kept by head: tensors of
/// height G, width N_s and the slice's channels.
public struct GatedAttention: Sendable {
    public let heads: Int
    /// Sharpness of the softmax.
    public let alpha: Float
    /// Channels of each value tensor, in the order in which a head's slices of them were joined.
    public let parts: [Int]

    public init(heads: Int, alpha: Float, parts: [Int]) {
        precondition(heads > 0 && !parts.isEmpty && parts.allSatisfy { $0 > 0 && $0 % heads == 0 })
        (self.heads, self.alpha, self.parts) = (heads, alpha, parts)
    }

    /// Channels of what is aligned: all parts together.
    public var channels: Int { parts.reduce(0, +) }

    /// Keys of a style, [H, W, G d], by head and made unit length (at least 1e-6): [G, H W, d].
    public func splitKeys(_ keys: Tensor, into split: Tensor) {
        let width = split.channels
        precondition(keys.channels == heads * width && split.height == heads && split.width == keys.positions)
        for head in 0..<heads {
            for p in 0..<keys.positions {
                Attention.unitLength(
                    keys.base + p * keys.channels + head * width, width, into: split.row(head) + p * width)
            }
        }
    }

    /// Value tensors of a style, of the same height and width and with the channels of `parts`, by head:
    /// [G, H W, channels / G].
    public func splitValues(_ values: [Tensor], into split: Tensor) {
        precondition(values.map(\.channels) == parts && split.channels == channels / heads)
        precondition(values.allSatisfy { $0.height == values[0].height && $0.width == values[0].width })
        precondition(split.height == heads && split.width == values[0].positions)
        for head in 0..<heads {
            for p in 0..<split.width {
                var to = split.row(head) + p * split.channels
                for value in values {
                    let width = value.channels / heads
                    to.update(from: value.base + p * value.channels + head * width, count: width)
                    to += width
                }
            }
        }
    }

    /// Z_cs: [H, W, channels], its parts one after the other, each with its heads joined again.
    /// - Parameters:
    ///   - query: [H, W, G d], of any length.
    ///   - gate: ψ's output [H, W, 2 G], all of λ first, then all of β, before their sigmoid; nil drops nothing.
    ///   - keys: [G, N_s, d] of unit length; `values`: [G, N_s, channels / G].
    ///   - region: what to compute; all if nil. A position's bits do not depend on which others are asked for.
    public func callAsFunction(
        query: Tensor, gate: Tensor?, keys: Tensor, values: Tensor, into aligned: Tensor, region: Region? = nil,
        team: ThreadTeam
    ) {
        precondition(query.channels == heads * keys.channels && keys.height == heads && values.height == heads)
        precondition(keys.width == values.width && values.channels == channels / heads)
        precondition(aligned.channels == channels)
        precondition(aligned.height == query.height && aligned.width == query.width)
        precondition(
            gate == nil || gate!.channels == 2 * heads && gate!.height == query.height && gate!.width == query.width)
        let region = query.asked(region)
        let shape = Attention.Shape(tokens: keys.width, keyWidth: keys.channels, valueWidth: values.channels)
        // Whole rows go on as one: then all blocks but the last are full.
        let isWhole = region.columns.count == query.width
        let (lines, length) = isWhole ? (1, region.rows.count * query.width) : (region.rows.count, region.columns.count)
        guard length > 0 else { return }
        let blocks = (length + shape.block - 1) / shape.block
        let items = lines * blocks
        let origin = region.rows.lowerBound * query.width + region.columns.lowerBound
        team.run(items * heads, scratch: shape.scratchCount) { item, worker in
            let head = item / items  // one head after the other: its keys and values stay in the caches
            let first = item % items % blocks * shape.block
            let place = origin + item % items / blocks * query.width + first
            let count = min(shape.block, length - first)
            let (sums, stride) = shape.head(
                query: query.base + place * query.channels + head * keys.channels, queryStride: query.channels,
                keys: keys.row(head), values: values.row(head), gate: gate.map { $0.base + place * 2 * heads + head },
                gateStride: 2 * heads, gateOffset: heads, alpha: alpha, positions: count,
                scratch: team.scratch(worker, shape.scratchCount))
            join(sums, stride, count, head, aligned.base + place * channels)
        }
    }

    /// Floats that each worker takes, at most, for so many tokens.
    func scratchCount(tokens: Int, keyWidth: Int) -> Int {
        Attention.Shape(tokens: tokens, keyWidth: keyWidth, valueWidth: channels / heads).scratchCount
    }

    /// Brings each part's slice of `head` to its place among the other heads'.
    private func join(
        _ sums: UnsafePointer<Float>, _ stride: Int, _ positions: Int, _ head: Int,
        _ aligned: UnsafeMutablePointer<Float>
    ) {
        var from = 0
        var start = 0
        for part in parts {
            let width = part / heads
            for p in 0..<positions {
                (aligned + p * channels + start + head * width)
                    .update(from: sums + p * stride + from, count: width)
            }
            from += width
            start += part
        }
    }
}

/// `tensor` with its channels `squares`, mean squares, as standard deviations sqrt(max(square - mean², 0) + 1e-5), the
/// means being the channels `means`. `output` may be `tensor` itself.
/// - Parameter region: what to compute; all if nil.
public func deviations(
    of tensor: Tensor, means: Range<Int>, squares: Range<Int>, into output: Tensor, region: Region? = nil,
    team: ThreadTeam
) {
    let region = tensor.asked(region)
    precondition(output.hasShape(of: tensor))
    precondition(means.count == squares.count && !means.overlaps(squares))
    precondition(means.lowerBound >= 0 && max(means.upperBound, squares.upperBound) <= tensor.channels)
    team.run(region.rows.count) { item, _ in
        let (y, x) = (region.rows.lowerBound + item, region.columns.lowerBound)
        let to = output.place(y, x)
        if output !== tensor { to.update(from: tensor.place(y, x), count: region.columns.count * tensor.channels) }
        DynamicKernels.deviations(
            mean: to + means.lowerBound, square: to + squares.lowerBound, epsilon: 1e-5,
            positions: region.columns.count, stride: tensor.channels, channels: means.count)
    }
}
