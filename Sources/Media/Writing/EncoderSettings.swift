public import Machine

/// How the video is encoded, and into what: at constant quality.
public struct EncoderSettings: Sendable, Hashable, Codable {
    public var container: OutputFormat.Container
    public var codec: VideoCodec
    /// Constant quality in the encoder's own measure: of libx264 the rate factor, 0 (lossless) to 51 (worst). 0 where
    /// the encoder has none.
    public var crf: Double
    /// One of the encoder's presets; empty where it has none.
    public var preset: String
    public var pixelFormat: EncodedPixels
    /// The encoder's own options beside these, by libavcodec's names.
    public var options: [String: String]

    /// - Precondition: the table allows it.
    public init(crf: Double = 18, preset: String = "medium", pixelFormat: EncodedPixels = .yuv420p) {
        do {
            try self.init(container: .mp4, crf: crf, preset: preset, pixelFormat: pixelFormat)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    /// What is nil is what the container or the codec usually has.
    /// - Throws: `Fault` for what the table does not allow.
    public init(
        container: OutputFormat.Container, codec: VideoCodec? = nil, crf: Double? = nil, preset: String? = nil,
        pixelFormat: EncodedPixels? = nil, options: [String: String] = [:]
    ) throws(Fault) {
        self.container = container
        let codec = codec ?? OutputFormat[container].codecs[0]
        let encoder = codec.encoder
        self.codec = codec
        self.crf = crf ?? encoder.usualQuality
        let isWhole = codec == .prores && preset?.hasPrefix("4444") == true
        self.pixelFormat = pixelFormat ?? (isWhole ? .yuv444p10le : encoder.pixelFormats[0])
        self.preset =
            preset
            ?? (codec == .prores && self.pixelFormat.colours == .yuv444p10le ? "4444" : encoder.usualPreset)
        self.options = options
        if let fault = fault ?? excess(crf, preset) { throw fault }
    }

    /// - Throws: `DecodingError` for what the container or the codec does not take.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        container = try values.decode(OutputFormat.Container.self, forKey: .container)
        codec = try values.decode(VideoCodec.self, forKey: .codec)
        crf = try values.decode(Double.self, forKey: .crf)
        preset = try values.decode(String.self, forKey: .preset)
        pixelFormat = try values.decode(EncodedPixels.self, forKey: .pixelFormat)
        options = try values.decode([String: String].self, forKey: .options)
        if let fault {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(fault)"))
        }
    }

    var format: OutputFormat { OutputFormat[container] }

    /// The same with opacity, where an encoding is one that people take for keeping it: ProRes 4444.
    public var keepingOpacity: EncoderSettings {
        var settings = self
        if codec == .prores, pixelFormat == .yuv444p10le { settings.pixelFormat = .yuva444p10le }
        return settings
    }

    /// Threads of the encoder: those that it is told of, and the one that looks ahead. libx265 has one for each
    /// core too.
    public var threads: Int { Int(codec.encoder.threads) + 1 + (codec == .hevc ? Cores.available() : 0) }

    /// A setting that the table does not allow.
    public struct Fault: Trouble {
        public enum Setting: Sendable { case codec, crf, preset, pixelFormat, option }
        public let setting: Setting
        /// What it must be, and is.
        public let description: String

        public var trouble: TroubleKind { .usage }
    }

    private var fault: Fault? {
        let (encoder, title) = (codec.encoder, codec.encoder.title)
        if !format.codecs.contains(codec) {
            let others = codec.formats.map { "." + $0.endings[0] }.joined(separator: ", ")
            let hold = codec.formats.count == 1 ? "holds" : "hold"
            return Fault(setting: .codec, description: "cannot be \(codec) in \(format.title); \(others) \(hold) it")
        }
        if !encoder.qualities.contains(crf) || encoder.hasWholeQualities && crf != crf.rounded() {
            return qualityFault(crf)
        }
        if encoder.presets.isEmpty ? !preset.isEmpty : !encoder.presets.contains(preset) { return presetFault(preset) }
        if !encoder.pixelFormats.contains(pixelFormat) {
            let names = encoder.pixelFormats.map(\.rawValue).joined(separator: ", ")
            return Fault(
                setting: .pixelFormat, description: "must be one of \(names) for \(title), and is \(pixelFormat)")
        }
        if codec == .vp9, pixelFormat.hasOpacity, !format.isMatroska {
            return Fault(
                setting: .pixelFormat,
                description:
                    "cannot be \(pixelFormat) in \(format.title), which keeps no transparency beside \(title); "
                    + ".webm and .mkv do")
        }
        if codec == .prores, preset.hasPrefix("4444") != (pixelFormat.colours == .yuv444p10le) {
            let right = pixelFormat.colours == .yuv444p10le ? "4444 or 4444xq" : "proxy, lt, standard or hq"
            return Fault(setting: .preset, description: "must be \(right) in \(pixelFormat), and is \(preset)")
        }
        return options.sorted { $0.key < $1.key }.lazy.compactMap { encoder.refusal(of: $0.key, $0.value) }.first
            .map { Fault(setting: .option, description: $0) }
    }

    /// What was chosen where the encoder has no choice, even if it is what stands for none.
    private func excess(_ crf: Double?, _ preset: String?) -> Fault? {
        if codec.encoder.qualityOption == nil, let crf { return qualityFault(crf) }
        return codec.encoder.presets.isEmpty ? preset.map(presetFault) : nil
    }

    private func qualityFault(_ crf: Double) -> Fault {
        let encoder = codec.encoder
        let (best, worst) = (Int(encoder.qualities.lowerBound), Int(encoder.qualities.upperBound))
        let kind = encoder.hasWholeQualities ? "a whole number " : ""
        let rule = best == worst ? "cannot be chosen for \(encoder.title)" : "must be \(kind)from \(best) to \(worst)"
        return Fault(setting: .crf, description: "\(rule), and is \(Int(exactly: crf).map(String.init) ?? "\(crf)")")
    }

    private func presetFault(_ preset: String) -> Fault {
        let names = codec.encoder.presets.joined(separator: ", ")
        let rule = names.isEmpty ? "cannot be chosen for \(codec.encoder.title)" : "must be one of \(names)"
        return Fault(setting: .preset, description: "\(rule), and is \(preset.isEmpty ? "empty" : printable(preset))")
    }
}
