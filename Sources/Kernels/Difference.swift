internal import Glibc

/// How two rows of bytes differ.
package enum Difference {
    /// Sets the mark of each block of `block` bytes that is not the same in both; other marks stay as they are.
    package static func mark(
        _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, count: Int, block: Int, in marks: UnsafeMutablePointer<Bool>
    ) {
        // Most rows of a still picture: a call for each block takes ten times as long.
        if memcmp(a, b, count) == 0 { return }
        var start = 0
        while start < count {
            let length = min(block, count - start)
            let number = start / block
            if !marks[number] { marks[number] = memcmp(a + start, b + start, length) != 0 }
            start += length
        }
    }

    /// Adds |a - b| of each byte.
    package static func add(
        _ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, count: Int, into sums: UnsafeMutablePointer<Float>
    ) {
        vectors(count) { i, n in
            let apart = loadBytes(a + i, n) - loadBytes(b + i, n)
            store(load(sums + i, n) + apart.size, sums + i, n)
        }
    }
}
