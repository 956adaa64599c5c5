internal import Kernels
public import Machine

/// Bilinear, half-pixel centres, edges clamped: [H, W, C] to [2 H, 2 W, C].
/// - Parameters:
///   - region: the positions to compute; all if nil.
///   - channels: the input's channels to take; all if nil.
///   - added: a tensor of the output's shape, added to the result; may be `output` itself.
public func upsample2(
    _ tensor: Tensor, into output: Tensor, region: Region? = nil, channels: Range<Int>? = nil,
    adding added: Tensor? = nil, team: ThreadTeam
) {
    let region = output.asked(region)
    let channels = channels ?? 0..<tensor.channels
    precondition(channels.lowerBound >= 0 && channels.upperBound <= tensor.channels)
    precondition(output.height == 2 * tensor.height && output.width == 2 * tensor.width)
    precondition(output.channels == channels.count)
    precondition(added == nil || added!.hasShape(of: output))
    team.run(region.rows.count) { item, _ in
        let y = region.rows.lowerBound + item
        Upsample.row(
            tensor.base + channels.lowerBound, height: tensor.height, width: tensor.width, stride: tensor.channels,
            channels: channels.count, y: y, columns: region.columns, adding: added.map { UnsafePointer($0.row(y)) },
            into: output.row(y))
    }
}

/// Means of `factor` x `factor` windows, or of their squares: [H, W, C] to [H / factor, W / factor, C], in float32.
/// - Parameter region: of the output, what to compute; all if nil.
public func averagePool(
    _ tensor: Tensor, factor: Int, squared: Bool = false, into output: Tensor, region: Region? = nil,
    team: ThreadTeam
) {
    let region = output.asked(region)
    precondition(factor >= 1 && output.height == tensor.height / factor && output.width == tensor.width / factor)
    precondition(output.channels == tensor.channels)
    team.run(region.rows.count) { item, _ in
        let y = region.rows.lowerBound + item
        Pool.averageRow(
            tensor.base, width: tensor.width, channels: tensor.channels, factor: factor, squared: squared, y: y,
            columns: region.columns, into: output.row(y))
    }
}

/// Maxima of `window` x `window` values every `stride` positions, no padding.
/// - Parameter region: of the output, what to compute; all if nil.
public func maxPool(
    _ tensor: Tensor, window: Int, stride: Int, into output: Tensor, region: Region? = nil, team: ThreadTeam
) {
    let region = output.asked(region)
    precondition(window >= 1 && stride >= 1 && tensor.height >= window && tensor.width >= window)
    precondition(output.height == (tensor.height - window) / stride + 1)
    precondition(output.width == (tensor.width - window) / stride + 1 && output.channels == tensor.channels)
    team.run(region.rows.count) { item, _ in
        let y = region.rows.lowerBound + item
        Pool.maximumRow(
            tensor.base, width: tensor.width, channels: tensor.channels, window: window, stride: stride, y: y,
            columns: region.columns, into: output.row(y))
    }
}
