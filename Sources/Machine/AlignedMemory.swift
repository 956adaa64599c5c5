internal import Glibc

/// Memory of tensors: 64-byte aligned, not initialised.
package enum AlignedMemory {
    /// Room for `count` floats.
    package static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
        var memory: UnsafeMutableRawPointer?
        let byteCount = max(count, 16) * 4 + 64
        guard posix_memalign(&memory, 64, byteCount) == 0, let memory else { Exhaustion.end(byteCount) }
        return memory.bindMemory(to: Float.self, capacity: count)
    }

    package static func free(_ memory: UnsafeMutablePointer<Float>?) { Glibc.free(memory) }
}
