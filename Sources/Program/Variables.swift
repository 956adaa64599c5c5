import Glibc

/// The environment's variables that are ours by their name.
enum Variables {
    /// Those that the program reads and that are no flag's, as the manual has them.
    static let read = [
        (
            name: "STYLEVIDEO_CPU",
            meaning: "A lower level of kernels than the CPU has: plain, avx2, avx512, avx512bf16, neon."
        ),
        (name: "STYLEVIDEO_RESOURCES", meaning: "The folder with the networks' files."),
    ]

    /// Those that the scripts and tests beside the program read.
    private static let others = ["FIGURES", "FUZZ", "NETWORKS", "PROGRAM", "PYTHON", "ROUND", "STARTED"].map {
        prefix + $0
    }

    private static let prefix = "STYLEVIDEO_"

    /// The one that says what a flag does.
    static func name(of flag: String) -> String { prefix + flag.uppercased().replacing("-", with: "_") }

    /// How the environment has the program speak, as words of a command line: that counts also where other settings
    /// cannot be read.
    static func speech(_ environment: (String) -> String?) -> [String] {
        let flags = ["json", "quiet"].filter { environment(name(of: $0)).flatMap(SettingsInForce.answer) == "yes" }
        return flags.map { "--\($0)" } + (environment(name(of: "progress")).map { ["--progress=\($0)"] } ?? [])
    }

    /// What is to be said of names that begin like ours and mean nothing; nil where there are none.
    static func notice(of names: [String]) -> String? {
        let flags = StyleVideoCommand.configuration.subcommands.flatMap { Flags(of: $0)?.all ?? [] }
            .filter { !$0.isHidden && !SettingsFile.commandLineAlone.contains($0.name) }.map { name(of: $0.name) }
        let unknown = names.filter {
            $0.hasPrefix(prefix) && !flags.contains($0) && !others.contains($0) && !read.map(\.name).contains($0)
        }.sorted()
        guard let first = unknown.first else { return nil }
        guard unknown.count == 1 else {
            return "these variables of the environment mean nothing here: \(unknown.joined(separator: ", "))"
        }
        let close = UsageError.closest(
            to: String(first.dropFirst(prefix.count)), among: flags.map { String($0.dropFirst(prefix.count)) })
        return "the environment's \(first) means nothing here" + UsageError.suggestion(close.map { prefix + $0 })
    }

    /// All that there are.
    static var names: [String] {
        var names: [String] = []
        var place = environ
        while let entry = place.pointee {
            names.append(String(String(cString: entry).prefix { $0 != "=" }))
            place += 1
        }
        return names
    }
}
