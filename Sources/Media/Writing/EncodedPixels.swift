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
    /// The same in twelve.
    case yuv420p12le, yuv422p12le, yuv444p12le
    /// As those without "a", with how opaque each pixel is.
    case yuva420p, yuva444p, yuva420p10le, yuva444p10le

    /// Of pictures: red, green and blue in 8 bits, or in 16 (PNG); with how opaque each pixel is (PNG).
    case rgb24, rgb48be, rgba, rgba64be

    /// What width and height must be multiples of.
    var steps: (width: Int, height: Int) {
        switch self {
        case .yuv420p, .yuv420p10le, .yuv420p12le, .yuva420p, .yuva420p10le: (2, 2)
        case .yuv422p, .yuv422p10le, .yuv422p12le: (2, 1)
        case .yuv444p, .yuv444p10le, .yuv444p12le, .yuva444p, .yuva444p10le: (1, 1)
        case .rgb24, .rgb48be, .rgba, .rgba64be: (1, 1)
        }
    }

    /// The sides of frames that hold a picture: at least the picture's.
    func holding(width: Int, height: Int) -> (width: Int, height: Int) {
        func next(_ side: Int, _ step: Int) -> Int { (side + step - 1) / step * step }
        return (next(width, steps.width), next(height, steps.height))
    }

    /// Says where these are not the picture's.
    func notice(width: Int, height: Int) -> String? {
        let held = holding(width: width, height: height)
        guard held != (width, height) else { return nil }
        return "\(self) holds no odd sides: the last column or row is repeated, \(width) x \(height) becomes "
            + "\(held.width) x \(held.height) (yuv444p keeps the size)"
    }

    /// Bits of a component.
    public var depth: Int {
        switch self {
        case .yuv420p, .yuv422p, .yuv444p, .yuva420p, .yuva444p, .rgb24, .rgba: 8
        case .yuv420p10le, .yuv422p10le, .yuv444p10le, .yuva420p10le, .yuva444p10le: 10
        case .yuv420p12le, .yuv422p12le, .yuv444p12le: 12
        case .rgb48be, .rgba64be: 16
        }
    }

    /// Whether it keeps how opaque pixels are.
    public var hasOpacity: Bool { self != colours }

    /// The same without opacity.
    var colours: EncodedPixels {
        switch self {
        case .yuva420p: .yuv420p
        case .yuva444p: .yuv444p
        case .yuva420p10le: .yuv420p10le
        case .yuva444p10le: .yuv444p10le
        case .rgba: .rgb24
        case .rgba64be: .rgb48be
        default: self
        }
    }

    /// Those that a picture of a name's ending may have, the usual one first.
    public static func ofPictures(_ format: PictureFile.Format) -> [EncodedPixels] {
        format == .png ? [.rgb24, .rgb48be, .rgba, .rgba64be] : [.rgb24]
    }
}
