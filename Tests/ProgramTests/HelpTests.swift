import Foundation
import TestSupport
import Testing

/// What the program says of itself.
@Suite struct HelpTests {
    @Test func version() async throws {
        let outcome = try await Program.run(["--version"], in: Scratch())
        #expect(outcome.code == 0 && outcome.error.isEmpty)
        #expect(outcome.output.wholeMatch(of: /stylevideo [0-9]+\.[0-9]+\.[0-9]+\n/) != nil)
    }

    @Test(arguments: [["--help"], ["-h"], ["help"]]) func helpOpensWithExamples(_ arguments: [String]) async throws {
        let outcome = try await Program.run(arguments, in: Scratch())
        #expect(outcome.code == 0 && outcome.error.isEmpty)
        let examples = try #require(outcome.output.range(of: "Examples:"))
        let usage = try #require(outcome.output.range(of: "USAGE:"))
        #expect(examples.lowerBound < usage.lowerBound)
        for word in [
            "Exit codes: 0", "64", "65", "66", "69", "70", "73", "74", "75", "130", "preview", "measure", "info",
            "image", "focus", "plan", "shard", "join", "serve", "doctor",
        ] {
            #expect(outcome.output.contains(word), "\(word)")
        }
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("  stylevideo ") }.count >= 5)
    }

    @Test(arguments: [
        "image", "preview", "focus", "measure", "info", "paint", "plan", "shard", "join", "report", "serve", "doctor",
    ])
    func everyCommandHasHelp(_ command: String)
        async throws
    {
        for arguments in [[command, "--help"], ["help", command]] {
            let outcome = try await Program.run(arguments, in: Scratch())
            #expect(outcome.code == 0 && outcome.error.isEmpty && outcome.output.contains("USAGE: stylevideo"))
        }
    }

    @Test func withoutArgumentsItIsWrongUsage() async throws {
        let outcome = try await Program.run([], in: Scratch())
        #expect(outcome.code == 64 && outcome.output.isEmpty && outcome.error.contains("Examples:"))
    }

    /// With what each shell has been taught of the main form: where the parser's own script changes, that would be
    /// lost.
    @Test(arguments: [
        ("bash", "-F _stylevideo_or_paint stylevideo"), ("zsh", "words=(\"${words[1]}\" paint"),
        ("zsh", "_files && ret=0"), ("fish", "-n __stylevideo_names_no_command -l 'style' "),
    ]) func completions(_ shell: String, _ ofMainForm: String) async throws {
        let folder = try Scratch()
        let outcome = try await Program.run(["--generate-completion-script", shell], in: folder)
        #expect(outcome.code == 0 && outcome.error.isEmpty)
        for word in ["stylevideo", "style-size", "preview", "overwrite", ofMainForm] {
            #expect(outcome.output.contains(word), "\(word)")
        }
        try folder.write("script", outcome.output.utf8)
        // Checked by the shell itself where it is installed; bash is everywhere.
        let check = try await Program.command(
            "/bin/sh", ["-c", "command -v \(shell) >/dev/null || exit 0; exec \(shell) -n script"], in: folder)
        #expect(check.code == 0 && check.error.isEmpty, "\(check.error)")
    }

    /// The main form names no command. By bash itself, which is everywhere.
    @Test(
        arguments: [
            (["st"], ["style.png"]), (["me"], ["measure", "mexico.mp4"]), (["--sty"], ["--style", "--style-size"]),
            (["in.mp4", "--style", "st"], ["style.png"]), (["in.mp4", "--preset", ""], ["fast", "paper"]),
            (["in.mp4", "--encoder-preset", "ver"], ["veryfast", "veryslow"]), (["in.mp4", "--over"], ["--overwrite"]),
            (["--style", "style.png", "in"], ["in.mp4"]), (["preview", "in.mp4", "--a"], ["--at"]),
        ] as [([String], [String])])
    func completesTheMainForm(_ words: [String], _ expected: [String]) async throws {
        let folder = try Scratch()
        for name in ["in.mp4", "mexico.mp4", "style.png"] { try folder.write(name, []) }
        let outcome = try await Program.shell(
            """
            bash -c '
                source <("$PROGRAM" --generate-completion-script bash)
                COMP_WORDS=(stylevideo "$@") COMP_CWORD=$#
                COMP_LINE="${COMP_WORDS[*]}" COMP_POINT=${#COMP_LINE}
                how=$(complete -p stylevideo) && how=${how#*-F } &&
                    ${how%% *} stylevideo "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
                printf "%s\n" "${COMPREPLY[@]}"
            ' bash \(words.map { "'\($0)'" }.joined(separator: " "))
            """, in: folder)
        #expect(outcome.code == 0 && outcome.error.isEmpty, "\(outcome.error)")
        #expect(outcome.output.split(separator: "\n").map(String.init).sorted() == expected.sorted())
    }

    private static let commands = [
        "paint", "preview", "focus", "sheet", "measure", "info", "image", "plan", "shard", "join", "report", "serve",
        "doctor",
    ]

    private func flags(of command: String) async throws -> Set<String> {
        let help = try await Program.run([command, "--help"], in: Scratch()).output
        return Set(
            help.split(separator: "\n").compactMap { line in
                line.prefixMatch(of: /\s+(?:-[a-z], )?(--[a-z-]+)/).map { String($0.output.1) }
            })
    }

    /// The README names some flags, and none that no command has.
    @Test func theReadmeNamesFlagsThatThereAre() async throws {
        let readme = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../README.md")
        var named = Set<String>()
        for row in try String(contentsOf: readme, encoding: .utf8).split(separator: "\n") where row.hasPrefix("| `-") {
            named.formUnion(row.split(separator: "|")[0].matches(of: /--[a-z-]+/).map { String($0.output) })
        }
        var known = Set<String>()
        for command in Self.commands { try await known.formUnion(flags(of: command)) }
        #expect(named.count > 20 && named.isSubset(of: known), "\(named.subtracting(known))")
    }

    /// The manual tells of every flag, with the commands that have it.
    @Test func theManualHasAllFlags() async throws {
        let folder = try Scratch()
        let manual = try await Program.run(["--generate-manual"], in: folder)
        #expect(manual.code == 0 && manual.error.isEmpty)
        let text = manual.output.replacing("\\-", with: "-")
        for command in Self.commands {
            let known = try await flags(of: command)
            #expect(known.contains("--json"))
            for flag in known {
                let places = text.components(separatedBy: "\\fB\(flag)\\fR").dropFirst()
                let owners = places.compactMap { $0.firstMatch(of: /\\fIin (.*)\\fR/).map { String($0.output.1) } }
                #expect(
                    owners.contains { $0 == "all commands" || $0.components(separatedBy: ", ").contains(command) },
                    "\(flag) of \(command): \(owners)")
            }
        }
        try folder.write("stylevideo.1", manual.output.utf8)
        // By man itself, where it is installed.
        let check = try await Program.command(
            "/bin/sh",
            [
                "-c",
                "command -v man >/dev/null && command -v groff >/dev/null || exit 0\n"
                    + "man --warnings -l stylevideo.1 2>&1 >/dev/null",
            ], in: folder, environment: ["LC_ALL": "C.UTF-8"])
        #expect(check.code == 0 && check.output.isEmpty, "\(check.output)")
    }
}
