internal import Kernels
public import Machine

/// In place, each position's channels of [H, W, C] are divided by their length + ε.
/// - Parameter region: what to change; all if nil.
public func makeUnitLength(_ tensor: Tensor, epsilon: Float, region: Region? = nil, team: ThreadTeam) {
    let region = tensor.asked(region)
    team.run(region.rows.count) { item, _ in
        Comparison.makeUnitLength(
            tensor.place(region.rows.lowerBound + item, region.columns.lowerBound), positions: region.columns.count,
            channels: tensor.channels, epsilon: epsilon)
    }
}

/// Rows that are summed at a time: their sums fit on the stack, where more than 1 KiB would go to the heap.
private let rowsAtATime = 128

/// Σ over all positions and channels of weight(c) (a - b)², for two tensors [H, W, C]; the same bits for any team.
public func weightedSquaredDifference(_ a: Tensor, _ b: Tensor, weights: [Float], team: ThreadTeam) -> Double {
    precondition(a.hasShape(of: b) && weights.count == a.channels)
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: rowsAtATime) { sums in
        var total = 0.0
        for first in stride(from: 0, to: a.height, by: rowsAtATime) {
            let count = min(rowsAtATime, a.height - first)
            // Rows are summed by themselves and then in their order.
            team.run(count) { item, _ in
                sums[item] = weights.withUnsafeBufferPointer { weights in
                    Comparison.weightedSquaredDifference(
                        a.row(first + item), b.row(first + item), weights: weights.baseAddress!, positions: a.width,
                        channels: a.channels)
                }
            }
            for item in 0..<count { total += sums[item] }
        }
        return total
    }
}
