/// How a `Frame`'s pixels lie in memory.
public enum PixelFormat: Sendable, Hashable {
    /// Red, green, blue: a byte each, interleaved; gamma-encoded, full range.
    case rgb24
    /// Red, green, blue: 16 bits each in the machine's order, interleaved; gamma-encoded, full range.
    case rgb48

    public var bytesPerComponent: Int {
        switch self {
        case .rgb24: 1
        case .rgb48: 2
        }
    }

    public var bytesPerPixel: Int { 3 * bytesPerComponent }
}
