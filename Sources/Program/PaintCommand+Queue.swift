import Machine
import Media
import Pipeline
import StyleVideo
import SystemPackage

extension PaintCommand {
    /// Every clip by every style, one after another.
    func paintQueue(_ hands: [Hand], _ names: OutputNames) throws {
        try checkQueue()
        var failures: [Int: any Error] = [:]
        let jobs = try inputs.flatMap { input in hands.map { (input, $0) } }.enumerated().map { number, pair in
            try clip.job(pair.0, pair.1, names) { failures[number] = $0 }
        }
        var queue = try QueueJob(jobs)
        queue.skipsExisting = skipExisting
        let pages = try pages(of: jobs, names)
        queue.checks = { [failures] number, job in
            if let failure = failures[number] { throw failure }
            try pages?[number].check(beside: job.hand)
        }
        if let pages {
            queue.completes = { number, job, film, run in try pages[number].complete(job, film, run) }
        }
        let subject = Subject(inputs: inputs, output: nil)
        let talk = try Talk(Self.self, subject, talk, .clip(jobs[0].encoder), clip.painting.threading)
        queue.begins = { number, job in
            talk.begin(
                film: number + 1, of: jobs.count,
                Subject(inputs: [Spool.shownName(job.input.string)], output: job.output.string))
        }
        queue.ended = { number, _, outcome in
            switch outcome {
            case .painted(let report): talk.end(film: number + 1, nil, report.text(verbose: talk.options.verbose))
            case .wasThere: talk.end(film: number + 1, nil, "was painted before")
            case .skipped: talk.end(film: number + 1, nil, "is there, and left as it is")
            case .failed(let error), .incomplete(_, let error):
                let failure = Failure(error: error)
                talk.end(film: number + 1, failure, failure.sentence)
            case .notReached: break
            }
        }
        try talk.report { [queue] in
            var run = talk.run(clip.painting.threading)
            run.cache = cache
            let start = ContinuousClock.now
            let outcomes = try queue.run(run)
            return QueueReport(jobs, outcomes, seconds: (ContinuousClock.now - start) / .seconds(1))
        } text: {
            $0.text
        } after: {
            guard let failure = $0.failure else { return }
            throw QueueFailure(report: $0, first: talk.cancellation.reason ?? failure)
        }
    }

    private func checkQueue() throws {
        if inputs.contains("-"), inputs.count > 1 {
            throw UsageError("standard input is one clip, and cannot be among several")
        }
        guard !clip.isStream else {
            throw UsageError("standard output takes one clip by one style, which cannot be skipped")
        }
        guard clip.pictures() == nil else {
            throw UsageError("pictures as output are of one clip by one style, and cannot be skipped")
        }
        guard workDir == nil else { throw UsageError("--work-dir is of one film, and cannot be of several") }
        guard !null, !hash else { throw UsageError("what is only timed is one film") }
    }
}

/// What has become of a queue, as `--json` prints it.
struct QueueReport: Encodable {
    struct Film: Encodable {
        enum State: String, Encodable { case painted, wasThere, skipped, failed, notReached }

        var input: String
        var styles: [String]
        var output: String
        var state: State
        /// Of what failed, or was painted of a damaged clip: the exit code that it has alone, and why.
        var code: Int32?
        var error: String?
        /// True where only the page that was asked for is missing.
        var lacksPage: Bool?
        /// Of what was painted, now or before.
        var report: PaintReport?
    }

    var schema = 1
    var films: [Film] = []
    var seconds: Double
    /// The first.
    private(set) var failure: (any Error)?
    /// Films whose names are another's, or an earlier queue's.
    private(set) var taken = 0

    private enum CodingKeys: CodingKey { case schema, films, seconds }

    init(_ jobs: [VideoJob], _ outcomes: [QueueJob.Outcome], seconds: Double) {
        self.seconds = seconds
        for (job, outcome) in zip(jobs, outcomes) {
            var film = Film(
                input: Spool.shownName(job.input.string), styles: job.hand.styles.map(\.string),
                output: job.output.string, state: .skipped)
            func fail(_ error: any Error) {
                (film.code, film.error) = (ExitStatus.code(of: error), Failure(error: error).message)
                failure = failure ?? error
            }
            switch outcome.film {
            case .painted(let report): (film.report, film.state) = (report, .painted)
            case .wasThere(let report): (film.report, film.state) = (report, .wasThere)
            case .skipped, nil: break
            }
            do { try film.report?.checkEnd() } catch { fail(error) }
            switch outcome {
            case .failed(let error):
                film.state = .failed
                fail(error)
                if case OutputError.exists? = error as? OutputError { taken += 1 }
            case .incomplete(_, let error):
                film.lacksPage = true
                fail(error)
            case .notReached: film.state = .notReached
            case .painted, .wasThere, .skipped: break
            }
            films.append(film)
        }
    }

    /// How many films have come to that.
    func count(_ state: Film.State) -> Int { films.count { $0.state == state } }

    /// A line of counts, and one for each that is not well.
    var text: String {
        let states: [(Film.State, String)] = [
            (.painted, "painted"), (.wasThere, "painted before"), (.skipped, "left alone"),
            (.failed, "failed"), (.notReached, "not reached"),
        ]
        let counts = states.filter { count($0.0) > 0 }.map { "\(count($0.0)) \($0.1)" }
        let lines = films.filter { $0.error != nil }.map { film in
            "  \(printable(film.output)) (code \(film.code!)): \(film.error!)"
        }
        let time = Figure.duration(seconds)
        return (["\(Figure.count(films.count, "film")) in \(time): \(counts.joined(separator: ", "))"] + lines)
            .joined(separator: "\n")
    }
}

/// A queue of which some is not well: its code is the first one's, or that of the signal that ended it.
struct QueueFailure: Trouble {
    let report: QueueReport
    let first: any Error

    var trouble: TroubleKind { (first as? any Trouble)?.trouble ?? .unavailable }

    var description: String {
        let left = report.count(.failed) + report.count(.notReached)
        let pages = report.films.count { $0.lacksPage == true }
        guard left > 0 else {
            if pages > 0 {
                return "\(pages) of \(Figure.count(report.films.count, "film")) "
                    + "\(pages == 1 ? "lacks its page" : "lack their pages"); the same command makes what is missing"
            }
            return "\(Figure.count(report.films.count { $0.error != nil }, "clip")) of \(report.films.count) is damaged"
        }
        let words = "\(left) of \(Figure.count(report.films.count, "film")) \(left == 1 ? "is" : "are") not painted"
        // What has its name already is no better the next time.
        if report.taken > 0 {
            return words + ", \(report.taken) of them for what has the name already: --skip-existing passes that over"
                + (left > report.taken ? " and tries the rest" : "")
        }
        let mayGoOn = report.films.contains { $0.state == .notReached || $0.state == .failed && $0.code != 73 }
        return words + (mayGoOn ? "; the same command tries what is left" : "")
    }
}
