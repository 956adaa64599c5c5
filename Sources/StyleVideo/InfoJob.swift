import Glibc
import Imaging
public import Media
public import Pipeline
public import SystemPackage
import StyleKernel

/// Tells what a clip holds and what painting it would take: what `stylevideo info` does.
public struct InfoJob: Sendable {
    public var input: FilePath
    public var settings: Settings
    public var encoder = EncoderSettings()

    public init(input: FilePath, settings: Settings) { (self.input, self.settings) = (input, settings) }

    /// - Throws: `MediaError`, `JobError`, errors of the weights; the reason of the cancellation.
    public func run(cancellation: Cancellation, progress: @escaping ProgressHandler) throws -> InfoReport {
        let reader = try VideoReader(input)
        let first = reader.makeFrame()
        guard try reader.next(into: first) else { throw Scenes.changed(input) }
        // Whatever refuses does so before the clip is decoded as a whole. The style is the first frame: its manner does not
        // change the cost.
        let painter = try Painter(settings: settings, style: first)
        let clip = WorkingClip(try VideoReader(input), settings: settings, team: painter.team)
        try painter.checkMemory(for: reader.information.video)
        let meter = try SteadinessMeter(for: clip, team: painter.team)
        let trial = try Trial(like: clip, encoder)
        defer { trial.remove() }
        let start = ContinuousClock.now
        let scenes = try Scenes.find(in: input, selection: .all, cancellation: cancellation, progress: progress)
        let decodeSeconds = seconds(since: start)
        let plan = try plan(clip, painter, meter, trial, scenes, decodeSeconds, cancellation)
        return InfoReport(clip.reader.information, scenes: scenes, plan: plan, notices: clip.reader.notices)
    }

    /// Paints, measures and encodes the clip's first three frames.
    private func plan(
        _ clip: WorkingClip, _ painter: Painter, _ meter: SteadinessMeter?, _ trial: Trial, _ scenes: Scenes,
        _ decodeSeconds: Double, _ cancellation: Cancellation
    ) throws -> InfoReport.Plan {
        let (frame, painted) = (clip.makeFrame(), clip.makeFrame())
        var frameSeconds: [Double] = []
        for _ in 0..<3 {
            try cancellation.check()
            guard try clip.next(into: frame) else { break }
            let start = ContinuousClock.now
            painter.stylizer.paint(frame, tokens: painter.tokens, statistics: nil, into: painted)
            try meter?.add(source: frame, painted: painted, startsScene: false)
            frameSeconds.append(seconds(since: start))
            try trial.write(painted)
        }
        let encoded = try trial.perFrame()
        // The first frame also touches its memory for the first time; the median leaves that out. Stages run at the same
        // time, but painting and measuring keep all cores busy, so their times add up, and the encoder's too.
        let perFrame = frameSeconds.sorted()[frameSeconds.count / 2] + encoded.seconds
        let count = Double(scenes.frameCount)
        // Statistics of up to eight frames a scene, each about a third of a painting; the clip is decoded twice more.
        let sampled = Double((0..<scenes.count).reduce(0) { $0 + min(8, scenes.frames(of: $1).count) })
        return InfoReport.Plan(
            width: clip.width, height: clip.height, timedFrames: frameSeconds.count, secondsPerFrame: perFrame,
            seconds: perFrame * (count + sampled / 3) + 2 * decodeSeconds,
            outputBytes: Int(encoded.bytes * count) + (clip.reader.information.soundBytes ?? 0),
            preset: painter.stylizer.configuration.preset.rawValue, threads: painter.team.count)
    }
}

/// A short encoding that shows how much room a frame takes.
private final class Trial {
    private let writer: VideoWriter
    private let target: FilePath
    private var frames = 0
    private var spent = 0.0

    init(like clip: WorkingClip, _ settings: EncoderSettings) throws {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        target = FilePath(folder).appending("stylevideo-\(getpid())-\(UInt32.random(in: 0 ... .max)).mp4")
        writer = try VideoWriter(
            target, like: clip.reader.information, width: clip.width, height: clip.height, settings: settings)
    }

