internal import Glibc

/// Memory of tensors: 64-byte aligned, not initialised.
package enum AlignedMemory {
    /// From where on memory is asked for in large pages.
    private static let largePage = 2 << 20

    /// Room for `count` floats.
    package static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
        var memory: UnsafeMutableRawPointer?
        let byteCount = max(count, 16) * 4 + 64
        let isLarge = byteCount >= 2 * largePage
        guard posix_memalign(&memory, isLarge ? largePage : 64, byteCount) == 0, let memory else {
            Exhaustion.end(byteCount)
        }
        if isLarge { madvise(memory, byteCount / largePage * largePage, MADV_HUGEPAGE) }
        return memory.bindMemory(to: Float.self, capacity: count)
    }

    package static func free(_ memory: UnsafeMutablePointer<Float>?) { Glibc.free(memory) }
}
