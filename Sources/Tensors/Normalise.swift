internal import Kernels
public import Machine

/// Mean and population variance of each channel over all positions.
public struct ChannelMoments: Sendable, Hashable, Codable {
    public var mean: [Double]
    public var variance: [Double]

    public init(mean: [Double], variance: [Double]) {
        precondition(mean.count == variance.count)
        (self.mean, self.variance) = (mean, variance)
    }
}

/// Moments of `tensor`'s channels, summed in double; the same bits for any team.
public func channelStatistics(_ tensor: Tensor, team: ThreadTeam) -> ChannelMoments {
    // Strips of a fixed height are summed by themselves and then in their order: no sum depends on the team.
    let strip = 8
    let strips = (tensor.height + strip - 1) / strip
    let channels = tensor.channels
    let sums = UnsafeMutablePointer<Double>.allocate(capacity: 2 * strips * channels)
    defer { sums.deallocate() }
    sums.initialize(repeating: 0, count: 2 * strips * channels)
    team.run(strips) { item, _ in
        let rows = item * strip..<min((item + 1) * strip, tensor.height)
        let place = sums + 2 * item * channels
        Kernels.Normalise.accumulate(
            tensor.row(rows.lowerBound), positions: rows.count * tensor.width, channels: channels, sums: place,
            squares: place + channels)
    }
    let count = Double(tensor.positions)
    var moments = ChannelMoments(
        mean: .init(repeating: 0, count: channels), variance: .init(repeating: 0, count: channels))
    for c in 0..<channels {
        var (sum, square) = (0.0, 0.0)
        for item in 0..<strips {
            sum += sums[2 * item * channels + c]
            square += sums[(2 * item + 1) * channels + c]
        }
        moments.mean[c] = sum / count
        // In double the difference cancels below 1e-16 of the square, far under float's own rounding of the input.
        moments.variance[c] = max(square / count - moments.mean[c] * moments.mean[c], 0)
    }
    return moments
}

extension Tensor {
    /// Held statistics as `normalise` and `modulate` take them: [2, 1, C], the means and under them the deviations.
    public convenience init(means: [Float], deviations: [Float]) {
        precondition(means.count == deviations.count)
        self.init(height: 2, width: 1, channels: means.count)
        for (c, mean) in means.enumerated() { (row(0)[c], row(1)[c]) = (mean, deviations[c]) }
    }

    /// Whether it holds statistics of `channels` channels.
    func isStatistics(of channels: Int) -> Bool { height == 2 && width == 1 && self.channels == channels }
}

/// output = (tensor - mean) / deviation by channel, channel groups put together in another order: group `order[i]` goes
/// to place i (Eq. 10). `output` may be `tensor` itself where `order` is nil.
/// - Parameters:
///   - statistics: [2, 1, C], means and deviations in the order of `tensor`.
///   - region: what to compute; all if nil.
public func normalise(
    _ tensor: Tensor, by statistics: Tensor, order: [Int]? = nil, into output: Tensor, region: Region? = nil,
    team: ThreadTeam
) {
    precondition(output.hasShape(of: tensor))
    precondition(statistics.isStatistics(of: tensor.channels))
    precondition(order == nil || output !== tensor, "groups cannot be shuffled in place")
    let order = order ?? oneGroup
    precondition(isOrder(order, of: tensor.channels), "\(order) is no order of groups of \(tensor.channels) channels")
    let region = tensor.asked(region)
    let (mean, deviation) = (statistics.row(0), statistics.row(1))
    order.withUnsafeBufferPointer { order in
        team.run(region.rows.count) { item, _ in
            let (y, x) = (region.rows.lowerBound + item, region.columns.lowerBound)
            Kernels.Normalise.apply(
                tensor.place(y, x), mean: mean, std: deviation, order: order.baseAddress!, groups: order.count,
                into: output.place(y, x), positions: region.columns.count, channels: tensor.channels)
        }
    }
}

/// output = tensor, channel groups put together in another order, as `normalise` does, with the means and deviations
/// that stand at the places where they come to lie.
public func shuffle(
    _ tensor: Tensor, by statistics: Tensor, order: [Int], into output: Tensor, region: Region? = nil, team: ThreadTeam
) {
    normalise(tensor, by: statistics, order: order, into: output, region: region, team: team)
    let region = tensor.asked(region)
    let (mean, deviation) = (statistics.row(0), statistics.row(1))
    team.run(region.rows.count) { item, _ in
        Kernels.Normalise.revert(
            output.place(region.rows.lowerBound + item, region.columns.lowerBound), mean: mean, std: deviation,
            positions: region.columns.count, channels: tensor.channels)
    }
}

let oneGroup = [0]

/// Whether `order` names every group once and the channels can be cut into so many.
func isOrder(_ order: [Int], of channels: Int) -> Bool {
    !order.isEmpty && channels % order.count == 0
        && order.indices.allSatisfy { place in order.contains(place) }
}
