/// A container that is written, and what it takes to write it: a row of a table.
public struct OutputFormat: Sendable {
    /// How settings and reports name it.
    public let container: Container
    /// What the names of its files end in, the usual one first.
    public let endings: [String]
    /// libav's name of its writer.
    let muxer: String
    /// What the writer is told, whatever the clip.
    var options: [String: String]
    /// The writer's options for the ticks a second of the video track, and of what counts for all tracks.
    let timescales: (video: String, movie: String)?
    /// What its video may be, the usual one first.
    public let codecs: [VideoCodec]

    public enum Container: String, Sendable, Hashable, CaseIterable, Codable { case mp4 }

    static let mp4 = OutputFormat(
        container: .mp4, endings: ["mp4", "m4v"], muxer: "mp4", options: ["movflags": "+faststart"],
        timescales: ("video_track_timescale", "movie_timescale"), codecs: [.h264])

    /// All of them.
    public static let table = [mp4]

    public static subscript(_ container: Container) -> OutputFormat {
        switch container {
        case .mp4: mp4
        }
    }
}

/// How frames become a stream.
public enum VideoCodec: String, Sendable, Hashable, CaseIterable, Codable {
    case h264

    /// Its encoder.
    public var encoder: VideoEncoderFormat {
        switch self {
        case .h264: .x264
        }
    }
}

/// An encoder of libavcodec's: a row of a table.
public struct VideoEncoderFormat: Sendable {
    /// What people call the codec.
    public let title: String
    /// libav's name of the encoder.
    let name: String
    /// The Debian package that brings it.
    let package: String
    /// The values of constant quality, from lossless to worst, and the option that takes one.
    public let qualities: ClosedRange<Double>
    let qualityOption: String
    /// From the fastest to the best, and the option that takes one.
    public let presets: [String]
    let presetOption: String
    public let pixelFormats: [EncodedPixels]
    /// The longest side that it takes.
    let maximumSide: Int
    /// Its threads, where other counts give other streams: the output depends on the input and the settings alone, so
    /// the count is fixed and never the machine's.
    let threads: Int32
    /// Options beside quality and preset.
    let options: [String: String]

    /// libx264 gives other pictures for other thread counts. Four keep the encoder ahead of the painting on the
    /// smallest machines; each more would hold another picture in memory and cost a little quality.
    static let x264 = VideoEncoderFormat(
        title: "H.264", name: "libx264", package: "libavcodec59", qualities: 0...51, qualityOption: "crf",
        presets: [
            "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo",
        ], presetOption: "preset", pixelFormats: [.yuv420p, .yuv444p], maximumSide: 16384, threads: 4,
        options: x264Instructions)

    /// What libx264 may use of the CPU: what the program needs anyway, and no more. With AVX-512, libx264 164 looks at
    /// memory that it never wrote when it weighs macroblocks (`mbtree`), and the same input gave up to four different
    /// videos where old contents of memory differed (96 x 240: 4 of 4; 640 x 480: none); without, 1 of 4 for each of
    /// 30 sizes, at 3 % more time.
    private static let x264Instructions: [String: String] = {
        #if arch(x86_64)
            ["x264-params": "asm=AVX2,FMA3,BMI1,BMI2,LZCNT"]
        #else
            [:]
        #endif
    }()
}

/// How an encoded stream keeps its colours.
public enum EncodedPixels: String, Sendable, Hashable, CaseIterable, Codable {
    /// Colour at half the resolution both ways: what every player shows. Sides are even.
    case yuv420p
    /// Colour at full resolution, any side; fewer players show it.
    case yuv444p

    /// Whether sides must be even.
    var isHalved: Bool { self == .yuv420p }
}
