/// How the video is encoded: H.264 by libx264, at constant quality.
public struct EncoderSettings: Sendable, Hashable, Codable {
    public enum PixelFormat: String, Sendable, Hashable, CaseIterable, Codable {
        /// Colour at half the resolution both ways: what every player shows. Sides are even.
        case yuv420p
        /// Colour at full resolution, any side; fewer players show it.
        case yuv444p
    }

    /// libx264's presets, from the fastest to the best.
    public static let presets = [
        "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo",
    ]

    /// Constant rate factor, 0 (lossless) to 51 (worst).
    public var crf: Double
    /// One of `presets`.
    public var preset: String
    public var pixelFormat: PixelFormat

    public init(crf: Double = 18, preset: String = "medium", pixelFormat: PixelFormat = .yuv420p) {
        precondition((0...51).contains(crf), "a CRF of \(crf)")
        precondition(EncoderSettings.presets.contains(preset), "an encoder preset \(preset)")
        self.crf = crf
        self.preset = preset
        self.pixelFormat = pixelFormat
    }

    /// The encoder's threads. libx264 gives other pictures for other thread counts, and the output depends on the input
    /// and the settings alone, so the count is fixed and never the machine's. Four keep the encoder ahead of the painting
    /// on the smallest machines; each more would hold another picture in memory and cost a little quality.
    static let threads: Int32 = 4

    /// What libx264 may use of the CPU: what the program needs anyway, and no more. With AVX-512, libx264 164 looks at
    /// memory that it never wrote when it weighs macroblocks (`mbtree`), and the same input gave up to four different
    /// videos where old contents of memory differed (96 x 240: 4 of 4; 640 x 480: none); without, 1 of 4 for each of
    /// 30 sizes, at 3 % more time.
    #if arch(x86_64)
        static let instructions: String? = "asm=AVX2,FMA3,BMI1,BMI2,LZCNT"
    #else
        static let instructions: String? = nil
    #endif

    /// The longest side that libx264 takes.
    static let maximumSide = 16384
}
