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
            "image", "focus", "plan", "shard", "join", "doctor",
        ] {
            #expect(outcome.output.contains(word), "\(word)")
        }
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("  stylevideo ") }.count >= 5)
    }

    @Test(arguments: ["image", "preview", "focus", "measure", "info", "paint", "plan", "shard", "join", "doctor"])
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

    /// The README's table of flags says of each command neither more nor less than its help.
    @Test(
        arguments: [
            "paint", "preview", "focus", "sheet", "measure", "info", "image", "plan", "shard", "join", "doctor",
        ])
    func flagsAreThoseOfTheReadme(_ command: String)
        async throws
    {
        let readme = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../README.md")
        var documented = Set<String>()
        for row in try String(contentsOf: readme, encoding: .utf8).split(separator: "\n") where row.hasPrefix("| `-") {
            let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells[1] == "all" || cells[1].components(separatedBy: ", ").contains(command) else { continue }
            documented.formUnion(cells[0].matches(of: /--[a-z-]+/).map { String($0.output) })
        }
        let help = try await Program.run([command, "--help"], in: Scratch()).output
        let known = Set(
            help.split(separator: "\n").compactMap { line in
                line.prefixMatch(of: /\s+(?:-[a-z], )?(--[a-z-]+)/).map { String($0.output.1) }
            })
        #expect(known.contains("--json"))
        #expect(documented == known)
    }
}
