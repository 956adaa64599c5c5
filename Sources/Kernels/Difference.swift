internal import Glibc

/// How two rows of pixels differ.
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

    /// Adds |a - b| of each component.
    package static func add(
        _ a: Samples, _ b: Samples, count: Int, into sums: UnsafeMutablePointer<Float>
    ) {
        vectors(count) { i, n in
            let apart = a.load(i, n) - b.load(i, n)
            store(load(sums + i, n) + apart.size, sums + i, n)
        }
    }
}
