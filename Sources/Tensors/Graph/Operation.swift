/// What a step does. In brackets what it reads, in that order.
package enum Operation: Sendable {
    /// The source frame's pixels as numbers, reflected beyond its edges ().
    case read(PixelScale)
    /// (input, what is added before `post`, if anything is)
    case convolve(LayerShape, pre: ConvolutionLayer.Activation, post: ConvolutionLayer.Activation)
    /// To twice the sides, of some channels or all (input, what is added, if anything is).
    case upsample(channels: Range<Int>)
    /// By held statistics (input, statistics).
    case normalise
    /// (query, keys, values, gate if there is one)
    case attend(GatedAttention)
    /// Mean squares become deviations (input).
    case deviations(means: Range<Int>, squares: Range<Int>)
    /// By held weights (as many as it counts, weights [1, 1, as many]).
    case mix(Int)
    /// By each position's own kernels (input, statistics, a held strength where it is tempered, kernels, and of
    /// corrections their gain and bias).
    case modulate(taps: Int, order: [Int], isCorrection: Bool, isTempered: Bool)
    /// As corrections of no strength modulate: shuffled, with means and deviations as they are (input, statistics).
    case shuffle(order: [Int])
    /// (input)
    case averagePool(factor: Int, squared: Bool)
    /// (input)
    case maxPool(window: Int, stride: Int)
    /// Each position's channels to unit length, in place (input).
    case unitLength(epsilon: Float)
    /// A style's keys by head (input).
    case splitKeys(GatedAttention)
    /// A style's values by head (each value tensor).
    case splitValues(GatedAttention)
    /// Into the painted frame's pixels (input).
    case write
    /// The same, and below a strength of 1 with a share of what the source has beyond what the network makes of it
    /// (input, the source as it comes through, held strength).
    case writeRestoring

    /// Which of what it reads may be overwritten by the result, where nothing reads it later.
    var overwritten: Int? {
        switch self {
        case .convolve, .upsample: 1
        case .deviations, .unitLength: 0
        default: nil
        }
    }

    /// Whether it has no other way than to overwrite.
    var mustOverwrite: Bool {
        switch self {
        case .unitLength: true
        default: false
        }
    }

    /// Whether so much of its result comes out as it was, though what it reads has changed, that looking is worth it.
    /// A gate that is hardly another lets the same through: where a square of 4 % of a 1080p picture moves, a frame
    /// takes 27 % of the time of a whole one, and 32 % without looking. Of no other step does less come out otherwise
    /// than what its windows see.
    var mayComeOutAsBefore: Bool {
        if case .attend = self { true } else { false }
    }

    /// What a position of the result sees of what is read: down the rows, and along the columns. Nil for what is no
    /// picture: it is seen whole, or is the same for every position.
    func reach(ofRead n: Int) -> (rows: Reach, columns: Reach)? {
        func both(_ reach: Reach) -> (Reach, Reach) { (reach, reach) }
        switch (self, n) {
        case (.convolve(let layer, _, _), 0):
            return both(Reach(step: layer.stride, before: layer.margin, after: layer.size - 1 - layer.margin))
        case (.upsample, 0): return both(Reach(finer: 2, before: 1, after: 1))
        case (.averagePool(let factor, _), _): return both(Reach(step: factor, after: factor - 1))
        case (.maxPool(let window, let stride), _): return both(Reach(step: stride, after: window - 1))
        // First down the column, each position by its own taps; then along the row of that result.
        case (.modulate(let taps, _, _, _), 0): return both(.around(taps / 2))
        case (.modulate(let taps, _, _, let isTempered), 2...):
            return isTempered && n == 2 ? nil : (.place, .around(taps / 2))
        case (.normalise, 1), (.shuffle, 1), (.writeRestoring, 2), (.modulate, 1), (.attend, 1), (.attend, 2),
            (.splitKeys, _), (.splitValues, _):
            return nil
        case (.mix(let count), _): return n < count ? both(.place) : nil
        default: return both(.place)
        }
    }

    /// Height and width of the result for those of what is read first.
    func size(of input: (height: Int, width: Int)) -> (height: Int, width: Int) {
        switch self {
        case .splitKeys(let attention), .splitValues(let attention):
            return (attention.heads, input.height * input.width)
        case .convolve(let layer, _, _): return (layer.outputSide(input.height), layer.outputSide(input.width))
        case .upsample: return (2 * input.height, 2 * input.width)
        case .averagePool(let factor, _): return (input.height / factor, input.width / factor)
        case .maxPool(let window, let stride):
            return ((input.height - window) / stride + 1, (input.width - window) / stride + 1)
        default: return input
        }
    }
}
