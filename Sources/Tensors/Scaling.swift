internal import Kernels
public import Machine

/// Bilinear, half-pixel centres, edges clamped: [H, W, C] to [2 H, 2 W, C].
/// - Parameters:
///   - output: of all rows, or a strip as high as `rows` are many.
///   - rows: the rows to compute, counted in the whole output; all if nil.
///   - channels: the input's channels to take; all if nil.
///   - added: a tensor of the output's shape, added to the result; may be `output` itself.
public func upsample2(
    _ tensor: Tensor, into output: Tensor, rows: Range<Int>? = nil, channels: Range<Int>? = nil,
    adding added: Tensor? = nil, team: ThreadTeam
) {
    let rows = rows ?? 0..<2 * tensor.height
    let channels = channels ?? 0..<tensor.channels
    precondition(rows.lowerBound >= 0 && rows.upperBound <= 2 * tensor.height)
    precondition(channels.lowerBound >= 0 && channels.upperBound <= tensor.channels)
    precondition(output.height == 2 * tensor.height || output.height == rows.count)
    precondition(output.width == 2 * tensor.width && output.channels == channels.count)
    precondition(added == nil || added!.hasShape(of: output))
    let first = output.height == 2 * tensor.height ? rows.lowerBound : 0
    team.run(rows.count) { item, _ in
        Upsample.row(
            tensor.base + channels.lowerBound, height: tensor.height, width: tensor.width, stride: tensor.channels,
            channels: channels.count, y: rows.lowerBound + item,
            adding: added.map { UnsafePointer($0.row(first + item)) }, into: output.row(first + item))
    }
}

/// Means of `factor` x `factor` windows, or of their squares: [H, W, C] to [H / factor, W / factor, C], in float32.
/// - Parameter rows: those of the output to compute; all if nil.
public func averagePool(
    _ tensor: Tensor, factor: Int, squared: Bool = false, into output: Tensor, rows: Range<Int>? = nil,
    team: ThreadTeam
) {
    let rows = rows ?? 0..<output.height
    precondition(factor >= 1 && output.height == tensor.height / factor && output.width == tensor.width / factor)
    precondition(output.channels == tensor.channels)
    team.run(rows.count) { item, _ in
        let y = rows.lowerBound + item
        Pool.averageRow(
            tensor.base, width: tensor.width, channels: tensor.channels, factor: factor, squared: squared, y: y,
            into: output.row(y))
    }
}

/// Maxima of `window` x `window` values every `stride` positions, no padding.
/// - Parameter rows: those of the output to compute; all if nil.
public func maxPool(
    _ tensor: Tensor, window: Int, stride: Int, into output: Tensor, rows: Range<Int>? = nil, team: ThreadTeam
) {
    let rows = rows ?? 0..<output.height
    precondition(window >= 1 && stride >= 1 && tensor.height >= window && tensor.width >= window)
    precondition(output.height == (tensor.height - window) / stride + 1)
    precondition(output.width == (tensor.width - window) / stride + 1 && output.channels == tensor.channels)
    team.run(rows.count) { item, _ in
        let y = rows.lowerBound + item
        Pool.maximumRow(
            tensor.base, width: tensor.width, channels: tensor.channels, window: window, stride: stride, y: y,
            into: output.row(y))
    }
}
