/// How an encoded stream keeps its colours.
public enum EncodedPixels: String, Sendable, Hashable, CaseIterable, Codable {
    /// Colour at half the resolution both ways: what every player shows. Sides are even.
    case yuv420p
    /// Colour at half the resolution across. The width is even.
    case yuv422p
    /// Colour at full resolution, any side; fewer players show it.
    case yuv444p
    /// As those without it, in ten bits.
    case yuv420p10le, yuv422p10le, yuv444p10le

    /// What width and height must be multiples of.
    var steps: (width: Int, height: Int) {
        switch self {
        case .yuv420p, .yuv420p10le: (2, 2)
        case .yuv422p, .yuv422p10le: (2, 1)
        case .yuv444p, .yuv444p10le: (1, 1)
        }
    }

    /// Bits of a component.
    public var depth: Int {
        switch self {
        case .yuv420p, .yuv422p, .yuv444p: 8
        case .yuv420p10le, .yuv422p10le, .yuv444p10le: 10
        }
    }
}
