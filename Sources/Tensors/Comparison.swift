internal import Kernels
public import Machine

/// In place, each position's channels of [H, W, C] are divided by their length + ε.
public func makeUnitLength(_ tensor: Tensor, epsilon: Float, team: ThreadTeam) {
    team.run(tensor.height) { y, _ in
        Comparison.makeUnitLength(
            tensor.row(y), positions: tensor.width, channels: tensor.channels, epsilon: epsilon)
    }
}

/// Σ over all positions and channels of weight(c) (a - b)², for two tensors [H, W, C]; the same bits for any team.
public func weightedSquaredDifference(_ a: Tensor, _ b: Tensor, weights: [Float], team: ThreadTeam) -> Double {
    precondition(a.hasShape(of: b) && weights.count == a.channels)
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: a.height) { rows in
        // Rows are summed by themselves and then in their order.
        team.run(a.height) { y, _ in
            rows[y] = weights.withUnsafeBufferPointer { weights in
                Comparison.weightedSquaredDifference(
                    a.row(y), b.row(y), weights: weights.baseAddress!, positions: a.width, channels: a.channels)
            }
        }
        return rows.reduce(0, +)
    }
}