    func write(_ frame: Frame) throws {
        let start = ContinuousClock.now
        try writer.write(frame)
        frames += 1
        spent += seconds(since: start)
    }

    /// Means over the frames written. The first is a key frame, and of a clip one frame in up to 250 is, so this is
    /// rather too much than too little.
    func perFrame() throws -> (bytes: Double, seconds: Double) {
        let start = ContinuousClock.now
        try writer.finish()
        spent += seconds(since: start)
        var status = stat()
        let bytes = stat(target.string, &status) == 0 ? Double(status.st_size) : 0
        return (bytes / Double(max(frames, 1)), spent / Double(max(frames, 1)))
    }

    func remove() {
        writer.abandon()
        unlink(target.string)
    }
}

extension ClipInformation {
    /// What the sound takes, where the container says.
    fileprivate var soundBytes: Int? {
        let sizes = streams.compactMap { stream -> Int? in
            guard stream.kind == .audio, let rate = stream.bitRate, let seconds = stream.duration?.seconds ?? duration
            else { return nil }
            return Int(min(max(0, Double(rate) / 8 * seconds), 0x1p50))  // a damaged file may say anything
        }
        return sizes.isEmpty ? nil : sizes.reduce(0, +)
    }
}

/// What a clip holds, as `--json` prints it.
public struct InfoReport: Sendable, Codable {
    public var schema = 1
    public var file: String
    public var container: String
    public var seconds: Double?
    public var streams: [Stream]
    public var video: Video
    public var frames: Int
    /// Of each scene, the number of its first frame.
    public var sceneStarts: [Int]
    public var plan: Plan
    public var notices: [String]
    public var versions: [String: String]

    public struct Stream: Sendable, Codable {
        public var index: Int
        public var kind: String
        public var codec: String
        public var language: String?
        public var title: String?
        public var channels: Int?
        public var sampleRate: Int?
    }

    /// The stream that is painted.
    public struct Video: Sendable, Codable {
        public var stream: Int
        public var codec: String
        public var width: Int
        public var height: Int
        public var pixelFormat: String
        public var framesPerSecond: Double?
        public var sampleAspectRatio: String
        public var rotation: Int
        public var range: String?
        public var matrix: String?
        public var primaries: String?
        public var transfer: String?
    }

    /// What painting the clip would take, from three frames painted, measured and encoded.
    public struct Plan: Sendable, Codable {
        public var width: Int
        public var height: Int
        public var timedFrames: Int
        public var secondsPerFrame: Double
        public var seconds: Double
        /// Of the finished file, which is also the most that is needed at once: its index is moved to its front in place.
        public var outputBytes: Int
        public var preset: String
        public var threads: Int
    }

    init(_ clip: ClipInformation, scenes: Scenes, plan: Plan, notices: [String]) {
        file = clip.file
        container = clip.containerName
        seconds = clip.duration
        streams = clip.streams.map {
            Stream(
                index: $0.index, kind: $0.kind.rawValue, codec: $0.codec, language: $0.language, title: $0.title,
                channels: $0.channels, sampleRate: $0.sampleRate)
        }
        let (source, colour) = (clip.video, clip.video.colour)
        video = Video(
            stream: source.stream, codec: source.codec, width: source.width, height: source.height,
            pixelFormat: source.pixelFormat,
            framesPerSecond: source.averageRate.value > 0 ? source.averageRate.value : nil,
            sampleAspectRatio: source.sampleAspectRatio.description, rotation: source.rotation,
            range: colour.rangeName, matrix: colour.matrixName, primaries: colour.primariesName,
            transfer: colour.transferName)
        frames = scenes.frameCount
        sceneStarts = scenes.starts
        self.plan = plan
        self.notices = notices
        versions = Versions.all
    }
}
