import Glibc
import Synchronization

/// Memory of tensors: 64-byte aligned, not initialised.
public enum AlignedMemory {
    private static let exhausted = Mutex<(@Sendable (_ byteCount: Int) -> Never)?>(nil)

    /// What is called where the system has no room for so many bytes; without it, as for every allocation of Swift's own, the process
    /// traps. A program that has checked beforehand can still meet it: others take memory too.
    public static func onExhaustion(_ handler: @escaping @Sendable (_ byteCount: Int) -> Never) {
        exhausted.withLock { $0 = handler }
    }

    /// Room for `count` floats.
    static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
        var memory: UnsafeMutableRawPointer?
        let byteCount = max(count, 16) * 4 + 64
        guard posix_memalign(&memory, 64, byteCount) == 0, let memory else {
            exhausted.withLock { $0 }?(byteCount)
            fatalError("no memory for \(byteCount) bytes")
        }
        return memory.bindMemory(to: Float.self, capacity: count)
    }

    static func free(_ memory: UnsafeMutablePointer<Float>?) { Glibc.free(memory) }
}
