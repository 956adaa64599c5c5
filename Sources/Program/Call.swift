import ArgumentParser
import Machine
import SystemPackage

/// A command whose values can be looked at before it runs.
protocol CheckedCommand: ParsableCommand {
    /// Refuses what its run would refuse before it reads any clip or picture.
    func check() throws
}

/// A call of the program: its arguments, and the settings that stand elsewhere.
struct Call {
    /// What the argument parser is to read.
    let words: [String]
    /// Of variables that mean nothing.
    private(set) var notice: String?
    private let arguments: [String]
    private let kind: any ParsableCommand.Type
    private var settings: SettingsInForce?
    /// Files of settings that nobody has named.
    private var found: [FilePath] = []
    /// Something in each place that must be filled, for who only has settings printed.
    private var completed: [String] = []

    /// - Throws: `SettingsError`.
    init(_ arguments: [String]) throws {
        (self.arguments, kind) = (arguments, StyleVideoCommand.command(of: arguments))
        let asksForText = ["-h", "--help", "--version", "--experimental-dump-help"]
        let spoken = arguments.prefix { $0 != "--" }
        guard arguments.first != "help", !spoken.contains(where: asksForText.contains), let flags = Flags(of: kind)
        else {
            words = arguments
            return
        }
        let name = StyleVideoCommand.commandNames.first { $0 == arguments.first }
        let line = CommandLineWords(Array(arguments.dropFirst(name == nil ? 0 : 1)), flags)
        let sources = SettingsSources(command: kind, flags: flags, environment: Terminal.environment)
        var found: [[Setting]] = []
        do {
            found = try sources.read(for: line)
        } catch let error as SettingsError where kind == DoctorCommand.self {
            Provenance.trouble = "\(error)"
        }
        let settings = SettingsInForce(command: name, line, flags, found)
        Provenance.settings = settings
        (self.settings, words) = (settings, settings.arguments)
        self.found = sources.foundFiles(for: line)
        if !sources.isAlone(line) { notice = Variables.notice(of: Variables.names) }
        guard settings.isToBePrinted, let description = CommandDescription(of: kind) else { return }
        completed = settings.completed(command: name, line, description)
    }

    /// Files that a call reads are never written over, those neither that say how it is done.
    /// - Throws: `OutputError` isInput.
    func checkApart() throws {
        guard let settings else { return }
        func files(_ keys: [String]) -> [FilePath] {
            settings.settings.filter { keys.contains($0.key) }.flatMap(\.values).map { FilePath($0) }
        }
        try OutputCheck.checkApart(
            files(["output", "report", "csv"]), from: files(["config", "weights", "timeline"]) + found)
    }

    /// What `--print-config` prints, if all of it is good; nil where it is not asked for.
    /// - Throws: what a run would be refused for before it reads anything.
    func printed() throws -> String? {
        guard let settings, settings.isToBePrinted else { return nil }
        try checkApart()
        try (StyleVideoCommand.parseAsRoot(completed) as? any CheckedCommand)?.check()
        return settings.text
    }

    /// The command. One that looks for what is wrong is stopped by no setting: it tells of it.
    func command() throws -> any ParsableCommand {
        do {
            return try StyleVideoCommand.parseAsRoot(words)
        } catch {
            guard kind == DoctorCommand.self, let command = try? StyleVideoCommand.parseAsRoot(arguments) else {
                throw error
            }
            Provenance.trouble =
                Failure(error: UsageError(StyleVideoCommand.message(for: error), arguments: words)).message
            return command
        }
    }
}
