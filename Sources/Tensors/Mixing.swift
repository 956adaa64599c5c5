internal import Kernels
public import Machine

/// A step of Σ w_k x_k, the weights summing to 1, as x_1 + Σ w_k (x_k - x_1): of equal values that is the value, to the
/// last bit. What has no weight is not read.
/// - Parameters:
///   - weight: of `tensor`.
///   - isFirst: whether `output` holds nothing yet, and begins as `first`.
///   - region: what to compute; all if nil.
public func mix(
    _ tensor: Tensor, weight: Float, against first: Tensor, isFirst: Bool, into output: Tensor, region: Region? = nil,
    team: ThreadTeam
) {
    let region = tensor.asked(region)
    precondition(output.hasShape(of: tensor) && first.hasShape(of: tensor), "values of different shapes are mixed")
    let count = region.columns.count * tensor.channels
    team.run(region.rows.count) { item, _ in
        let (y, x) = (region.rows.lowerBound + item, region.columns.lowerBound)
        let to = output.place(y, x)
        if isFirst { to.update(from: first.place(y, x), count: count) }
        guard weight != 0 else { return }
        DynamicKernels.add(weight, of: tensor.place(y, x), against: first.place(y, x), to: to, count: count)
    }
}
