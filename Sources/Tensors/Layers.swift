/// The layers of a network by name: shapes first, then filled from a file.
package struct Layers: Sendable {
    private let layers: [String: ConvolutionLayer]

    /// - Throws: what `parameters` refuses with.
    package init(_ shapes: [LayerShape], from parameters: Parameters, _ precision: Precision = .float32) throws {
        layers = try Dictionary(uniqueKeysWithValues: shapes.map { ($0.name, try parameters.layer($0, precision)) })
    }

    subscript(name: String) -> ConvolutionLayer {
        guard let layer = layers[name] else { preconditionFailure("layer \(name) was not declared") }
        return layer
    }

    /// Bytes of all weights, packed as they are multiplied.
    package var byteCount: Int { layers.values.reduce(0) { $0 + $1.byteCount } }
}
