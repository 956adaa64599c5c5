import TestSupport

@testable import Tensors

extension Tensor {
    convenience init(height: Int, width: Int, channels: Int, values: [Float]) {
        self.init(height: height, width: width, channels: channels)
        precondition(values.count == count)
        for (i, value) in values.enumerated() { base[i] = value }
    }

    var values: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }
    var bits: [UInt32] { values.map(\.bitPattern) }
    func bits(of rows: Range<Int>) -> [UInt32] {
        UnsafeBufferPointer(start: row(rows.lowerBound), count: rows.count * rowStride).map(\.bitPattern)
    }
    func fill(_ value: Float) { base.update(repeating: value, count: count) }
}

extension Layers {
    /// With small weights, the same every time.
    static func random(for graph: Graph) throws -> Layers {
        let scratch = try Scratch()
        var random = Seeded(5)
        var writer = SafeTensors.Writer()
        for (name, shape) in graph.layers.flatMap(\.tensors) {
            writer.add(name, shape: shape, values: random.floats(shape.reduce(1, *), -0.2...0.2))
        }
        try writer.write(to: scratch.file("w"))
        let parameters = Parameters(try SafeTensors.Reader(path: scratch.file("w"))) { _ in CancellationError() }
        try parameters.check(graph.layers)
        return try Layers(graph.layers, from: parameters)
    }
}
