internal import Kernels

/// Bilinear, half-pixel centres, edges clamped: [H, W, C] to [2 H, 2 W, C].
/// - Parameters:
///   - added: a tensor of the output's shape, added to the result; may be `output` itself.
///   - pre: applied to the input as it is read (`none` or `relu`).
///   - rows: the output's rows to compute; all if nil.
public func upsample2(
    _ tensor: Tensor, into output: Tensor, rows: Range<Int>? = nil, adding added: Tensor? = nil,
    pre: ConvolutionLayer.Activation = .none, team: ThreadTeam
) {
    precondition(output.height == 2 * tensor.height && output.width == 2 * tensor.width)
    precondition(output.channels == tensor.channels)
    precondition(added == nil || added!.hasShape(of: output))
    precondition(pre != .tanhToUnit, "tanhToUnit is for outputs")
    let rows = rows ?? 0..<output.height
    precondition(rows.lowerBound >= 0 && rows.upperBound <= output.height)
    team.run(rows.count) { item, _ in
        let y = rows.lowerBound + item
        Upsample.row(
            tensor.base, height: tensor.height, width: tensor.width, channels: tensor.channels, y: y, pre: pre.kernel,
            adding: added.map { UnsafePointer($0.row(y)) }, into: output.row(y))
    }
}

/// Means of `factor` x `factor` windows, or of their squares: [H, W, C] to [H / factor, W / factor, C], in float32.
public func averagePool(_ tensor: Tensor, factor: Int, squared: Bool = false, into output: Tensor, team: ThreadTeam) {
    precondition(factor >= 1 && output.height == tensor.height / factor && output.width == tensor.width / factor)
    precondition(output.channels == tensor.channels)
    team.run(output.height) { y, _ in
        Pool.averageRow(
            tensor.base, width: tensor.width, channels: tensor.channels, factor: factor, squared: squared, y: y,
            into: output.row(y))
    }
}

/// Maxima of `window` x `window` values every `stride` positions, no padding.
public func maxPool(_ tensor: Tensor, window: Int, stride: Int, into output: Tensor, team: ThreadTeam) {
    precondition(window >= 1 && stride >= 1 && tensor.height >= window && tensor.width >= window)
    precondition(output.height == (tensor.height - window) / stride + 1)
    precondition(output.width == (tensor.width - window) / stride + 1 && output.channels == tensor.channels)
    team.run(output.height) { y, _ in
        Pool.maximumRow(
            tensor.base, width: tensor.width, channels: tensor.channels, window: window, stride: stride, y: y,
            into: output.row(y))
    }
}
