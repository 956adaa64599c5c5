import Tensors

extension Tensor {
    convenience init(height: Int, width: Int, channels: Int, values: [Float]) {
        self.init(height: height, width: width, channels: channels)
        precondition(values.count == count)
        for (i, value) in values.enumerated() { base[i] = value }
    }

    var values: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }
    var bits: [UInt32] { values.map(\.bitPattern) }
    func fill(_ value: Float) { base.update(repeating: value, count: count) }
}
