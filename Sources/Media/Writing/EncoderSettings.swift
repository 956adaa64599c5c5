/// How the video is encoded, and into what: at constant quality.
public struct EncoderSettings: Sendable, Hashable, Codable {
    public var container = OutputFormat.Container.mp4
    public var codec = VideoCodec.h264
    /// Constant quality in the encoder's own measure: of libx264 the rate factor, 0 (lossless) to 51 (worst).
    public var crf: Double
    /// One of the encoder's presets.
    public var preset: String
    public var pixelFormat: EncodedPixels

    /// The presets of the usual codec.
    public static var presets: [String] { VideoCodec.h264.encoder.presets }

    public init(crf: Double = 18, preset: String = "medium", pixelFormat: EncodedPixels = .yuv420p) {
        (self.crf, self.preset, self.pixelFormat) = (crf, preset, pixelFormat)
        if let fault { preconditionFailure(fault) }
    }

    /// - Throws: `DecodingError` for what the container or the codec does not take.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        container = try values.decode(OutputFormat.Container.self, forKey: .container)
        codec = try values.decode(VideoCodec.self, forKey: .codec)
        crf = try values.decode(Double.self, forKey: .crf)
        preset = try values.decode(String.self, forKey: .preset)
        pixelFormat = try values.decode(EncodedPixels.self, forKey: .pixelFormat)
        if let fault {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: fault))
        }
    }

    var format: OutputFormat { OutputFormat[container] }

    /// Threads of the encoder: those that it is told of, and the one that looks ahead.
    public var threads: Int { Int(codec.encoder.threads) + 1 }

    /// What the row of the table does not allow.
    private var fault: String? {
        let encoder = codec.encoder
        if !format.codecs.contains(codec) { return "\(container) does not hold \(codec)" }
        if !encoder.qualities.contains(crf) { return "a CRF of \(crf)" }
        if !encoder.presets.contains(preset) { return "an encoder preset \(preset)" }
        return encoder.pixelFormats.contains(pixelFormat) ? nil : "\(codec) in \(pixelFormat)"
    }
}
