/// How far rows of bytes are apart.
package enum Difference {
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
