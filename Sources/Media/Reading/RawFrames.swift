internal import CFFmpeg
public import Imaging

/// What a file of bare frames, one after another, does not say of itself.
public struct RawFrames: Codable, Sendable, Hashable {
    public var width, height: Int
    /// Frames a second.
    public var rate: Rational
    /// How a frame's pixels lie: libav's name, as "rgb24" or "yuv420p".
    public var format: String

    /// Nil for a format that libav does not know or whose frames are not memory, and for sides or a rate of nothing.
    public init?(width: Int, height: Int, rate: Rational, format: String) {
        let found = av_pix_fmt_desc_get(av_get_pix_fmt(format))
        guard let found, found.pointee.flags & UInt64(AV_PIX_FMT_FLAG_HWACCEL) == 0, rate.value > 0,
            (1...65536).contains(width), (1...65536).contains(height)
        else { return nil }
        (self.width, self.height, self.rate, self.format) = (width, height, rate, format)
    }
}
