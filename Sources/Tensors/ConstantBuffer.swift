import Machine

/// Aligned floats that are written once, when made, and then only read: weights.
// Sendable: nothing writes after init.
final class ConstantBuffer: @unchecked Sendable {
    private let memory: UnsafeMutablePointer<Float>
    let count: Int

    /// - Parameter fill: writes all `count` floats, which start as 0.
    init(_ count: Int, _ fill: (UnsafeMutablePointer<Float>) -> Void) {
        self.count = count
        memory = AlignedMemory.allocate(count)
        memory.initialize(repeating: 0, count: count)
        fill(memory)
    }

    convenience init(_ values: [Float]) {
        self.init(values.count) { memory in
            for (i, value) in values.enumerated() { memory[i] = value }
        }
    }

    deinit { AlignedMemory.free(memory) }

    var base: UnsafePointer<Float> { UnsafePointer(memory) }
}
