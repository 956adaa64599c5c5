/// From float16 as files hold it to float32 as everything computes.
package enum Conversion {
    package static func widen(_ from: UnsafeRawPointer, into to: UnsafeMutablePointer<Float>, count: Int) {
        for i in 0..<count { to[i] = Float(from.loadUnaligned(fromByteOffset: 2 * i, as: Float16.self)) }
    }
}
