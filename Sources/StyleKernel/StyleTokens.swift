public import Tensors

/// What the network remembers of a style picture: a key and a value of every position, for each head. Made once a
/// picture and kept for the run; those of the same picture, size and weights are the same.
// Sendable: nothing writes after init.
public struct StyleTokens: Sendable {
    /// [G, N_s, d]: unit length along d.
    public let keys: Tensor
    /// [G, N_s, d]: each head's slice of every value tensor, one after the other.
    public let values: Tensor

    public init(keys: Tensor, values: Tensor) {
        precondition(keys.height == values.height && keys.width == values.width, "keys and values of different tokens")
        (self.keys, self.values) = (keys, values)
    }

    public var heads: Int { keys.height }
    /// N_s, the positions of the style picture.
    public var count: Int { keys.width }
}

extension StyleTokens {
    /// Of several pictures side by side: a position attends to all of them (appendix B's collage, without its seams).
    /// - Parameter styles: at least one, all of the same network.
    public init(collage styles: [StyleTokens]) {
        precondition(!styles.isEmpty, "a collage of no styles")
        func joined(_ tensors: [Tensor]) -> Tensor {
            let joined = Tensor(
                height: tensors[0].height, width: tensors.reduce(0) { $0 + $1.width }, channels: tensors[0].channels)
            for head in 0..<joined.height {
                var start = joined.row(head)
                for tensor in tensors {
                    precondition(tensor.height == joined.height && tensor.channels == joined.channels)
                    start.update(from: tensor.row(head), count: tensor.width * tensor.channels)
                    start += tensor.width * tensor.channels
                }
            }
            return joined
        }
        self.init(keys: joined(styles.map(\.keys)), values: joined(styles.map(\.values)))
    }
}

/// Styles that paint a frame together, with weights that sum to 1 (appendix B's interpolation).
public struct StyleMix: Sendable {
    /// The most styles of a mix.
    public static let most = 8

    /// How far kernels and statistics may be led beyond the style's.
    public static let mostStrength = 1.5

    let tokens: [StyleTokens]
    let weights: SIMD8<Float>
    let strength: Float

    /// One style alone.
    /// - Parameter strength: as below.
    public init(_ tokens: StyleTokens, strength: Double = 1) { self.init([tokens], weights: [1], strength: strength) }

    /// - Parameters:
    ///   - tokens: 1 to `most`, all of the same network. One of weight 0 takes no part and costs nothing.
    ///   - weights: of each, 0 to 1; they sum to 1.
    ///   - strength: how far the kernels lead from the content's own means and deviations to the styles': 0 is the
    ///     content itself, 1 as trained, up to `mostStrength`. Below 1 a frame takes the time of a second decoding.
    public init(_ tokens: [StyleTokens], weights: [Double], strength: Double = 1) {
        precondition((0...Self.mostStrength).contains(strength), "a strength of \(strength)")
        self.strength = Float(strength)
        precondition(tokens.count == weights.count && (1...Self.most).contains(tokens.count), "a mix without weights")
        precondition(weights.allSatisfy { $0 >= 0 } && abs(weights.reduce(0, +) - 1) < 1e-6, "weights \(weights)")
        let parts = zip(tokens, weights).filter { $1 > 0 }
        self.tokens = parts.map(\.0)
        var own = SIMD8<Float>.zero
        for (place, part) in parts.enumerated() { own[place] = Float(part.1) }
        self.weights = own
    }
}
