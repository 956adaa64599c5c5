public import Media

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
    /// What of the clip is damaged; nil where it is whole.
    public var damage: Damage?
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
        /// Of the finished file, whose index is moved to its front in place. Until its end a film of several chunks is
        /// there twice.
        public var outputBytes: Int
        public var preset: String
        public var threads: Int
        public var steady: Steadiness
        public var precision: String
    }

    init(_ clip: ClipInformation, scenes: Scenes, damage: Damage, plan: Plan, notices: [String]) {
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
        self.damage = damage.isNone ? nil : damage
        self.plan = plan
        self.notices = notices
        versions = Versions.all
    }
}
