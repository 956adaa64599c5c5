/// Between float16 as files hold it and float32 as everything computes.
package enum Conversion {
    package static func widen(_ from: UnsafeRawPointer, into to: UnsafeMutablePointer<Float>, count: Int) {
        for i in 0..<count { to[i] = Float(from.loadUnaligned(fromByteOffset: 2 * i, as: Float16.self)) }
    }

    /// Rounds to the nearest, ties to even.
    package static func narrow(_ from: UnsafePointer<Float>, into to: UnsafeMutableRawPointer, count: Int) {
        for i in 0..<count { to.storeBytes(of: Float16(from[i]), toByteOffset: 2 * i, as: Float16.self) }
    }
}
