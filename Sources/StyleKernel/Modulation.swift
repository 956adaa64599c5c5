import Machine
internal import Tensors

/// ((z - μ) / σ, groups shuffled) * F1 * F2 + B (Eq. 6, appendix A), strip by strip as the kernels are made.
struct Modulation {
    /// Group `order[i]` of the channels goes to place i (Eq. 10).
    let order: [Int]

    /// z: [H, W, C], modulated into m, of the same shape.
    /// - Parameters:
    ///   - strips: of rows, that cover all of z.
    ///   - kernels: those of one strip; asked for strip by strip, from top to bottom.
    func callAsFunction(
        _ z: Tensor, statistics: SceneStatistics.Channels, strips: [Range<Int>], into m: Tensor, team: ThreadTeam,
        kernels: (Range<Int>) -> DynamicKernelTensor
    ) {
        let (means, deviations) = (statistics.means, statistics.deviations)
        for rows in strips {
            modulate(
                z, mean: means, std: deviations, order: order, kernels: kernels(rows), into: m, rows: rows, team: team)
        }
    }
}
