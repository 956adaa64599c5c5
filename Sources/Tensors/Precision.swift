/// The numbers that a convolution multiplies. It adds up, reads and writes float32 in either.
public enum Precision: String, Codable, Sendable, CaseIterable {
    case float32
    /// The upper half of float32's bits, rounded to the nearest: 8 bits of precision. Kernels for AVX-512 BF16 multiply
    /// twice as many of them at once.
    case bfloat16
}
