import Imaging
import Machine
public import Media
import Perception
public import Pipeline
public import SystemPackage
import Tensors
import Weights

/// Measures how steady a clip is, and how far from its source: what `stylevideo measure` does.
public struct MeasureJob: Sendable {
    public var input: FilePath
    /// The clip that `input` was painted from.
    public var against: FilePath?
    /// The stretch of `against` that was painted.
    public var selection = Selection.all
    public var threads: Int

    public init(input: FilePath, threads: Int) { (self.input, self.threads) = (input, threads) }

    /// - Throws: `MediaError`, `JobError` differentClips, `PerceptionError`, errors of the weights; the reason of the
    ///   cancellation.
    public func run(
        cancellation: Cancellation, progress: @escaping ProgressHandler, notice: @escaping @Sendable (String) -> Void
    ) throws -> MeasureReport {
        let reader = try VideoReader(input)
        let source = try against.map { try VideoReader($0, selection: selection) }
        let notices = Notices(notice)
        notices.add(reader.notices)
        try checkMemory(for: [reader, source].compactMap { $0?.information.video })
        let team = ThreadTeam(threads: threads)
        let lpips = try LPIPS(weights: Resources.path(of: "lpips-alex.safetensors"), team: team)
        // Whatever refuses does so before the clip is decoded as a whole.
        try LPIPS.checkSize(width: reader.information.video.width, height: reader.information.video.height)
        var content = try source.map { try ContentMeter($0, reader, lpips, team) }
        // The source's cuts where it is given: paint may flash.
        let scenes = try Scenes.find(
            in: against ?? input, selection: against == nil ? .all : selection, cancellation: cancellation,
            progress: progress)
        var own = TemporalLPIPS(lpips)
        let frame = reader.makeFrame()
        while try reader.next(into: frame) {
            try cancellation.check()
            let startsScene = scenes.startsScene(frame.number)
            try own.add(frame, startsScene: startsScene)
            try content?.add(own.lastFeatures!, of: frame, startsScene: startsScene)
            progress(Progress(.measuring, done: reader.frameCount, total: scenes.frameCount))
        }
        try content?.finish()
        notices.add(reader.notices + (content?.otherTimes.map { [$0] } ?? []))
        guard
            let temporal = TemporalReport(
                output: own, start: reader.information.video.start.seconds, input: content?.temporal,
                inputStart: source?.start(ofFrames: content?.temporal.firstTime) ?? 0,
                measured: "the file's decoded frames")
        else { throw Scenes.changed(input) }
        return MeasureReport(
            input: input.string, against: against?.string, frames: reader.frameCount, scenes: scenes.count,
            temporalLPIPS: temporal, contentLPIPS: content?.figures,
            rows: rows(own, content, start: reader.information.video.start.seconds), notices: notices.all,
            versions: Versions.all)
    }

    /// Refuses what the caller's limit of addresses has no room for: AlexNet's weights and two frames' features, at most; a decoder's
    /// pictures and two frames of each clip.
    private func checkMemory(for clips: [ClipInformation.Video]) throws {
        let frames = clips.reduce(0) { $0 + $1.width * $1.height * 36 }
        try Memory.checkAddresses(for: 150 << 20 + frames, threads: threads, isClip: true)
    }

    private func rows(_ own: TemporalLPIPS, _ content: ContentMeter?, start: Double) -> [MeasureReport.Row] {
        let temporal = Dictionary(uniqueKeysWithValues: own.pairs.map { ($0.frame, $0) })
        let source = Dictionary(
            uniqueKeysWithValues: (content?.temporal.pairs ?? []).map { ($0.frame, $0.distance) })
        guard let content else {
            return own.pairs.map {
                MeasureReport.Row(frame: $0.frame, time: ($0.time - start).rounded(digits: 6), temporal: $0.distance)
            }
        }
        return content.distances.enumerated().map { frame, distance in
            MeasureReport.Row(
                frame: frame, time: (content.times[frame] - start).rounded(digits: 6),
                temporal: temporal[frame]?.distance,
                sourceTemporal: source[frame], content: distance)
        }
    }
}

/// Follows the source beside the clip that was painted from it.
private struct ContentMeter {
    let reader: VideoReader
    let lpips: LPIPS
    let frame: Frame
    let sized: Frame
    private let resampler: Resampler?
    private let team: ThreadTeam
    private let name: String
    var temporal: TemporalLPIPS
    var distances: [Double] = []
    var times: [Double] = []
    /// Told where frames of the same number are not of the same moment.
    var otherTimes: String?
    private var first: (painted: Double, source: Double)?

