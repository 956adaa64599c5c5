import ArgumentParser

/// The manual page, in man(7)'s macros: all flags of all commands, each once, with its values and what is usual.
enum Manual {
    static var page: String {
        let commands = StyleVideoCommand.configuration.subcommands.compactMap { Command($0) }
        let sections: [(String, String)] = [
            ("NAME", "stylevideo \\- paint a video in the manner of a picture"),
            ("SYNOPSIS", synopsis(commands)),
            ("DESCRIPTION", overview),
            ("COMMANDS", paragraphs(commands.map { (".B \(escaped($0.name))", $0.text) })),
            ("OPTIONS", options(commands)),
            ("TIMELINES", timelines), ("REGIONS", regions), ("ENVIRONMENT", paragraphs(environment)),
            ("FILES", paragraphs(files)), ("WHAT COUNTS MORE", precedence),
            ("EXIT STATUS", paragraphs(exitCodes)), ("EXAMPLES", examples(Help.commandLines)),
            ("SEE ALSO", ".BR ffmpeg (1)"),
        ]
        let head = ".TH STYLEVIDEO 1 \"\" \"\(escaped(Help.version))\" \"User Commands\"\n.nh\n.ad l"
        return ([head] + sections.map { ".SH \($0.0)\n\($0.1)" }).joined(separator: "\n") + "\n"
    }

    private static func synopsis(_ commands: [Command]) -> String {
        let lines = commands.map { command in
            ".B stylevideo\n" + (command.isUsual ? "" : ".B \(escaped(command.name))\n") + command.synopsis
        }
        return lines.joined(separator: "\n.br\n")
    }

    /// Of each section the flags, in the commands' order; one that other commands mean otherwise is told again.
    private static func options(_ commands: [Command]) -> String {
        var sections: [(title: String, flags: [(flag: Flag, commands: [String])])] = []
        for command in commands {
            for flag in command.flags {
                let place = sections.firstIndex { $0.title == flag.section } ?? sections.count
                if place == sections.count { sections.append((flag.section, [])) }
                if let known = sections[place].flags.firstIndex(where: { $0.flag == flag }) {
                    sections[place].flags[known].commands.append(command.name)
                } else {
                    sections[place].flags.append((flag, [command.name]))
                }
            }
        }
        // Those without a title are of all kinds: last.
        sections.sort { $1.title.isEmpty && !$0.title.isEmpty }
        return sections.map { section in
            let title = section.title.isEmpty ? "Other options" : section.title
            let flags = section.flags.map { flag, owners in
                let all = owners.count == commands.count
                return (
                    flag.head, flag.text + "\n.br\n\\fIin \(all ? "all commands" : owners.joined(separator: ", "))\\fR"
                )
            }
            return ".SS \(escaped(title))\n" + paragraphs(flags)
        }.joined(separator: "\n") + "\n" + version
    }

    /// Which a command alone does not describe: it is the program's.
    private static let version = paragraphs([
        ("\\fB\\-\\-version\\fR", "Show the version.\n.br\n\\fIin all commands\\fR")
    ])

    private static func paragraphs(_ items: [(head: String, text: String)]) -> String {
        items.map { ".TP\n\($0.head)\n\($0.text)" }.joined(separator: "\n")
    }

    private static func examples(_ lines: [String]) -> String {
        ".nf\n" + lines.map { ".RS 4\n" + escaped($0) + "\n.RE" }.joined(separator: "\n") + "\n.fi"
    }

    /// So that roff takes a text as it is.
    static func escaped(_ text: String) -> String {
        var escaped = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
        if escaped.hasPrefix(".") || escaped.hasPrefix("'") { escaped = "\\&" + escaped }
        return escaped.replacing("\n", with: "\n.br\n")
    }

    // MARK: Words

    private static let overview = escaped(
        "Paints every frame of a clip in the colours, contrasts and marks of a picture, holds still what stands still, "
            + "and writes a film with the clip's own sound, subtitles and times. A command that is not named is paint. "
            + "Moments count from the clip's first picture: seconds, or HH:MM:SS. What was asked for goes to standard "
            + "output, everything else to standard error.")

    private static let timelines =
        escaped(
            "A text in UTF-8. Each line begins with a moment; then stand weights of the styles, by their files' names "
                + "without the ending or by their numbers, which sum to 1, and strength=, brush= and region= (how much "
                + "of the masks). Between two moments all go over from one to the other: linear, ease (slowly at both "
                + "ends), or at once, with cut. What a line does not speak of stays. # begins a comment.")
        + "\n.nf\n.RS 4\n"
        + escaped("0       monet=1\n0:12.5  monet=0.2 klimt=0.8 ease\n0:45    strength=0.4 cut")
        .replacing("\n.br\n", with: "\n") + "\n.RE\n.fi"

