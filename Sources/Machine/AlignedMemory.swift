internal import Glibc

/// Memory of tensors: 64-byte aligned, not initialised.
package enum AlignedMemory {
    /// Room for `count` floats. What of it can lie in large pages is asked for in such: tensors are walked through row
    /// after row, and a row of each of many pages otherwise.
    package static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
        var memory: UnsafeMutableRawPointer?
        let byteCount = max(count, 16) * 4 + 64
        guard posix_memalign(&memory, 64, byteCount) == 0, let memory else { Exhaustion.end(byteCount) }
        let largePage: UInt = 2 << 20
        let start = (UInt(bitPattern: memory) + largePage - 1) / largePage * largePage
        let end = (UInt(bitPattern: memory) + UInt(byteCount)) / largePage * largePage
        if end > start { madvise(UnsafeMutableRawPointer(bitPattern: start), Int(end - start), MADV_HUGEPAGE) }
        return memory.bindMemory(to: Float.self, capacity: count)
    }

    package static func free(_ memory: UnsafeMutablePointer<Float>?) { Glibc.free(memory) }
}
