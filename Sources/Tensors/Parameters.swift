/// The tensors of a weights file, handed out one by one and checked on the way.
///
/// Names and shapes of all are declared, and checked, before a value is read; so nothing is built from a file that is
/// not whole.
package struct Parameters: Sendable {
    package let reader: SafeTensors.Reader
    /// Before every name: empty in weights files, `weights.` where golden tensors carry their own.
    private let prefix: String
    /// What is thrown for a file that is no good, of the reason.
    private let refusal: @Sendable (_ reason: String) -> any Error

    package init(
        _ reader: SafeTensors.Reader, prefix: String = "", refusal: @escaping @Sendable (_ reason: String) -> any Error
    ) {
        (self.reader, self.prefix, self.refusal) = (reader, prefix, refusal)
    }

    /// - Parameter vectors: names and lengths of what else the file must hold.
    /// - Throws: the refusal, naming the first tensor that is missing, of another shape, or not the network's.
    package func check(_ layers: [LayerShape], vectors: [(name: String, shape: [Int])] = []) throws {
        let expected = layers.flatMap(\.tensors) + vectors
        for (name, expected) in expected {
            guard let shape = reader[prefix + name]?.shape else { throw refusal("'\(name)' is missing") }
            guard shape == expected else { throw refusal("'\(name)' has the shape \(shape), not \(expected)") }
        }
        let names = Set(expected.map(\.name))
        for entry in reader.entries where entry.name.hasPrefix(prefix) {
            let name = String(entry.name.dropFirst(prefix.count))
            if !names.contains(name) {
                throw refusal("it holds '\(name)', which is no part of the network that its metadata describes")
            }
        }
    }

    /// The layer with its values; `check` has seen its shape.
    func layer(_ shape: LayerShape, _ precision: Precision) throws -> ConvolutionLayer {
        ConvolutionLayer(
            weight: try values(shape.name + ".weight"), bias: try values(shape.name + ".bias"),
            inputChannels: shape.inputChannels, outputChannels: shape.outputChannels, kernelHeight: shape.size,
            kernelWidth: shape.size, stride: shape.stride, margin: shape.margin, padding: shape.padding,
            precision: precision)
    }

    /// A tensor's values, row-major.
    package func values(_ name: String) throws -> [Float] {
        let values = try reader.values(of: prefix + name)
        guard values.allSatisfy(\.isFinite) else { throw refusal("'\(name)' holds values that are no numbers") }
        return values
    }
}