    private static let regions = escaped(
        "MASK=PICTURE: a mask is a picture, or a clip whose first frame lies at the first that is painted. White is "
            + "painted by PICTURE, greys feather, transparent places of a mask count as black. The word alpha, as a "
            + "mask, is where the clip itself is opaque. Later regions lie over earlier ones.")

    private static let precedence = escaped(
        "Of a setting that stands in several places the last of these counts: your file, the file beside the clip, the "
            + "environment, files that --config names, the command line. --quality stands for several settings at the "
            + "place where it is given: one of them that stands beside it, or in a place that counts more, overrules "
            + "it, and one in a place that counts less is overruled. So with max-size = 320 in your file, --quality "
            + "draft on the command line paints at 640, and with --max-size 320 beside it at 320.")

    private static let environment: [(String, String)] = {
        let style = (
            ".B " + Variables.name(of: "style-size"),
            "As --style-size, and so any other flag: in capitals, with _ for -. It counts more than files of settings, "
                + "and less than --config and the command line. A name that no flag has is told."
        )
        let temporary = (
            ".B TMPDIR", "Where what comes from standard input is kept, where no output says a better place."
        )
        let own = Variables.read.map { (".B \($0.name)", $0.meaning) }
        return ([style] + own + [temporary]).map { ($0.0, escaped($0.1)) }
    }()

    private static let files = [
        (
            ".I $XDG_CONFIG_HOME/stylevideo/config",
            "Settings, a line each: key = value, a key being a flag's long name without its dashes. Below [preview] "
                + "stands what is that command's alone. # begins a comment. ~/.config where the variable is not set."
        ),
        (
            ".I stylevideo.conf",
            "The same, beside the clip; it may not say what is written or thrown away. It counts more than yours."
        ),
        (
            ".I OUT.stylevideo",
            "The finished parts of a clip of more than about 15 seconds, until its film is complete. The same command "
                + "goes on from there."
        ),
        (".I stylevideo\\-*.queue", "What of several films is done, until all are."),
    ].map { ($0.0, escaped($0.1)) }

    private static let exitCodes = Help.exitMeanings.map { (".B \($0.0)", escaped($0.1)) }
}

extension Manual {
    /// A command, as the argument parser describes it to tools.
    struct Command {
        let name: String
        let isUsual: Bool
        let text: String
        let flags: [Flag]
        let synopsis: String

        /// Nil where the description is of another form than the one that is read here.
        init?(_ command: any ParsableCommand.Type) {
            guard let description = CommandDescription(of: command) else { return nil }
            let configuration = command.configuration
            name = configuration.commandName ?? ""
            isUsual = name == PaintCommand.configuration.commandName
            // The usual one's is the whole program's: examples and exit codes, which have sections of their own.
            let more = isUsual || configuration.discussion.isEmpty ? [] : [escaped(configuration.discussion)]
            self.text = ([escaped(configuration.abstract)] + more).joined(separator: "\n.br\n")
            let shown = description.arguments.filter(\.shouldDisplay)
            flags = shown.compactMap { Flag($0) }
            let positional = shown.filter { $0.kind == "positional" }.map {
                ".I " + escaped($0.valueName ?? "") + ($0.isRepeating ? "..." : "")
            }
            let required = shown.filter { $0.kind == "option" && !$0.isOptional }.compactMap { argument in
                argument.preferredName.map {
                    ".B \(escaped("--" + $0.name))\n.I \(escaped(argument.valueName ?? ""))"
                }
            }
            synopsis = (positional + required + [".RI [ options ]"]).joined(separator: "\n")
        }
    }

    /// A flag, as the manual tells it.
    struct Flag: Hashable {
        let section: String
        let head: String
        let text: String

        fileprivate init?(_ argument: CommandDescription.Argument) {
            guard argument.kind != "positional", let names = argument.names else { return nil }
            section = argument.sectionTitle ?? ""
            let words = names.sorted { $0.kind > $1.kind }.map {
                "\\fB" + escaped(($0.kind == "long" ? "--" : "-") + $0.name) + "\\fR"
            }
            let value = argument.kind == "option" ? " \\fI\(escaped(argument.valueName ?? "value"))\\fR" : ""
            head = words.joined(separator: ", ") + value
            var text = argument.abstract ?? ""
            var facts: [String] = []
            if let values = argument.allValues, !values.isEmpty { facts.append(values.joined(separator: ", ")) }
            if let usual = argument.defaultValue { facts.append("default: \(usual)") }
            if !facts.isEmpty { text += " (\(facts.joined(separator: "; ")))" }
            self.text = escaped(text)
        }
    }
}
