import Imaging
import Machine
import Media
public import Perception
import StyleKernel

/// What a run has done, as `--json` prints it. Fields are only ever added.
public struct PaintReport: Sendable, Codable {
    public var schema = 1
    public var input: String
    public var style: String
    public var output: String
    public var width: Int
    public var height: Int
    public var frames: Int
    public var scenes: Int
    /// Of each scene, the number of its first frame.
    public var sceneStarts: [Int]
    /// Seconds at work, by stage, with waits for cores that another stage has; stages run at the same time, so they do not add
    /// up to `total`.
    public var seconds: StageSeconds
    public var framesPerSecond: Double
    public var peakMemoryBytes: Int?
    /// nil where it was not measured.
    public var temporalLPIPS: TemporalReport?
    public var settings: SettingsReport
    public var notices: [String]
    public var versions: [String: String]

    public struct StageSeconds: Sendable, Codable {
        public var total: Double
        public var firstPass: Double
        public var style: Double
        public var read: Double
        public var paint: Double
        public var measure: Double
        public var write: Double
    }
}

/// A run's settings.
public struct SettingsReport: Sendable, Codable {
    public var preset: String
    public var weights: String
    public var styleSize: Int
    public var maximumSize: Int?
    public var threads: Int
    public var crf: Double?
    public var encoderPreset: String?
    public var pixelFormat: String?
    public var start: Double?
    public var end: Double?
    public var frames: Int?
    public var audio: Bool?

    init(_ painter: Painter, encoder: EncoderSettings? = nil, selection: Selection = .all, audio: Bool? = nil) {
        preset = painter.stylizer.configuration.preset.rawValue
        weights = painter.weights
        styleSize = painter.settings.styleSize
        maximumSize = painter.settings.maximumSize
        threads = painter.team.count
        crf = encoder?.crf
        encoderPreset = encoder?.preset
        pixelFormat = encoder?.pixelFormat.rawValue
        (start, end, frames) = (selection.start, selection.end, selection.frames)
        self.audio = audio
    }
}

/// Temporal LPIPS in figures, with what they were measured by and on.
public struct TemporalReport: Sendable, Codable {
    public var network = LPIPS.networkName
    public var width: Int
    public var height: Int
    /// What was measured: `painted frames before encoding`, or a file's decoded frames.
    public var measured: String
    public var output: Figures?
    /// The same of the input's own frames.
    public var input: Figures?
    /// The output's mean over the input's; absent where the input does not move at all.
    public var ratio: Double?

    /// Of the distances of neighbouring frames.
    public struct Figures: Sendable, Codable {
        public var mean: Double
        public var median: Double
        public var percentile95: Double
        public var worst: Double
        /// The later frame of the worst pair: its number, and its moment in seconds from the clip's start.
        public var worstFrame: Int
        public var worstTime: Double
        public var pairs: Int
        /// Pairs across a cut, which are not measured.
        public var pairsLeftOut: Int

        /// - Parameter start: when the clip starts, on the clock of the summary's times.
        public init(_ summary: TemporalSummary, start: Double) {
            (mean, median, percentile95) = (summary.mean, summary.median, summary.percentile95)
            (worst, worstFrame) = (summary.worst.distance, summary.worst.frame)
            worstTime = (summary.worst.time - start).rounded(digits: 6)
            (pairs, pairsLeftOut) = (summary.pairs, summary.pairsLeftOut)
        }
    }

    /// - Parameters:
    ///   - start: when the output's clip starts, on its own clock.
    ///   - inputStart: the same of the input.
    init?(output: TemporalLPIPS, start: Double, input: TemporalLPIPS?, inputStart: Double, measured: String) {
        guard let size = output.measuredSize else { return nil }
        (width, height) = size
        self.measured = measured
        self.output = output.summary.map { Figures($0, start: start) }
        self.input = input?.summary.map { Figures($0, start: inputStart) }
        if let own = input?.summary { ratio = output.summary?.ratio(to: own) }
    }
}