    init(_ reader: VideoReader, _ clip: VideoReader, _ lpips: LPIPS, _ team: ThreadTeam) throws {
        (self.reader, self.lpips, self.team) = (reader, lpips, team)
        name = clip.information.file
        frame = reader.makeFrame()
        let (from, to) = (reader.information.video, clip.information.video)
        // Paintings may be smaller, and a column or row wider where the source's side is odd; other shapes are other clips.
        let (a, b) = (Double(from.width) / Double(from.height), Double(to.width) / Double(to.height))
        let slack = 2 / Double(min(to.width, to.height)) + 2 / Double(min(from.width, from.height))
        guard abs(a / b - 1) <= slack else {
            throw JobError.differentClips(
                "\(name) is \(to.width) x \(to.height) and \(reader.information.file) \(from.width) x \(from.height): "
                    + "one cannot be painted from the other")
        }
        let isSameSize = (from.width, from.height) == (to.width, to.height)
        sized = isSameSize ? frame : clip.makeFrame()
        resampler =
            isSameSize
            ? nil
            : Resampler(
                filter: .area, sourceWidth: from.width, sourceHeight: from.height, width: to.width, height: to.height)
        temporal = TemporalLPIPS(lpips)
    }

    mutating func add(_ features: LPIPSFeatures, of painted: Frame, startsScene: Bool) throws {
        guard try reader.next(into: frame) else { throw otherLength() }
        if let resampler {
            resampler(frame, into: sized, team: team)
            sized.place = frame.place
        }
        try temporal.add(sized, startsScene: startsScene)
        distances.append(lpips.distance(temporal.lastFeatures!, features))
        times.append(painted.presentationTime.seconds)
        compareTimes(of: painted)
    }

    /// Containers round times; a tenth of a second is another frame.
    private mutating func compareTimes(of painted: Frame) {
        let now = (painted: painted.presentationTime.seconds, source: frame.presentationTime.seconds)
        let first = first ?? now
        self.first = first
        let (ours, theirs) = (now.painted - first.painted, now.source - first.source)
        guard otherTimes == nil, abs(ours - theirs) > 0.1 else { return }
        otherTimes =
            "frame \(painted.number) comes \(ours.rounded(digits: 3)) s after the first in \(name) and "
            + "\(theirs.rounded(digits: 3)) s in \(reader.information.file): is the one painted from the other?"
    }

    /// - Throws: where the source goes on.
    func finish() throws {
        if try reader.next(into: frame) { throw otherLength() }
    }

    private func otherLength() -> JobError {
        .differentClips(
            "\(name) and \(reader.information.file) have different numbers of frames",
            isWholeSource: reader.selection == .all)
    }

    var figures: MeasureReport.Content? {
        guard let worst = distances.indices.max(by: { distances[$0] < distances[$1] }) else { return nil }
        return MeasureReport.Content(
            mean: distances.reduce(0, +) / Double(distances.count), worst: distances[worst], worstFrame: worst)
    }
}

/// What was measured, as `--json` prints it.
public struct MeasureReport: Sendable, Codable {
    public var schema = 1
    public var input: String
    public var against: String?
    public var frames: Int
    public var scenes: Int
    public var temporalLPIPS: TemporalReport
    /// LPIPS between each frame and the source's.
    public var contentLPIPS: Content?
    /// Frame by frame, for `--csv`.
    public var rows: [Row]
    public var notices: [String]
    public var versions: [String: String]

    public struct Content: Sendable, Codable {
        public var mean: Double
        public var worst: Double
        public var worstFrame: Int
    }

    public struct Row: Sendable, Codable {
        /// The frame's number and its moment in seconds from the clip's start.
        public var frame: Int
        public var time: Double
        /// Distance to the frame before; absent for the first and across a cut.
        public var temporal: Double?
        /// The same of the source.
        public var sourceTemporal: Double?
        /// Distance to the source's frame.
        public var content: Double?
    }

    /// Without the rows, which `--csv` is for.
    private enum CodingKeys: String, CodingKey {
        case schema, input, against, frames, scenes, temporalLPIPS, contentLPIPS, notices, versions
    }

    public init(
        input: String, against: String?, frames: Int, scenes: Int, temporalLPIPS: TemporalReport,
        contentLPIPS: Content?,
        rows: [Row], notices: [String], versions: [String: String]
    ) {
        (self.input, self.against, self.frames, self.scenes) = (input, against, frames, scenes)
        (self.temporalLPIPS, self.contentLPIPS, self.rows) = (temporalLPIPS, contentLPIPS, rows)
        (self.notices, self.versions) = (notices, versions)
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        schema = try values.decode(Int.self, forKey: .schema)
        input = try values.decode(String.self, forKey: .input)
        against = try values.decodeIfPresent(String.self, forKey: .against)
        frames = try values.decode(Int.self, forKey: .frames)
        scenes = try values.decode(Int.self, forKey: .scenes)
        temporalLPIPS = try values.decode(TemporalReport.self, forKey: .temporalLPIPS)
        contentLPIPS = try values.decodeIfPresent(Content.self, forKey: .contentLPIPS)
        notices = try values.decode([String].self, forKey: .notices)
        versions = try values.decode([String: String].self, forKey: .versions)
        rows = []
    }

    /// A line for each row, under a head; empty where there is no figure.
    public var csv: String {
        func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
        let hasSource = against != nil
        var lines = ["frame,time,temporal_lpips" + (hasSource ? ",input_temporal_lpips,content_lpips" : "")]
        for row in rows {
            let source = hasSource ? ",\(text(row.sourceTemporal)),\(text(row.content))" : ""
            lines.append("\(row.frame),\(row.time),\(text(row.temporal))" + source)
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
