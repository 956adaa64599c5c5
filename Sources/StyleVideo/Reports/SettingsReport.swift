import Media

/// A run's settings.
public struct SettingsReport: Sendable, Codable {
    public var preset: String
    public var weights: String
    public var styleSize: Int
    public var maximumSize: Int?
    public var threads: Int
    public var steady: Steadiness?
    public var precision: String?
    public var crf: Double?
    public var encoderPreset: String?
    public var pixelFormat: String?
    public var start: Double?
    public var end: Double?
    public var frames: Int?
    public var audio: Bool?
    /// That was had: `off` where memory was too short for the one that was asked for.
    public var cache: String?

    init(
        _ settings: Settings, _ network: Network, encoder: EncoderSettings? = nil, selection: Selection = .all,
        audio: Bool? = nil, steady: Steadiness? = nil
    ) {
        preset = network.stylizer.configuration.preset.rawValue
        weights = network.weights
        (styleSize, maximumSize, threads) = (settings.styleSize, settings.maximumSize, network.team.count)
        (crf, encoderPreset, pixelFormat) = (encoder?.crf, encoder?.preset, encoder?.pixelFormat.rawValue)
        (start, end, frames) = (selection.start, selection.end, selection.frames)
        (self.audio, self.steady, precision) = (audio, steady, settings.precision.rawValue)
    }
}
