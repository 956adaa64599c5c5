internal import Kernels
public import Machine

/// Kernels of every position and channel (3.2), tap-major: F1's `taps` with C channels each, then F2's, then B.
public struct DynamicKernelTensor {
    /// [H, W, (2 taps + 1) C]; may be a strip of the rows that it is used for.
    public var values: Tensor
    public var taps: Int
    /// Whether the values are corrections δ of the identity: F1 = (point + δ1) gain, F2 = point + δ2, B = δB + bias.
    public var isCorrection: Bool
    /// [H, W, C], of the same rows as `values`; only with corrections.
    public var gain: Tensor?
    public var bias: Tensor?
    /// How far corrections lead: 0 is the content's own means and deviations, 1 the style (nil too, in less time);
    /// beyond 1 they lead further. Only with corrections.
    public var strength: Float?

    public init(
        _ values: Tensor, taps: Int, isCorrection: Bool, gain: Tensor? = nil, bias: Tensor? = nil,
        strength: Float? = nil
    ) {
        precondition(taps >= 1 && taps % 2 == 1 && values.channels % (2 * taps + 1) == 0)
        precondition(isCorrection || (gain == nil && bias == nil && strength == nil))
        self.strength = strength
        self.values = values
        (self.taps, self.isCorrection, self.gain, self.bias) = (taps, isCorrection, gain, bias)
        precondition(fits(gain) && fits(bias))
    }

    private func fits(_ part: Tensor?) -> Bool {
        guard let part else { return true }
        return part.height == values.height && part.width == values.width && part.channels == channels
    }

    public var channels: Int { values.channels / (2 * taps + 1) }
}

/// output = n * F1 * F2 + B (Eq. 6) with n = (tensor - mean) / deviation, its channel groups shuffled. F1 goes down the
/// columns, then F2 along the rows of the result, each position and channel with its own taps, both reflected at the
/// edges.
/// - Parameters:
///   - statistics: [2, 1, C], means and deviations in the order of `tensor`.
///   - order: group `order[i]` goes to place i.
///   - region: what to compute; all if nil. `kernels` may hold the rows of it alone, and `taps / 2` columns around it.
public func modulate(
    _ tensor: Tensor, by statistics: Tensor, order: [Int], kernels: DynamicKernelTensor, into output: Tensor,
    region: Region? = nil, team: ThreadTeam
) {
    let region = tensor.asked(region)
    let (width, channels, taps) = (tensor.width, tensor.channels, kernels.taps)
    precondition(output.hasShape(of: tensor) && output !== tensor)
    precondition(
        kernels.values.height == tensor.height && kernels.values.width == width && kernels.channels == channels)
    precondition(statistics.isStatistics(of: channels) && isOrder(order, of: channels))
    let (mean, deviation) = (statistics.row(0), statistics.row(1))
    let scratch = modulationScratch(taps: taps, width: width, channels: channels)
    // The row of m is seen around each position, reflection included.
    let seen = max(region.columns.lowerBound - taps / 2, 0)..<min(region.columns.upperBound + taps / 2, width)
    order.withUnsafeBufferPointer { order in
        team.run(region.rows.count, scratch: scratch) { item, worker in
            let y = region.rows.lowerBound + item
            let m = team.scratch(worker, scratch)
            let lines = m + width * channels
            let tempering = kernels.strength.map {
                DynamicKernels.Tempering(strength: $0, means: mean, deviations: deviation)
            }
            let first = seen.lowerBound * channels
            for i in 0..<taps {
                let source = paddedIndex(y + i - taps / 2, tensor.height, .reflect)
                Kernels.Normalise.apply(
                    tensor.row(source) + first, mean: mean, std: deviation, order: order.baseAddress!,
                    groups: order.count, into: lines + i * width * channels + first, positions: seen.count,
                    channels: channels)
            }
            DynamicKernels.columns(
                lines, rowStride: width * channels, kernels: kernels.values.row(y),
                gain: kernels.gain.map { UnsafePointer($0.row(y)) }, isCorrection: kernels.isCorrection,
                tempering: tempering, taps: taps, columns: seen, channels: channels, into: m)
            DynamicKernels.rows(
                m, kernels: kernels.values.row(y), bias: kernels.bias.map { UnsafePointer($0.row(y)) },
                isCorrection: kernels.isCorrection, tempering: tempering, taps: taps, width: width,
                columns: region.columns, channels: channels, into: output.row(y))
        }
    }
}

/// Floats that each worker takes: a row of m, and the normalised rows that it is made of.
func modulationScratch(taps: Int, width: Int, channels: Int) -> Int { (taps + 1) * width * channels }
