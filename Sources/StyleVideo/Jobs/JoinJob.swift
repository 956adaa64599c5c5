import Machine
import Media
public import SystemPackage

/// Puts a planned job's chunks together: what `stylevideo join` does. The chunks go; that the film is there stays
/// known.
public struct JoinJob: Sendable {
    /// That `PlanJob` has made.
    public var folder: FilePath
    /// Whether a file that has taken the film's name meanwhile is replaced, whatever was planned.
    public var overwrite = false

    public init(folder: FilePath) { self.folder = folder }

    /// Where the film is there already, nothing is done.
    /// - Throws: as `VideoJob.run`; `JobError`: noJob, damagedJob, otherInput, chunksMissing.
    public func run(_ run: Run = Run()) throws -> PaintReport {
        try self.run(by: Ledger(planned: WorkFolder(folder)), run)
    }

    /// - Parameter ledger: as it was at first.
    func run(by ledger: Ledger, _ run: Run) throws -> PaintReport {
        let start = ContinuousClock.now
        var ledger = ledger
        var said: [String] = []
        if !ledger.isFilmThere {
            let claim = try job(ledger).claim().lock
            defer { claim.release() }
            let lock = try LockFile(ledger.folder.lock)
            defer { lock.release() }
            // Another may have joined it, or planned another, since it was looked at.
            ledger = try Ledger(planned: ledger.folder)
            do {
                if !ledger.isFilmThere { said = try join(&ledger, run) }
            } catch {
                throw ledger.explained(run.cancellation.reason ?? error)
            }
        }
        let notices = Notices(run.notice)
        notices.add(ledger.commission.look.notices + said)
        let measures = ledger.measures
        ledger.clear()
        return report(ledger.commission, measures, seconds: seconds(since: start), notices.all, run)
    }

    private func job(_ ledger: Ledger) -> VideoJob {
        var job = ledger.commission.job
        (job.overwrite, job.workFolder) = (job.overwrite || overwrite, ledger.folder.path)
        return job
    }

    private func join(_ ledger: inout Ledger, _ run: Run) throws -> [String] {
        let (commission, job) = (ledger.commission, job(ledger))
        try job.checkOutput()
        let source = try VideoReader(job.input, selection: job.selection, mapping: job.settings.toneMapping)
        guard try Digest.sha256(of: job.input) == commission.score.source.digest else {
            throw JobError.otherInput(file: job.input.string, differences: ["the input"])
        }
        try ledger.check(ledger.chunks.indices, run)
        try ledger.checkComplete(ledger.chunks.indices)
        return try ledger.join(job, like: source.information, run)
    }

    private func report(
        _ commission: Commission, _ measures: Measures, seconds: Double, _ notices: [String], _ run: Run
    ) -> PaintReport {
        let job = commission.job
        let settings = SettingsReport(
            job.settings, job.hand, preset: commission.score.painting.preset, weights: commission.weights,
            threads: run.threads, encoder: job.encoder, selection: job.selection, audio: job.audio,
            subtitles: job.subtitles,
            steady: job.settings.steady)
        var report = PaintReport(
            job, commission.look, measures, size: commission.measuredSize, painted: 0,
            PaintReport.StageSeconds(total: seconds, firstPass: 0, style: 0, [:]), settings, notices)
        (report.input, report.output) = (commission.input, commission.output)
        (report.style, report.styles) = commission.hand.names
        return report
    }
}
