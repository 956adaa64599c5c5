import Glibc
import Machine
import StyleVideo
import SystemPackage

/// A flag's value, or several of one that is repeated, and where they come from.
struct Setting: Equatable {
    /// The flag's long name, without its dashes.
    let key: String
    /// Of a flag that takes no value: yes or no. None: what is usual.
    var values: [String]
    let origin: String
}

/// A file of settings: lines of `key = value`, as mpv and yt-dlp have them.
struct SettingsFile {
    let path: String
    /// Whether it lies beside a clip, and so may have come with it from anywhere.
    var isFound = false
    private(set) var lines: [Line] = []

    struct Line: Equatable {
        let number: Int
        /// The command whose settings alone these are: a line `[preview]` stands above.
        let command: String?
        let key, value: String
    }

    /// What a file beside a clip may not decide: it destroys, or says what is written.
    static let ownersAlone = ["output", "overwrite", "restart", "work-dir", "job", "csv", "report"]
    /// What no file may decide: where settings come from.
    static let commandLineAlone = ["config", "no-config", "print-config"]
    /// More is no file of settings.
    private static let mostBytes = 1 << 20

    /// - Throws: `MediaError` where it cannot be read; `SettingsError`.
    init(reading path: String, isFound: Bool = false) throws {
        let text = try SettingsFile.text(of: path)
        try self.init(text, path: path, isFound: isFound)
    }

    /// - Throws: `SettingsError`.
    init(_ text: String, path: String, isFound: Bool = false) throws {
        (self.path, self.isFound) = (path, isFound)
        var command: String?
        // As Windows' editors begin a text.
        let text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        for (place, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let content = line.trimmed
            if content.isEmpty || content.hasPrefix("#") { continue }
            let number = place + 1
            if content.hasPrefix("[") {
                command = try section(content, number)
                continue
            }
            let parts = content.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = parts[0].trimmed
            guard key.wholeMatch(of: /[a-z][a-z-]*/) != nil else {
                throw error("'\(content)' is no setting: key = value", number)
            }
            // A bare key is a flag that is set.
            let value = try parts.count == 1 ? "yes" : value(parts[1].trimmed, number)
            guard !value.isEmpty else { throw error("\(key) has no value", number) }
            lines.append(Line(number: number, command: command, key: key, value: value))
        }
    }

    func error(_ sentence: String, _ line: Int) -> SettingsError {
        SettingsError(description: "\(place(line)): \(printable(sentence))")
    }

    func place(_ line: Int) -> String { "\(printable(path)), line \(line)" }

    private func section(_ content: String, _ number: Int) throws -> String {
        let name = content.dropFirst().prefix { $0 != "]" }.trimmed
        let rest = content.drop { $0 != "]" }.dropFirst().trimmed
        guard content.contains("]" as Character), StyleVideoCommand.commandNames.contains(name),
            rest.isEmpty || rest.hasPrefix("#")
        else {
            let names = StyleVideoCommand.commandNames.joined(separator: ", ")
            throw error("'\(content)' names no command; they are \(names)", number)
        }
        return name
    }

    /// Without a comment behind it; in quotes it is as it stands.
    private func value(_ text: String, _ number: Int) throws -> String {
        if let quote = text.first, quote == "\"" || quote == "'" {
            let rest = text.dropFirst()
            guard let end = rest.firstIndex(of: quote) else { throw error("a quote is not closed", number) }
            let behind = rest[rest.index(after: end)...].trimmed
            guard behind.isEmpty || behind.hasPrefix("#") else {
                throw error("something stands behind the closing quote", number)
            }
            return String(rest[..<end])
        }
        return text.firstRange(of: /(^|\s)#/).map { text[..<$0.lowerBound].trimmed } ?? text
    }

    private static func text(of path: String) throws -> String {
        var status = stat()
        // A pipe that nobody writes to would be waited for.
        guard stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG else {
            throw SettingsError(description: "\(printable(path)) is no file of settings", trouble: .badData)
        }
        do {
            let file = try FileDescriptor.open(FilePath(path), .readOnly)
            return try file.closeAfter {
                var bytes = [UInt8](repeating: 0, count: mostBytes + 1)
                var count = 0
                while count < bytes.count {
                    let more = try bytes.withUnsafeMutableBytes { try file.read(into: .init(rebasing: $0[count...])) }
                    if more == 0 { break }
                    count += more
                }
                guard count <= mostBytes, let text = String(validating: bytes[..<count], as: UTF8.self),
                    !text.contains("\0" as Character)
                else {
                    throw SettingsError(description: "\(printable(path)) is no file of settings", trouble: .badData)
                }
                return text
            }
        } catch let code as Errno {
            throw SettingsError(
                description: "cannot read the settings in \(printable(path)): \(code)", trouble: .missingInput)
        }
    }
}

extension StringProtocol {
    fileprivate var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}

/// What is wrong with settings that stand in files.
struct SettingsError: Trouble {
    let description: String
    var trouble: TroubleKind = .usage
}
