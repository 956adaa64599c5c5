import Glibc
public import Machine
import Media
import Pipeline
import SystemPackage

/// Paints several clips, or one by several styles, one after another: networks, styles and threads are set up once.
/// What fails does not stop the others. Each film is the one that its job makes alone, byte by byte.
public struct QueueJob: Sendable {
    public let jobs: [VideoJob]
    /// Whether an output that is there is left as it is, whoever has made it.
    public var skipsExisting = false
    /// Looks, before a film is painted, whether what goes with it can be made: a page.
    public var checks: @Sendable (_ number: Int, VideoJob) throws -> Void = { _, _ in }
    /// Makes what goes with a film that is there.
    public var completes: @Sendable (_ number: Int, VideoJob, Film, Run) throws -> Void = { _, _, _, _ in }
    /// Is told of each job before it begins.
    public var begins: @Sendable (_ number: Int, VideoJob) -> Void = { _, _ in }
    /// Is told of each that has come to an end.
    public var ended: @Sendable (_ number: Int, VideoJob, Outcome) -> Void = { _, _, _ in }

    /// A film that is there.
    public enum Film: Sendable {
        case painted(PaintReport)
        /// By an earlier run of the same queue. Its report has no rows.
        case wasThere(PaintReport)
        /// Whoever has made it.
        case skipped
    }

    /// What has become of a job.
    public enum Outcome: Sendable {
        case painted(PaintReport)
        /// By an earlier run of the same queue.
        case wasThere(PaintReport)
        /// Its output is there, and was to be left.
        case skipped
        case failed(any Error)
        /// The film is there, and what goes with it is not.
        case incomplete(Film, any Error)
        /// The queue was stopped before.
        case notReached
    }

    /// - Throws: `QueueError` where two of the jobs would write one file, or one would write what another reads.
    public init(_ jobs: [VideoJob]) throws {
        precondition(!jobs.isEmpty, "a queue without a job")
        self.jobs = jobs
        var outputs: [FilePath: VideoJob] = [:]
        for job in jobs {
            if let other = outputs.updateValue(job, forKey: job.output.lexicallyNormalized()) {
                throw QueueError.oneOutput(
                    file: job.output.string, Spool.shownName(other.input.string), Spool.shownName(job.input.string),
                    sameInput: other.input == job.input)
            }
        }
        for job in jobs {
            for file in job.files where outputs[file.lexicallyNormalized()] != nil {
                throw QueueError.readAndWritten(file: file.string)
            }
        }
    }

    /// Paints what is not there yet. The same queue, run again after an end of any kind, goes on where it was.
    /// - Returns: of each job, in their order.
    /// - Throws: `Held` where another run is at work on this queue; `OutputError` where its ledger has no place.
    public func run(_ run: Run = Run()) throws -> [Outcome] {
        let lock = try LockFile(FilePath(QueueLedger.path(of: jobs).string + ".lock"))
        defer { lock.release() }
        var ledger = QueueLedger(jobs)
        var attempt = run
        attempt.stockroom = Stockroom()
        let mayScout = (try? run.checkThreads(for: .queue(jobs[0].encoder), beside: 1)) != nil
        var next: (number: Int, scout: Scout)?
        defer { next?.scout.end() }
        let outcomes = jobs.enumerated().map { number, job in
            guard run.cancellation.reason == nil else { return Outcome.notReached }
            begins(number, job)
            attempt.scout = next.flatMap { $0.number == number ? $0.scout : nil }
            next = mayScout ? scout(behind: number, ledger, run) : nil
            var outcome = outcome(of: job, number, ledger, attempt)
            attempt.scout?.end()
            if case .painted(let report) = outcome {
                do {
                    try ledger.enter(job, report)
                } catch {
                    run.notice("what the queue has done could not be written down: \(error)")
                }
            }
            if let film = outcome.film {
                do { try completes(number, job, film, attempt.attempt()) } catch { outcome = .incomplete(film, error) }
            }
            ended(number, job, outcome)
            return outcome
        }
        if outcomes.allSatisfy(\.isDone) { ledger.remove() }
        return outcomes
    }

    /// What need not be painted.
    private func known(_ job: VideoJob, _ ledger: QueueLedger) -> Outcome? {
        if !job.restart, let report = ledger.report(of: job) { return .wasThere(report) }
        if skipsExisting, access(job.output.string, F_OK) == 0, !job.isBegun { return .skipped }
        return nil
    }

    /// For the next job that will be painted.
    private func scout(behind number: Int, _ ledger: QueueLedger, _ run: Run) -> (number: Int, scout: Scout)? {
        let next = jobs.indices.dropFirst(number + 1).first { known(jobs[$0], ledger) == nil }
        return next.map { ($0, Scout(jobs[$0], run)) }
    }

    private func outcome(of job: VideoJob, _ number: Int, _ ledger: QueueLedger, _ run: Run) -> Outcome {
        if let known = known(job, ledger) { return known }
        do {
            try checks(number, job)
            return .painted(try job.run(run.attempt()))
        } catch {
            return .failed(error)
        }
    }
}

extension QueueJob.Outcome {
    /// Whether there is nothing left to do.
    public var isDone: Bool {
        switch self {
        case .painted, .wasThere, .skipped: true
        case .failed, .incomplete, .notReached: false
        }
    }

    /// Where there is one.
    public var film: QueueJob.Film? {
        switch self {
        case .painted(let report): .painted(report)
        case .wasThere(let report): .wasThere(report)
        case .incomplete(let film, _): film
        case .skipped: .skipped
        case .failed, .notReached: nil
        }
    }
}

extension VideoJob {
    /// Whether its film bears the name and only the folder of its parts was left: a run of it clears that.
    fileprivate var isBegun: Bool { destination == .file && folder.holds(film: output) }
}

/// Why jobs do not make a queue.
public enum QueueError: Trouble {
    /// Two jobs would write one file.
    case oneOutput(file: String, String, String, sameInput: Bool)
    /// A file is read by one and written by another.
    case readAndWritten(file: String)

    public var trouble: TroubleKind { .usage }

    public var description: String {
        switch self {
        case .oneOutput(let file, let input, _, sameInput: true):
            "\(printable(input)) would be painted twice into \(printable(file))"
        case .oneOutput(let file, let first, let second, sameInput: false):
            "\(printable(first)) and \(printable(second)) would both be painted into \(printable(file))"
        case .readAndWritten(let file): "\(printable(file)) would be both read and written"
        }
    }
}
