import Media
public import SystemPackage

/// Makes a clip's painting ready for several machines: looks the clip through, and writes the folder that `ShardJob`s
/// and a `JoinJob` share. What `stylevideo plan` does.
public struct PlanJob: Sendable {
    /// What is to be painted, and into which file.
    public var job: VideoJob

    /// - Parameters:
    ///   - job: what is to be painted.
    ///   - folder: that the machines share; it is made where there is none.
    public init(_ job: VideoJob, folder: FilePath) {
        self.job = job
        self.job.workFolder = folder
    }

    /// Where the folder holds the same job already, nothing is done.
    /// - Throws: as `VideoJob.run`; `JobError` otherJob.
    public func run(_ run: Run = Run()) throws -> PlanReport {
        let start = ContinuousClock.now
        do {
            let ledger = try job.plan(run)
            return PlanReport(ledger, seconds: seconds(since: start))
        } catch {
            throw run.cancellation.reason ?? error
        }
    }
}

/// What is to be painted, as `--json` prints it.
public struct PlanReport: Sendable, Codable {
    public var schema = 1
    public var job: String
    public var input: String
    /// The first style picture, and all of them where they are several.
    public var style: String
    public var styles: [String]?
    public var output: String
    public var width: Int
    public var height: Int
    public var frames: Int
    /// Parts that can be painted apart.
    public var chunks: Int
    /// Those that nobody has painted yet.
    public var left: Int
    /// Whether the film is there.
    public var isFinished: Bool
    /// Of each scene, the number of its first frame.
    public var sceneStarts: [Int]
    /// Names all that the painting's bits depend on.
    public var fingerprint: String
    public var seconds: Double
    public var notices: [String]
    /// Of the CPU's kernels and of the libraries, which all shards must have.
    public var level: String
    public var versions: [String: String]

    init(_ ledger: Ledger, seconds: Double) {
        let (commission, score) = (ledger.commission, ledger.commission.score)
        (job, chunks, self.seconds) = (ledger.folder.path.string, ledger.chunks.count, seconds)
        isFinished = ledger.isFilmThere
        left = isFinished ? 0 : max(0, chunks - ledger.folder.completeCount)
        (input, output) = (commission.input, commission.output)
        (style, styles) = commission.hand.names
        (width, height, frames) = (score.painting.width, score.painting.height, score.source.frames)
        sceneStarts = score.scenes.map(\.frames.lowerBound)
        (fingerprint, notices) = (commission.fingerprint, commission.look.notices)
        (level, versions) = (commission.level, commission.versions)
    }
}
