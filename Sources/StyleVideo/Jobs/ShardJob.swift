import Machine
public import Media
import Pipeline
public import SystemPackage
import Tensors

/// Paints one machine's share of a planned job: what `stylevideo shard` does. Shards may run side by side, in any order
/// and again; what is there is not painted twice.
public struct ShardJob: Sendable {
    /// That `PlanJob` has made.
    public var folder: FilePath
    /// Which of how many shards this is, from 1 on: it paints the chunks k with k mod count = number - 1.
    public var number, count: Int

    public init(folder: FilePath, number: Int, of count: Int) {
        precondition((1...max(count, 1)).contains(number), "the shard \(number) of \(count)")
        (self.folder, self.number, self.count) = (folder, number, count)
    }

    /// - Throws: as `VideoJob.run`; `JobError`: noJob, damagedJob, otherInput, otherMachine; chunksMissing where others
    ///   are at work on some of its chunks.
    public func run(_ run: Run = Run()) throws -> ShardReport {
        let start = ContinuousClock.now
        var ledger = try Ledger(planned: WorkFolder(folder))
        let own = ledger.chunks.indices.filter { $0 % count == number - 1 }
        if !ledger.isFilmThere {
            try ledger.check(own, run)
            if !ledger.missing(of: own).isEmpty { try paint(own, &ledger, run) }
        }
        // Of what was missing at first, others may have painted some meanwhile.
        let painted = ledger.entered
        return ShardReport(
            job: folder.string, shard: number, shards: count, chunks: own.count, painted: painted,
            frames: ledger.frames(in: painted), seconds: seconds(since: start), versions: ledger.commission.versions)
    }

    private func paint(_ own: [Int], _ ledger: inout Ledger, _ run: Run) throws {
        do {
            let workshop = try Workshop(ledger.commission.job, run)
            try workshop.checkSame(as: ledger.commission)
            var film = Film(workshop, ledger)
            defer { ledger = film.ledger }
            do {
                try film.paint(own, isFresh: false, passingHeld: true)
            } catch {
                throw film.ledger.explained(run.cancellation.reason ?? error)
            }
        } catch let error as Explained {
            throw error
        } catch {
            throw run.cancellation.reason ?? error
        }
        try ledger.checkComplete(own)
    }

    /// The variables with which the process must have been started so that it computes as the one that planned the
    /// job: kernels of the same level. Empty where it does.
    /// - Throws: `JobError`: noJob, damagedJob.
    public func environment() throws -> [String: String] {
        let commission = try Ledger(planned: WorkFolder(folder)).commission
        return commission.level == Versions.cpuLevel ? [:] : [CPULevel.variable: commission.level]
    }

    /// How the job is encoded.
    /// - Throws: as `environment`.
    public func encoder() throws -> EncoderSettings {
        try Ledger(planned: WorkFolder(folder)).commission.score.output.encoding
    }
}

/// What a shard has done, as `--json` prints it.
public struct ShardReport: Sendable, Codable {
    public var schema = 1
    public var job: String
    /// Which of how many, from 1 on.
    public var shard, shards: Int
    /// Its own, and those that it has painted now.
    public var chunks: Int
    public var painted: [Int]
    /// Painted now.
    public var frames: Int
    public var seconds: Double
    public var versions: [String: String]

    init(
        job: String, shard: Int, shards: Int, chunks: Int, painted: [Int], frames: Int, seconds: Double,
        versions: [String: String]
    ) {
        (self.job, self.shard, self.shards, self.chunks) = (job, shard, shards, chunks)
        (self.painted, self.frames, self.seconds, self.versions) = (painted, frames, seconds, versions)
    }
}
