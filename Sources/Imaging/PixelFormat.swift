/// How a `Frame`'s pixels lie in memory.
public enum PixelFormat: Sendable, Hashable {
    /// Red, green, blue: a byte each, interleaved; gamma-encoded, full range.
    case rgb24

    public var bytesPerPixel: Int {
        switch self {
        case .rgb24: 3
        }
    }
}
