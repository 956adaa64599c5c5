internal import Tensors

/// `lpips-alex.safetensors`: AlexNet's convolutions (`convs.N`, [out, in, kh, kw]) and the layers' learned channel weights
/// (`linear.N.weight`, [C]).
struct WeightsFile {
    private let reader: SafeTensors.Reader

    init(path: String) throws {
        reader = try SafeTensors.Reader(path: path)
        for (key, expected) in [("format", "lpips/1"), ("network", "alexnet"), ("version", "0.1")] {
            let found = reader.metadata[key]
            guard found == expected else {
                throw error("its metadata key '\(key)' is \(found.map { "'\($0)'" } ?? "missing"), not '\(expected)'")
            }
        }
    }

    func convolutions() throws -> [ConvolutionLayer] {
        try AlexNet.shapes.enumerated().map { n, shape in
            ConvolutionLayer(
                weight: try values(
                    "convs.\(n).weight", [shape.outputChannels, shape.inputChannels, shape.size, shape.size]),
                bias: try values("convs.\(n).bias", [shape.outputChannels]), inputChannels: shape.inputChannels,
                outputChannels: shape.outputChannels, kernelHeight: shape.size, kernelWidth: shape.size,
                stride: shape.stride, margin: shape.margin, padding: .zero)
        }
    }

    func linear() throws -> [[Float]] {
        try AlexNet.shapes.enumerated().map { n, shape in
            let weights = try values("linear.\(n).weight", [shape.outputChannels])
            guard weights.allSatisfy({ $0 >= 0 }) else { throw error("'linear.\(n).weight' holds negative weights") }
            return weights
        }
    }

    private func values(_ name: String, _ shape: [Int]) throws -> [Float] {
        let values = try reader.values(of: name, shape: shape)
        guard values.allSatisfy(\.isFinite) else { throw error("'\(name)' holds values that are no numbers") }
        return values
    }

    private func error(_ reason: String) -> PerceptionError { .weights(file: reader.path, reason: reason) }
}
