import ArgumentParser
import Glibc
import Machine
import SystemPackage

/// Where settings come from besides the command line.
struct SettingsSources {
    let command: any ParsableCommand.Type
    let flags: Flags
    /// Of a variable, its value.
    let environment: (String) -> String?

    /// The settings of each source, from the weakest to the strongest.
    /// - Throws: `SettingsError`.
    func read(for line: CommandLineWords) throws -> [[Setting]] {
        for said in line.said where said.value == "" {
            guard let flag = flags[said.name], !flag.takesValue else { continue }
            throw SettingsError(description: "--\(flag.name)= must be yes or no, and is empty")
        }
        let named = try line.said.filter { $0.name == "config" }.compactMap(\.value)
            .map { try settings(of: SettingsFile(reading: $0)) }
        guard !isAlone(line) else { return named }
        let found = [(userFile, false), (try projectFile(line), true)]
        return try found.compactMap { path, isFound in
            guard let path, access(path, F_OK) == 0 else { return nil }
            return try settings(of: SettingsFile(reading: path, isFound: isFound))
        } + [fromEnvironment()] + named
    }

    /// The user's file and the one beside the input, where they count.
    func foundFiles(for line: CommandLineWords) -> [FilePath] {
        isAlone(line) ? [] : [userFile, try? projectFile(line)].compactMap { $0.map { FilePath($0) } }
    }

    /// Whether the line takes nothing but what it names.
    func isAlone(_ line: CommandLineWords) -> Bool {
        line.said.last { $0.name == "no-config" }.map { $0.value.flatMap(SettingsInForce.answer) != "no" } ?? false
    }

    /// The user's own file, whether it is there or not.
    var userFile: String? {
        func folder(_ name: String) -> FilePath? {
            // Other than absolute ones mean nothing (XDG Base Directory).
            environment(name).map { FilePath($0) }.flatMap { $0.isAbsolute ? $0 : nil }
        }
        let base = folder("XDG_CONFIG_HOME") ?? folder("HOME")?.appending(".config")
        return base?.appending("stylevideo/config").string
    }

    /// Beside the input. What a folder of `plan` is painted by stands in it.
    /// - Throws: `SettingsError` where one lies beside some of several inputs and not beside all: whose it is then is
    ///   not to be guessed.
    private func projectFile(_ line: CommandLineWords) throws -> String? {
        let without: [any ParsableCommand.Type] = [ShardCommand.self, JoinCommand.self, ServeCommand.self]
        let inputs = line.others.filter { $0 != "-" && !$0.isEmpty }
        guard !without.contains(where: { $0 == command }), !inputs.isEmpty else { return nil }
        let places = Set(
            inputs.map {
                FilePath($0).removingLastComponent().appending("stylevideo.conf").lexicallyNormalized().string
            })
        let there = places.filter { access($0, F_OK) == 0 }.sorted()
        guard there.isEmpty || places.count == 1 else {
            throw SettingsError(
                description: "\(printable(there[0])) lies beside some of the inputs and not beside all: paint them by "
                    + "commands of their own, or with --no-config")
        }
        return there.first
    }

    private func fromEnvironment() throws -> [Setting] {
        try flags.all.filter { !$0.isHidden && !SettingsFile.commandLineAlone.contains($0.name) }.compactMap { flag in
            let name = Variables.name(of: flag.name)
            guard let value = environment(name), !value.isEmpty else { return nil }
            let known = flag.takesValue ? value : SettingsInForce.answer(value)
            guard let known else {
                throw SettingsError(description: "\(name) must be yes or no, and is '\(printable(value))'")
            }
            return Setting(key: flag.name, values: [known], origin: "the environment's \(name)")
        }
    }

    /// Those of this command. What stands below its name counts more than what stands above all.
    /// - Throws: `SettingsError`.
    func settings(of file: SettingsFile) throws -> [Setting] {
        var settings: [Setting] = []
        for line in file.lines { try check(line, of: file) }
        for name in [nil, command._commandName] {
            var own: [Setting] = []
            for line in file.lines where line.command == name {
                guard let flag = flags[line.key], !flag.isHidden else { continue }
                let value = try value(line, flag, file)
                let before = flag.isRepeating ? own.first { $0.key == flag.name }?.values ?? [] : []
                own.removeAll { $0.key == flag.name }
                own.append(Setting(key: flag.name, values: before + [value], origin: file.place(line.number)))
            }
            settings = settings.filter { known in !own.contains { $0.key == known.key } } + own
        }
        return settings
    }

    private func check(_ line: SettingsFile.Line, of file: SettingsFile) throws {
        guard !SettingsFile.commandLineAlone.contains(line.key) else {
            throw file.error("\(line.key) is of the command line alone", line.number)
        }
        guard !file.isFound || !SettingsFile.ownersAlone.contains(line.key) else {
            throw file.error(
                "\(line.key) may not stand in a file beside a clip, which may have come from anywhere", line.number)
        }
        if let flag = flags[line.key], !flag.isHidden { return }
        let known = Set(StyleVideoCommand.configuration.subcommands.flatMap { Flags(of: $0)?.all ?? [] })
            .filter { !$0.isHidden }.map(\.name)
        guard !known.contains(line.key) else { return }
        throw file.error("no command knows '\(line.key)'" + UsageError.suggestion(line.key, among: known), line.number)
    }

    /// Names of files count from the folder of the file that they stand in.
    private func value(_ line: SettingsFile.Line, _ flag: Flags.Flag, _ file: SettingsFile) throws -> String {
        guard flag.takesValue else {
            guard let answer = SettingsInForce.answer(line.value) else {
                throw file.error("\(line.key) must be yes or no, and is '\(line.value)'", line.number)
            }
            return answer
        }
        func place(_ name: String) -> String {
            if name.hasPrefix("~/"), let home = environment("HOME") { return home + name.dropFirst() }
            // Standard output is no file, and a slash at the end says that it is a folder.
            if name == "-" { return name }
            let placed = FilePath(file.path).removingLastComponent().pushing(FilePath(name)).string
            return placed + (name.hasSuffix("/") && !placed.hasSuffix("/") ? "/" : "")
        }
        return flag.placingFiles(in: line.value, place)
    }
}
