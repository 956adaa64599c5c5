import Machine
import Media
import StyleVideo
import SystemPackage

extension PaintCommand {
    /// Whether the page that is asked for can be written, before anything is read.
    func checkPage(_ hand: Hand) throws {
        guard let report else { return }
        guard clip.pictures() == nil, !clip.isStream, !null, !hash else {
            throw UsageError("--report is of a film, and the output is none")
        }
        var page = PageJob(page: FilePath(report), painting: FilePath(clip.output ?? ""), source: FilePath(inputs[0]))
        page.overwrite = clip.overwrite
        try page.check(beside: hand)
    }

    /// Writes the page, where one is asked for.
    func writePage(of job: VideoJob, _ painted: PaintReport, _ run: Run) throws {
        guard let report else { return }
        var page = PageJob(page: FilePath(report), painting: job.output, source: job.input)
        (page.selection, page.overwrite) = (job.selection, clip.overwrite)
        (page.words.figures, page.words.settings) = (painted.facts, painted.settings.facts)
        page.words.settings.insert(("style", (painted.styles ?? [painted.style]).joined(separator: ", ")), at: 0)
        page.words.command = CommandLine.words
        try page.write(painted, run)
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
