import ArgumentParser
import Machine
import StyleVideo
import SystemPackage

/// `stylevideo report OUT --against IN`: a page about a painting that is there.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Make a page about a painted clip, to be looked at in a browser.",
        discussion: """
            One HTML file that needs no network: source and painting side by side, how steady both are, the least \
            steady moments, and a warning where the painting flashes more than three times a second. It measures as \
            'stylevideo measure --against' does. 'stylevideo IN --style PICTURE --report PAGE' makes it with the film.
            """)

    @Argument(help: "The painted clip.", completion: .file())
    var input: String

    @Option(help: ArgumentHelp("The clip that it was painted from.", valueName: "clip"), completion: .file())
    var against: String

    @Option(
        name: .shortAndLong, help: "The .html to write (default: the painted clip's name with that ending).",
        completion: .file(extensions: ["html"]))
    var output: String?

    @OptionGroup(title: "The stretch of --against that was painted") var stretch: StretchOptions

    @Flag(help: "Replace the page if it exists.")
    var overwrite = false

    @OptionGroup var threading: ThreadOptions
    @OptionGroup var talk: TalkOptions

    func run() throws {
        let file = output.map { FilePath($0) } ?? defaultOutput
        let talk = try Talk(
            Self.self, Subject(inputs: [input, against], output: file.string), talk, .reading(clips: 2), threading)
        var page = PageJob(
            page: file, painting: try FilePath.input(input),
            source: try FilePath.input(against))
        (page.selection, page.overwrite) = (stretch.selection, overwrite)
        page.words.command = CommandLine.words
        try talk.report { [page] in
            try page.check()
            return try page.measured(talk.run(threading))
        } text: {
            "\(printable(page.page.string)): a page about \(printable($0.input))\n" + $0.text
        }
    }

    private var defaultOutput: FilePath {
        var page = FilePath(input)
        page.extension = "html"
        return page
    }
}

extension MeasureReport {
    /// Each figure by its name.
    var facts: [(name: String, value: String)] {
        var facts = temporalLPIPS.facts
        if let content = contentLPIPS {
            facts.append(
                (
                    "content LPIPS",
                    "mean \(Figure.fixed(content.mean, 4)), worst \(Figure.fixed(content.worst, 4)) at frame "
                        + "\(content.worstFrame)"
                ))
        }
        return facts
            + (motion?.lines ?? []).map { line in
                let parts = line.split(separator: ": ", maxSplits: 1).map(String.init)
                return (name: parts[0], value: parts.count > 1 ? parts[1] : "")
            }
    }
}
