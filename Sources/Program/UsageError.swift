import ArgumentParser
import Glibc
import Machine

/// Wrong flags, in one sentence as every other error.
struct UsageError: Trouble {
    let description: String

    var trouble: TroubleKind { .usage }

    init(_ description: String) { self.description = description }

    /// - Parameter message: the argument parser's, which begins like a sentence.
    init(_ message: String, arguments: [String]) {
        let name = StyleVideoCommand.commandNames.first { $0 == arguments.first }
        let line = Self.signedValue(message, arguments) ?? Self.sentence(message)
        description =
            line.prefix(1).lowercased() + line.dropFirst() + "; see stylevideo \(name.map { "\($0) " } ?? "")--help"
    }

    /// The parser's words in a line: it lists many values below each other.
    private static func sentence(_ message: String) -> String {
        let lines = message.split(whereSeparator: \.isNewline)
        guard var line = lines.first.map(String.init) else { return "wrong usage" }
        let values = lines.dropFirst().prefix { $0.hasPrefix("  - ") }.map { $0.dropFirst(4) }
        if line.hasSuffix(" the following:"), !values.isEmpty {
            line = line.dropLast(" the following:".count) + " " + values.joined(separator: ", ")
        }
        return line.hasSuffix(".") ? String(line.dropLast()) : line
    }

    /// The parser takes a number below zero for a flag, and misses the value.
    private static func signedValue(_ message: String, _ arguments: [String]) -> String? {
        guard message.hasPrefix("Missing value for '") else { return nil }
        let flag = message.split(separator: "'")[1].prefix { $0 != " " }
        let value = zip(arguments, arguments.dropFirst()).first { $0 == flag && isBelowZero($1) }?.1
        return value.map { "A value that begins with a dash needs an equals sign: '\(flag)=\($0)'" }
    }

    /// Of moments too ("-0:10").
    private static func isBelowZero(_ word: String) -> Bool {
        guard word.hasPrefix("-"), word.count > 1 else { return false }
        return Double(word) != nil || word.dropFirst().allSatisfy { $0.isNumber || $0 == ":" || $0 == "." }
    }

    /// A command that is misspelled is taken for a clip, and its flags would be called unknown.
    /// - Returns: nil where the first word is a command, a flag or a file, or like no command.
    static func misspelledCommand(_ arguments: [String]) -> UsageError? {
        let isHelp = arguments.first == "help"
        guard let word = arguments.dropFirst(isHelp ? 1 : 0).first, !word.hasPrefix("-") else { return nil }
        let names = StyleVideoCommand.commandNames
        guard !names.contains(word), word != "help", isHelp || access(word, F_OK) != 0 else { return nil }
        let close = closest(to: word, among: names)
        guard isHelp || close != nil else {
            // A word that looks like no file's name either: without a style nothing but that would be missed.
            let isBare = !word.contains { "./%".contains($0) } && word != "-"
            let hasStyle = arguments.contains { $0 == "--style" || $0.hasPrefix("--style=") }
            guard isBare, !hasStyle else { return nil }
            return UsageError("there is no command '\(word)', and no file of that name", arguments: [])
        }
        return UsageError("unknown command '\(word)'" + suggestion(close), arguments: [])
    }

    /// A word after which nothing else should be complained of: `--sytle` is not told as a missing `--style`, and
    /// `-threads`, whose letters the parser reads as flags, not as `-h`.
    /// - Returns: nil where every flag is known.
    static func unknownFlag(_ arguments: [String]) -> UsageError? {
        guard let flags = Flags(of: StyleVideoCommand.command(of: arguments)) else { return nil }
        let known = flags.long + hidden
        for word in arguments.prefix(while: { $0 != "--" }) where word.hasPrefix("-") && word.count > 2 {
            let name = String(word.prefix { $0 != "=" })
            let isOne =
                name.hasPrefix("--")
                ? (known + flags.hidden).contains(name) : name.dropFirst().allSatisfy(flags.short.contains)
            guard !isOne, !isBelowZero(name) else { continue }
            if access(word, F_OK) == 0 {
                return UsageError("a file's name cannot begin with a dash: write './\(word)'", arguments: arguments)
            }
            let close = closest(to: name.hasPrefix("--") ? name : "-" + name, among: known)
            return UsageError("unknown option '\(name)'" + suggestion(close), arguments: arguments)
        }
        return nil
    }

    /// Flags that no help tells of.
    private static let hidden = [
        "--version", "--generate-completion-script", "--generate-manual", "--experimental-dump-help",
    ]

    static func suggestion(_ word: String?) -> String { word.map { " (did you mean '\($0)'?)" } ?? "" }

    /// What may have been meant by a word that nothing has, in brackets.
    static func suggestion(_ word: String, among words: [String]) -> String {
        suggestion(closest(to: word, among: words))
    }

    /// The word that the fewest changes lead to, if these are two at most, and one for each three letters.
    static func closest(to word: String, among words: [String]) -> String? {
        let distances = words.map { (word: $0, changes: changes(from: Array(word), to: Array($0))) }
        return distances.min { $0.changes < $1.changes }.flatMap {
            $0.changes <= min(2, word.count / 3) ? $0.word : nil
        }
    }

    /// Letters put in, left out or exchanged on the way (Levenshtein's distance).
    private static func changes(from a: [Character], to b: [Character]) -> Int {
        var row = Array(0...b.count)
        for (i, letter) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in b.enumerated() {
                let exchanged = letter == other ? diagonal : diagonal + 1
                diagonal = row[j + 1]
                row[j + 1] = min(row[j] + 1, diagonal + 1, exchanged)
            }
        }
        return row[b.count]
    }
}
