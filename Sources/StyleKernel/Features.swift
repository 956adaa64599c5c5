public import Tensors

/// What an encoder makes of a picture: [H / s, W / s, C] at each of its strides s.
public struct Features: Sendable {
    private let tensors: [Scale: Tensor]

    public init(_ tensors: [Scale: Tensor]) { self.tensors = tensors }

    public var scales: [Scale] { tensors.keys.sorted() }

    public subscript(scale: Scale) -> Tensor {
        guard let tensor = tensors[scale] else { preconditionFailure("this preset has no \(scale.name)") }
        return tensor
    }
}
