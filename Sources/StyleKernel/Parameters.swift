internal import Tensors

/// The tensors of a weights file, handed out layer by layer and checked on the way.
///
/// Names and shapes of all layers are declared, and checked, before a value is read; so nothing is built from a file
/// that is not whole.
struct Parameters {
    let reader: SafeTensors.Reader
    /// Before every name: empty in weights files, `weights.` where golden tensors carry their own.
    var prefix = ""

    /// - Throws: `WeightsError` naming the first tensor that is missing, of another shape, or not the network's.
    func check(_ layers: [LayerShape]) throws {
        var expected: Set<String> = []
        for layer in layers {
            try check(layer.name + ".weight", layer.weightShape)
            try check(layer.name + ".bias", [layer.outputChannels])
            expected.formUnion([layer.name + ".weight", layer.name + ".bias"])
        }
        for entry in reader.entries where entry.name.hasPrefix(prefix) {
            let name = String(entry.name.dropFirst(prefix.count))
            if !expected.contains(name) {
                throw error("it holds '\(name)', which is no part of the network that its metadata describes")
            }
        }
    }

    private func check(_ name: String, _ expected: [Int]) throws {
        guard let shape = reader[prefix + name]?.shape else { throw error("'\(name)' is missing") }
        guard shape == expected else { throw error("'\(name)' has the shape \(shape), not \(expected)") }
    }

    /// The layer with its values; `check` has seen its shape.
    func layer(_ shape: LayerShape) throws -> ConvolutionLayer {
        let (weight, bias) = (try values(shape.name + ".weight"), try values(shape.name + ".bias"))
        return ConvolutionLayer(
            weight: weight, bias: bias, inputChannels: shape.inputChannels, outputChannels: shape.outputChannels,
            kernelHeight: shape.size, kernelWidth: shape.size, stride: shape.stride, margin: shape.size / 2,
            padding: shape.padding)
    }

    private func values(_ name: String) throws -> [Float] {
        let values = try reader.values(of: prefix + name)
        guard values.allSatisfy(\.isFinite) else { throw error("'\(name)' holds values that are no numbers") }
        return values
    }

    private func error(_ reason: String) -> WeightsError { WeightsError(file: reader.path, reason: reason) }
}

/// One convolution as the network wants it, before its values are read.
struct LayerShape {
    let name: String
    let inputChannels: Int
    let outputChannels: Int
    var size = 3
    var stride = 1
    var padding = ConvolutionLayer.Padding.reflect

    init(
        _ name: String, _ inputChannels: Int, _ outputChannels: Int, size: Int = 3, stride: Int = 1,
        padding: ConvolutionLayer.Padding = .reflect
    ) {
        (self.name, self.inputChannels, self.outputChannels) = (name, inputChannels, outputChannels)
        (self.size, self.stride, self.padding) = (size, stride, padding)
    }

    var weightShape: [Int] { [outputChannels, inputChannels, size, size] }
}

/// The layers of one network by name: declared first, then filled from a file.
struct Layers {
    private let layers: [String: ConvolutionLayer]

    init(_ shapes: [LayerShape], from parameters: Parameters) throws {
        try parameters.check(shapes)
        layers = try Dictionary(uniqueKeysWithValues: shapes.map { ($0.name, try parameters.layer($0)) })
    }

    /// A layer that was declared.
    subscript(name: String) -> ConvolutionLayer {
        guard let layer = layers[name] else { preconditionFailure("layer \(name) was not declared") }
        return layer
    }

    func block(_ name: String) -> ResidualBlock {
        ResidualBlock(conv1: self[name + ".conv1"], conv2: self[name + ".conv2"], skip: layers[name + ".skip"])
    }
}
