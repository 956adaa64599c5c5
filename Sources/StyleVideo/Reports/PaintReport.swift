import Machine
public import Media
public import StyleKernel

/// What a run has done, as `--json` prints it. Fields are only ever added.
public struct PaintReport: Sendable, Codable {
    public var schema = 1
    public var input: String
    /// The first style picture, and all of them where they are several.
    public var style: String
    public var styles: [String]?
    public var output: String
    public var width: Int
    public var height: Int
    public var frames: Int
    public var scenes: Int
    /// Of each scene, the number of its first frame.
    public var sceneStarts: [Int]
    /// Seconds at work, by stage, with waits for cores that another stage has; stages run at the same time, so they do
    /// not add up to `total`.
    public var seconds: StageSeconds
    /// Frames that this run has painted, over its time: 0 where all were there.
    public var framesPerSecond: Double
    public var peakMemoryBytes: Int?
    /// SHA-256 of the paintings and their times, where they went into a digest and not into a file.
    public var digest: String?
    /// The share of the picture that stood still and was held, of all frames, 0 to 1; nil where nothing was held.
    public var held: Double?
    /// What of the input was damaged; nil where it was whole.
    public var damage: Damage?
    /// What the cache has saved of the network's work; nil where there was none.
    public var reuse: Reuse?
    /// nil where it was not measured.
    public var temporalLPIPS: TemporalReport?
    public var settings: SettingsReport
    public var notices: [String]
    public var versions: [String: String]
    /// What was measured frame by frame, with moments from the clip's start; empty where it was not.
    public var rows: [MeasureReport.Row] = []

    /// What an output is called that goes through a pipe.
    static let nameOfStream = "standard output"

    /// Without the rows, which `--report` is for.
    private enum CodingKeys: String, CodingKey {
        case schema, input, style, styles, output, width, height, frames, scenes, sceneStarts, seconds
        case framesPerSecond, peakMemoryBytes, digest, held, damage, reuse, temporalLPIPS, settings, notices, versions
    }

    public struct StageSeconds: Sendable, Codable {
        public var total: Double
        public var firstPass: Double
        public var style: Double
        public var read: Double
        public var hold: Double?
        public var paint: Double
        public var steady: Double?
        public var measure: Double
        public var write: Double

        /// - Parameter steps: of the line, by name.
        init(total: Double, firstPass: Double, style: Double, _ steps: [String: Double]) {
            (self.total, self.firstPass, self.style) = (total, firstPass, style)
            (read, hold, paint) = (steps["read"] ?? 0, steps["hold"], steps["paint"] ?? 0)
            steady = steps["steady"]
            (measure, write) = (steps["measure"] ?? 0, steps["write"] ?? 0)
        }
    }

    /// - Parameters:
    ///   - size: that paintings were measured at; nil where they were not.
    ///   - painted: how many frames this run has painted.
    init(
        _ job: VideoJob, _ look: Look, _ measures: Measures, size: MeasuredSize?, painted: Int,
        _ seconds: StageSeconds, _ settings: SettingsReport, _ notices: [String]
    ) {
        let score = look.score
        input = Spool.shownName(job.input.string)
        if case .stream = job.destination { output = Self.nameOfStream } else { output = job.output.string }
        (style, styles) = job.hand.names
        (width, height) = (score.painting.width, score.painting.height)
        (frames, scenes) = (score.source.frames, score.scenes.count)
        sceneStarts = score.scenes.map(\.frames.lowerBound)
        damage = look.damage.isNone ? nil : look.damage
        self.seconds = seconds
        framesPerSecond = Double(painted) / max(seconds.total, 1e-9)
        peakMemoryBytes = Memory.peak
        held = measures.held.map { $0 / Double(look.score.source.frames) }
        // Of a film that was joined before, they may be known no more.
        if let size, measures.painted.count == score.followers(in: score.frames).count {
            temporalLPIPS = TemporalReport(measures, of: look, size: size)
            rows = MeasureReport.Row.all(measures, of: look)
        }
        (self.settings, self.notices, versions) = (settings, notices, Versions.all)
    }
}
