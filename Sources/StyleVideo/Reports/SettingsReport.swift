import Media

/// A run's settings.
public struct SettingsReport: Sendable, Codable {
    public var preset: String
    public var weights: String
    public var styleSize: Int
    /// Of several styles, which share each has: of a timeline, before its first moment.
    public var mix: [Double]?
    public var isCollage: Bool?
    /// Where it is not 1.
    public var strength: Double?
    /// The same of the brush.
    public var brush: Double?
    /// Where they are not the style's.
    public var colours: String?
    /// How many parts of the picture have a style of their own.
    public var regions: Int?
    /// Moments of a timeline.
    public var moments: Int?
    public var maximumSize: Int?
    public var threads: Int
    public var steady: Steadiness?
    public var precision: String?
    /// Of clips.
    public var toneMapping: String?
    public var crf: Double?
    public var encoderPreset: String?
    public var pixelFormat: String?
    public var codec: String?
    public var start: Double?
    public var end: Double?
    public var frames: Int?
    public var audio: Bool?
    public var sound: String?
    public var subtitles: String?
    /// That was had: `off` where memory was too short for the one that was asked for.
    public var cache: String?

    init(
        _ settings: Settings, _ hand: Hand, _ network: Network, encoder: EncoderSettings? = nil,
        selection: Selection = .all, audio: SoundChoice? = nil, subtitles: SubtitleChoice? = nil,
        steady: Steadiness? = nil, still: EncodedPixels? = nil
    ) {
        self.init(
            settings, hand, preset: network.stylizer.configuration.preset.rawValue, weights: network.weights,
            threads: network.team.count, encoder: encoder, selection: selection, audio: audio,
            subtitles: subtitles, steady: steady)
        // What is usual of stills is not told.
        if let still, still != .rgb24 { pixelFormat = still.rawValue }
    }

    init(
        _ settings: Settings, _ hand: Hand, preset: String, weights: String, threads: Int, encoder: EncoderSettings?,
        selection: Selection, audio: SoundChoice?, subtitles: SubtitleChoice?, steady: Steadiness?
    ) {
        (self.preset, self.weights, self.threads) = (preset, weights, threads)
        (styleSize, maximumSize) = (settings.styleSize, settings.maximumSize)
        let first = hand.first
        mix = hand.styles.count > 1 && !hand.isCollage ? first.weights : nil
        isCollage = hand.isCollage ? true : nil
        strength = first.strength == 1 ? nil : first.strength
        brush = first.brush == 1 ? nil : first.brush
        colours = hand.colours == .style ? nil : hand.colours.rawValue
        regions = hand.regions.isEmpty ? nil : hand.regions.count
        moments = hand.timeline?.marks.count
        (crf, encoderPreset, pixelFormat) = (encoder?.crf, encoder?.preset, encoder?.pixelFormat.rawValue)
        codec = encoder?.codec.rawValue
        (start, end, frames) = (selection.start, selection.end, selection.frames)
        (self.audio, sound, self.subtitles) = (audio.map { $0 != .none }, audio?.rawValue, subtitles?.rawValue)
        (self.steady, precision) = (steady, settings.precision.rawValue)
        toneMapping = steady == nil ? nil : settings.toneMapping.rawValue
    }
}
