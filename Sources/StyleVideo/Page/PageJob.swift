import FoundationEssentials
import Machine
public import Media
import Pages
public import SystemPackage

/// Makes a page about a painting, one file to be looked at in a browser: source and painting side by side, how steady
/// both are, flashes, settings. What `--report` and `stylevideo report` do.
public struct PageJob: Sendable {
    /// The page to be written.
    public var page: FilePath
    public var painting: FilePath
    /// The clip that it was painted from.
    public var source: FilePath
    /// The stretch of it.
    public var selection = Selection.all
    public var overwrite = false
    public var words = Words()

    /// What a program tells of itself and of its figures.
    public struct Words: Sendable {
        /// The command line, as it was given.
        public var command: [String] = []
        public var figures: [(name: String, value: String)] = []
        public var settings: [(name: String, value: String)] = []

        public init() {}
    }

    public init(page: FilePath, painting: FilePath, source: FilePath) {
        (self.page, self.painting, self.source) = (page, painting, source)
    }

    /// Endings of a page's name.
    private static let endings = ["html", "htm"]

    /// Looks whether the page can have its name and place, before any work is done.
    /// - Parameter hand: that paints, whose files the page must not be either.
    /// - Throws: `OutputError`.
    public func check(beside hand: Hand? = nil) throws {
        try OutputCheck.check(
            page, inputs: [painting, source] + (hand?.files ?? []), extensions: Self.endings, overwrite: overwrite)
    }

    /// Writes the page of a film that was painted.
    /// - Throws: a `Trouble`, which tells that the film is there.
    public func write(_ report: PaintReport, _ run: Run = Run()) throws {
        do {
            let findings = Findings(
                rows: report.rows, scenes: report.sceneStarts, versions: report.versions,
                notices: report.notices + (report.damage?.sentences ?? []), deed: "painted",
                unmeasured: "The painting was not measured: 'stylevideo report' measures it.",
                threads: report.damage == nil ? 2 : 1)
            try write(findings, run)
        } catch {
            let reason = run.cancellation.reason ?? error
            guard let trouble = reason as? any Trouble else { throw reason }
            throw Explained(
                reason: PageUnwritten(reason: trouble),
                addition: "the film \(printable(report.output)) is complete, and 'stylevideo report' makes the page")
        }
    }

    /// Writes the page of a film that was measured.
    /// - Throws: a `Trouble`: `MediaError`, `OutputError`; the reason of the cancellation.
    public func write(_ report: MeasureReport, _ run: Run = Run()) throws {
        do {
            try write(
                Findings(
                    rows: report.rows, scenes: report.sceneStarts ?? [0], versions: report.versions,
                    notices: report.notices, deed: "measured", unmeasured: "There is nothing to measure.", threads: 2),
                run)
        } catch {
            throw run.cancellation.reason ?? error
        }
    }

    /// What either report says.
    private struct Findings {
        var rows: [MeasureReport.Row]
        var scenes: [Int]
        var versions: [String: String]
        var notices: [String]
        var deed: String
        var unmeasured: String
        var threads: Int
    }

    private func write(_ findings: Findings, _ run: Run) throws {
        let distances = findings.rows.map {
            ReportPage.Distance(frame: $0.frame, painting: $0.temporal, source: $0.sourceTemporal)
        }
        let worst = PageMoments.worst(distances)
        let scenes = PageMoments.spread(findings.scenes)
        let viewing = try PageViewing(self, threads: findings.threads, shown: Set(worst + scenes), run)
        try viewing.view(total: findings.rows.last.map { $0.frame + 1 })
        var page = try viewing.page(self)
        (page.distances, page.sceneStarts, page.notices) = (distances, findings.scenes, findings.notices)
        (page.deed, page.unmeasured) = (findings.deed, findings.unmeasured)
        page.worst = worst.compactMap { viewing.moments[$0] }
        page.scenes = scenes.compactMap { viewing.moments[$0] }
        page.command = words.command
        page.figures = words.figures.map { ReportPage.Fact($0.name, $0.value) }
        page.settings = words.settings.map { ReportPage.Fact($0.name, $0.value) }
        page.versions = findings.versions.sorted { $0.key < $1.key }.map { ReportPage.Fact($0.key, $0.value) }
        try TextFile.write(page.html, to: self.page, replacing: overwrite)
    }
}

/// Why a page could not be made of a film that is there.
private struct PageUnwritten: Trouble {
    let reason: any Trouble

    var trouble: TroubleKind { reason.trouble }
    var remedy: Remedy? { nil }
    var description: String {
        // An interruption speaks of the output.
        if case .interrupted = reason.trouble { return "interrupted; the page is not written" }
        return "the page is not written: \(reason)"
    }
}

extension Damage {
    /// For people.
    fileprivate var sentences: [String] {
        let moments =
            times.isEmpty ? "" : ", at " + times.map { "\($0.rounded(digits: 3))" }.joined(separator: ", ") + " s"
        var sentences: [String] = []
        if frames > 0 {
            sentences.append("damage: \(frames) frame(s) of the source could not be decoded, or only in part\(moments)")
        }
        if let missing { sentences.append("damage: \(missing) frame(s) of the source are not there at all") }
        if let end { sentences.append("damage: the source is cut off at \(end.rounded(digits: 3)) s") }
        return sentences
    }
}
