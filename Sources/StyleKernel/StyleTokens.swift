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
