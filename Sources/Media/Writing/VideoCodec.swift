internal import CFFmpeg

/// How frames become a stream.
public enum VideoCodec: String, Sendable, Hashable, CaseIterable, Codable {
    case h264, hevc, av1, vp9, ffv1, prores

    /// Its encoder.
    public var encoder: VideoEncoderFormat {
        switch self {
        case .h264: .x264
        case .hevc: .x265
        case .av1: .aom
        case .vp9: .vpx
        case .ffv1: .ffv1
        case .prores: .prores
        }
    }

    /// Whether this system's libavcodec has the encoder.
    public var isAvailable: Bool { avcodec_find_encoder_by_name(encoder.name) != nil }

    /// What holds it.
    var formats: [OutputFormat] { OutputFormat.table.filter { $0.codecs.contains(self) } }
}

/// An encoder of libavcodec's: a row of a table.
public struct VideoEncoderFormat: Sendable {
    /// What people call the codec.
    public let title: String
    /// libav's name of the encoder.
    public let name: String
    /// The values of constant quality, from best to worst; nothing but 0 where there is no choice.
    public var qualities = 0.0...0.0
    public var usualQuality = 0.0
    /// Whether the encoder would round others.
    var hasWholeQualities = false
    /// Whether the best is lossless in eight bits.
    var isLosslessAtBest = false
    /// The option that takes a quality; nil where there is no choice.
    var qualityOption: String?
    /// From the fastest to the best, and the option that takes one; none where there is no choice.
    public var presets: [String] = []
    public var usualPreset = ""
    var presetOption = ""
    /// The usual one first.
    public let pixelFormats: [EncodedPixels]
    /// The longest side that it takes, and the shortest.
    let maximumSide: Int
    var minimumSide = 1
    /// Its threads, where other counts give other streams: the output depends on the input and the settings alone, so
    /// the count is fixed and never the machine's.
    let threads: Int32
    /// Whether range may be full.
    var hasFullRange = true
    /// Options beside quality and preset.
    var options: [String: String] = [:]
}

extension VideoEncoderFormat {
    private static let presetsOfX26x = [
        "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo",
    ]

    /// libx264 gives other pictures for other thread counts. Four keep the encoder ahead of the painting on the
    /// smallest machines; each more would hold another picture in memory and cost a little quality.
    static let x264 = VideoEncoderFormat(
        title: "H.264", name: "libx264", qualities: 0...51, usualQuality: 18, isLosslessAtBest: true,
        qualityOption: "crf", presets: presetsOfX26x, usualPreset: "medium", presetOption: "preset",
        pixelFormats: [.yuv420p, .yuv444p, .yuv422p, .yuv420p10le, .yuv422p10le, .yuv444p10le], maximumSide: 16384,
        threads: 4, options: x264Instructions)

    /// One frame at a time: with more, frames see more or less of those before them. Its note of its own options would
    /// tell the pool of threads. Of frames below 64 a side, 3.5 writes beyond its memory (48 x 36: the heap is broken).
    static let x265 = VideoEncoderFormat(
        title: "HEVC", name: "libx265", qualities: 0...51, usualQuality: 20, qualityOption: "crf",
        presets: presetsOfX26x, usualPreset: "medium", presetOption: "preset",
        pixelFormats: [.yuv420p, .yuv420p10le, .yuv422p, .yuv422p10le, .yuv444p, .yuv444p10le], maximumSide: 8192,
        minimumSide: 64, threads: 1, options: ["x265-params": "frame-threads=1:no-info=1:log-level=error"])

    /// SVT-AV1 is faster, and its 1.4.1 hangs for good where it is closed before it was given a frame.
    static let aom = VideoEncoderFormat(
        title: "AV1", name: "libaom-av1", qualities: 0...63, usualQuality: 24, hasWholeQualities: true,
        qualityOption: "crf",
        presets: ["8", "7", "6", "5", "4", "3", "2", "1", "0"], usualPreset: "6", presetOption: "cpu-used",
        pixelFormats: [.yuv420p, .yuv420p10le, .yuv422p, .yuv422p10le, .yuv444p, .yuv444p10le], maximumSide: 16384,
        threads: 4, options: ["row-mt": "1", "b": "0"])

    static let vpx = VideoEncoderFormat(
        title: "VP9", name: "libvpx-vp9", qualities: 0...63, usualQuality: 24, hasWholeQualities: true,
        qualityOption: "crf",
        presets: ["8", "7", "6", "5", "4", "3", "2", "1", "0"], usualPreset: "4", presetOption: "cpu-used",
        pixelFormats: [
            .yuv420p, .yuv420p10le, .yuv422p, .yuv422p10le, .yuv444p, .yuv444p10le, .yuva420p,
        ], maximumSide: 16384,
        threads: 4, options: ["row-mt": "1", "b": "0", "deadline": "good"])

    /// In slices with checksums, which small pictures have in no other way; each frame for itself.
    static let ffv1 = VideoEncoderFormat(
        title: "FFV1", name: "ffv1",
        pixelFormats: [
            .yuv420p, .yuv422p, .yuv444p, .yuv420p10le, .yuv422p10le, .yuv444p10le, .yuv420p12le, .yuv422p12le,
            .yuv444p12le, .yuva420p, .yuva444p, .yuva420p10le, .yuva444p10le,
        ], maximumSide: 16384, threads: 4, options: ["level": "3", "slices": "4", "slicecrc": "1", "g": "1"])

    /// Its decoders take all of it for limited range.
    static let prores = VideoEncoderFormat(
        title: "ProRes", name: "prores_ks", presets: ["proxy", "lt", "standard", "hq", "4444", "4444xq"],
        usualPreset: "hq", presetOption: "profile", pixelFormats: [.yuv422p10le, .yuv444p10le, .yuva444p10le],
        maximumSide: 16384, threads: 4, hasFullRange: false, options: ["vendor": "apl0"])

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
