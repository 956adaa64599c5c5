import Glibc
import Machine
import Media
import StyleVideo
import SystemPackage

extension PaintCommand {
    /// The page that is asked for, where it can be written: looked at before anything is read.
    /// - Throws: `UsageError`, `OutputError`.
    func page(by hand: Hand, _ names: OutputNames) throws -> PageJob? {
        guard let report else { return nil }
        guard clip.pictures() == nil, !clip.isStream, !null, !hash else {
            throw UsageError("--report is of a film, and the output is none")
        }
        if clip.output == nil { try OutputNames.checkNamed(inputs[0]) }
        let pages = PageNames(report, names)
        try pages.prepare()
        var page = pages.page(of: inputs[0], by: hand, painting: names.name(of: inputs[0], styles: hand.styles))
        page.overwrite = clip.overwrite
        try page.check(beside: hand)
        return page
    }

    /// The pages of a queue's films, of which two cannot be one.
    /// - Throws: `UsageError`, `OutputError`.
    func pages(of jobs: [VideoJob], _ names: OutputNames) throws -> [PageJob]? {
        guard let report else { return nil }
        let names = PageNames(report, names)
        try names.prepare()
        var taken: [FilePath: VideoJob] = [:]
        return try jobs.map { job in
            var page = names.page(of: Spool.shownName(job.input.string), by: job.hand, painting: job.output)
            if let other = taken.updateValue(job, forKey: page.page.lexicallyNormalized()) {
                let films = [other, job].map { printable($0.output.string) }.joined(separator: " and ")
                throw UsageError("\(films) would both have their page in \(printable(page.page.string))")
            }
            (page.source, page.selection, page.overwrite) = (job.input, job.selection, job.overwrite)
            return page
        }
    }
}

/// Which file each film's page gets: a name that was given, one with places for the clip's and the style's names, or
/// the film's name in a folder.
private struct PageNames {
    private let names: OutputNames

    /// - Parameters:
    ///   - report: what follows --report.
    ///   - films: their names.
    init(_ report: String, _ films: OutputNames) {
        names = OutputNames(output: report, films: films.films, namesStyles: films.namesStyles)
    }

    /// - Throws: as `OutputNames.prepare`.
    func prepare() throws { try names.prepare() }

    /// - Parameter input: as it was given.
    func page(of input: String, by hand: Hand, painting: FilePath) -> PageJob {
        let file =
            names.isFolder
            ? FilePath(names.output!).appending((painting.lastComponent?.stem ?? "page") + ".html")
            : names.name(of: input, styles: hand.styles)
        var page = PageJob(page: file, painting: painting, source: FilePath(input))
        page.words.command = CommandLine.words
        return page
    }
}

extension PageJob {
    private var isThere: Bool { access(page.string, F_OK) == 0 }

    /// That it is there; of one that could not be made an error speaks.
    var line: String { isThere ? "\n\(printable(page.string)): the page about it" : "" }

    /// Writes the page of a film that was painted.
    func write(of job: VideoJob, _ painted: PaintReport, _ run: Run) throws {
        var page = self
        (page.words.figures, page.words.settings) = (painted.facts, painted.settings.facts)
        page.words.settings.insert(("style", (painted.styles ?? [painted.style]).joined(separator: ", ")), at: 0)
        try page.write(painted, run)
    }

    /// Writes the page of a queue's film; of one that was there, where it is missing, by measuring it.
    func complete(_ job: VideoJob, _ film: QueueJob.Film, _ run: Run) throws {
        if case .painted(let report) = film { return try write(of: job, report, run) }
        guard !isThere else { return }
        if case .wasThere(let report) = film, !job.measure { return try write(of: job, report, run) }
        _ = try measured(run)
    }

    /// Measures the painting, and writes its page.
    func measured(_ run: Run) throws -> MeasureReport {
        var job = MeasureJob(input: painting, against: source)
        job.selection = selection
        let report = try job.run(run)
        var page = self
        page.words.figures = report.facts
        try page.write(report, run)
        return report
    }
}

extension CommandLine {
    /// The line that the program was called by.
    static var words: [String] { ["stylevideo"] + arguments.dropFirst() }
}

extension PaintReport {
    /// The run's figures, each by its name.
    var facts: [(name: String, value: String)] {
        var facts = temporalLPIPS?.facts ?? []
        if let held { facts.append(("held still", "\(Figure.percent(held)) of the picture")) }
        if let reuse { facts.append(("reused", "\(Figure.percent(reuse.network)) of the network's work")) }
        facts.append(("time", Figure.duration(seconds.total)))
        if framesPerSecond > 0 { facts.append(("speed", Figure.rate(framesPerSecond))) }
        let stages: [(String, Double?)] = [
            ("first pass", seconds.firstPass), ("style", seconds.style), ("read", seconds.read), ("hold", seconds.hold),
            ("paint", seconds.paint), ("steady", seconds.steady), ("measure", seconds.measure),
            ("write", seconds.write),
        ]
        let atWork = stages.compactMap { name, time in time.map { "\(name) \(Figure.fixed($0, 2)) s" } }
        facts.append(("at work, at the same time", atWork.joined(separator: ", ")))
        if let peakMemoryBytes { facts.append(("most memory", Figure.bytes(peakMemoryBytes))) }
        return facts
    }
}

extension TemporalReport {
    /// Each figure by its name.
    var facts: [(name: String, value: String)] {
        func words(_ figures: Figures) -> String {
            "mean \(Figure.fixed(figures.mean, 4)), median \(Figure.fixed(figures.median, 4)), 95th percentile "
                + "\(Figure.fixed(figures.percentile95, 4)), worst \(Figure.fixed(figures.worst, 4)) at "
                + Figure.moment(figures.worstTime)
        }
        var facts: [(name: String, value: String)] = []
        if let output { facts.append(("temporal LPIPS, painting", words(output))) }
        if let input { facts.append(("temporal LPIPS, source", words(input))) }
        if let ratio { facts.append(("ratio", Figure.fixed(ratio, 2))) }
        facts.append(("measured by", "\(network), at \(width) x \(height), \(measured)"))
        return facts
    }
}
