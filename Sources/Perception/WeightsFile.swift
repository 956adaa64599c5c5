internal import Tensors

/// `lpips-alex.safetensors`: AlexNet's convolutions (`convs.N`, [out, in, kh, kw]) and the layers' learned channel
/// weights (`linear.N.weight`, [C]).
struct WeightsFile {
    let layers: Layers
    let linear: [[Float]]

    /// - Throws: `SafeTensorsError` or `PerceptionError.weights`.
    init(path: String) throws {
        let reader = try SafeTensors.Reader(path: path)
        func error(_ reason: String) -> PerceptionError { .weights(file: path, reason: reason) }
        for (key, expected) in [("format", "lpips/1"), ("network", "alexnet"), ("version", "0.1")] {
            let found = reader.metadata[key]
            guard found == expected else {
                throw error("its metadata key '\(key)' is \(found.map { "'\($0)'" } ?? "missing"), not '\(expected)'")
            }
        }
        let parameters = Parameters(reader) { .weights(file: path, reason: $0) as PerceptionError }
        let names = AlexNet.widths.indices.map { "linear.\($0).weight" }
        try parameters.check(AlexNet.graph.layers, vectors: zip(names, AlexNet.widths).map { ($0, [$1]) })
        // Products in bfloat16 miss the reference by up to 0.00046, and 0.0001 is what the figures are told to.
        layers = try Layers(AlexNet.graph.layers, from: parameters)
        linear = try names.map { name in
            let weights = try parameters.values(name)
            guard weights.allSatisfy({ $0 >= 0 }) else { throw error("'\(name)' holds negative weights") }
            return weights
        }
    }
}
