internal import Tensors

/// What LPIPS compares of one picture: the five layers' features, each position's made unit length. Computed once for a
/// picture, however many others it is compared with; may be filled again with another picture of the same size.
// Sendable: one owner at a time, as a frame has.
public final class LPIPSFeatures: @unchecked Sendable {
    /// Size of the picture as it was measured.
    public let width: Int
    public let height: Int
    /// [H, W, C] of each layer.
    let layers: [Tensor]

    init(width: Int, height: Int, layers: [Tensor]) {
        (self.width, self.height, self.layers) = (width, height, layers)
    }
}
