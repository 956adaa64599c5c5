import Machine
import Synchronization
import SystemPackage

/// What is in force of a command's flags: of each the strongest that speaks of it.
struct SettingsInForce {
    private let flags: Flags
    /// From the weakest source to the strongest, each key once.
    private(set) var settings: [Setting] = []
    /// What the argument parser is to read: the settings that the user's words do not speak of, then those words.
    private(set) var arguments: [String] = []

    static let commandLine = "the command line"
    /// Of these a stronger one takes away the other.
    private static let exclusive = ["quiet": "verbose", "verbose": "quiet"]

    /// - Parameters:
    ///   - command: its name, where the line has it.
    ///   - line: what follows it.
    ///   - sources: settings that stand elsewhere, from the weakest to the strongest.
    init(command: String?, _ line: CommandLineWords, _ flags: Flags, _ sources: [[Setting]]) {
        self.flags = flags
        let own = Self.settings(of: line, flags)
        let all = sources + [own]
        func last(_ key: String) -> String? { all.joined().last { $0.key == key }?.values.last }
        let films = line.others.count * max(1, own.first { $0.key == "style" }?.values.count ?? 1)
        // Films in a folder are of the usual kind.
        let named = last("output").flatMap { OutputNames(output: $0, films: films, namesStyles: false).file }
        let (codec, output) = (last("codec"), named ?? line.others.first.map { $0 + ".stylized.mp4" })
        for source in all {
            for setting in expanded(source, codec, output) where flags[setting.key] != nil {
                let other = setting.values.last == "no" ? nil : Self.exclusive[setting.key]
                settings.removeAll { known in
                    known.key == setting.key
                        || known.key == other && !source.contains { $0.key == other }
                }
                settings.append(setting)
            }
        }
        let given = settings.filter { $0.origin != Self.commandLine }.flatMap(words)
        arguments = (command.map { [$0] } ?? []) + given + Self.plain(line, flags)
    }

    /// A source's settings behind those that its quality stands for.
    private func expanded(_ source: [Setting], _ codec: String?, _ output: String?) -> [Setting] {
        guard let said = source.last(where: { $0.key == "quality" }), flags["quality"] != nil,
            let quality = said.values.last.flatMap(Quality.init(rawValue:))
        else { return source }
        let origin = "quality \(quality.rawValue), by \(said.origin)"
        return quality.settings(codec: codec, output: output)
            .map { Setting(key: $0.key, values: $0.value.map { [$0] } ?? [], origin: origin) }
            .filter { member in !source.contains { $0.key == member.key } } + source
    }

    private func words(_ setting: Setting) -> [String] {
        guard let flag = flags[setting.key] else { return [] }
        guard flag.takesValue else { return setting.values.last == "yes" ? ["--\(flag.name)"] : [] }
        return setting.values.map { "--\(flag.name)=\($0)" }
    }

    private static func settings(of line: CommandLineWords, _ flags: Flags) -> [Setting] {
        line.said.reduce(into: []) { settings, said in
            guard let flag = flags[said.name] else { return }
            let value = flag.takesValue ? said.value ?? "" : said.value.map { answer($0) ?? $0 } ?? "yes"
            if let place = settings.firstIndex(where: { $0.key == flag.name }) {
                settings[place].values = (flag.isRepeating ? settings[place].values : []) + [value]
            } else {
                settings.append(Setting(key: flag.name, values: [value], origin: commandLine))
            }
        }
    }

    /// The line as the parser knows it: it has no `--flag=no`.
    private static func plain(_ line: CommandLineWords, _ flags: Flags) -> [String] {
        var words = line.words.map { [$0] }
        for said in line.said {
            guard let flag = flags[said.name], !flag.takesValue, let answer = said.value.flatMap(answer) else {
                continue
            }
            words[said.words.lowerBound] = answer == "yes" ? ["--\(flag.name)"] : []
            guard answer == "no" else { continue }
            // What was said before it is taken back.
            for earlier in line.said where earlier.name == said.name {
                let place = earlier.words.lowerBound
                if place < said.words.lowerBound, line.words[place].hasPrefix("--") { words[place] = [] }
            }
        }
        return Array(words.joined())
    }

    /// Yes or no, by the words that people have for them.
    static func answer(_ text: String) -> String? {
        switch text.lowercased() {
        case "yes", "true", "on", "1": "yes"
        case "no", "false", "off", "0": "no"
        default: nil
        }
    }

    /// Of a flag, where it has been set if not on the command line.
    func origin(of key: String) -> String? {
        settings.first { $0.key == key && $0.origin != Self.commandLine && !$0.values.isEmpty }?.origin
    }

    /// What a quality has chosen, as flags; nil where it has chosen nothing.
    var chosen: String? {
        guard let quality = settings.first(where: { $0.key == "quality" })?.values.last else { return nil }
        let words = settings.filter { $0.origin.hasPrefix("quality \(quality), ") }.flatMap(words)
        return "quality \(quality): "
            + (words.isEmpty
                ? quality == Quality.good.rawValue
                    ? "what is usual" : "nothing that is not said beside it or not of this kind"
                : words.map { $0.replacing("=", with: " ", maxReplacements: 1) }
                    .joined(separator: " "))
    }

    /// Whether `--print-config` is asked for.
    var isToBePrinted: Bool { isYes("print-config") }

    private func isYes(_ key: String) -> Bool { settings.first { $0.key == key }?.values.last == "yes" }

    /// The arguments with something in each place that must be filled and is not: what is printed needs no clip, and
    /// is looked at as a run of it would be.
    /// - Parameters:
    ///   - command: its name, where the line has it.
    ///   - line: what follows it.
    func completed(command: String?, _ line: CommandLineWords, _ description: CommandDescription) -> [String] {
        let needed = description.arguments.filter { !$0.isOptional }
        func isSet(_ key: String) -> Bool { settings.contains { $0.key == key } }
        var flags = needed.filter { $0.kind == "option" }.compactMap { argument -> String? in
            guard let name = argument.names?.first(where: { $0.kind == "long" })?.name, !isSet(name) else { return nil }
            return "--\(name)=\(Self.placeholder(argument.valueName))"
        }
        let whoPaints = ["style", "region", "background", "timeline"]
        if self.flags["style"] != nil, flags.allSatisfy({ !$0.hasPrefix("--style=") }),
            !whoPaints.contains(where: isSet)
        {
            let shares = settings.first { $0.key == "mix" }?.values.last?.split(separator: ",").count
            flags += [String](repeating: "--style=picture", count: shares ?? (isYes("collage") ? 2 : 1))
        }
        let places = needed.filter { $0.kind == "positional" }.dropFirst(line.others.count)
        return (command.map { [$0] } ?? []) + flags + arguments.dropFirst(command == nil ? 0 : 1)
            + places.map { Self.placeholder($0.valueName) }
    }

    private static func placeholder(_ valueName: String?) -> String {
        switch valueName {
        case "time": "0"
        case "x,y": "0,0"
        case "i/n": "1/1"
        default: "file"
        }
    }

    /// What `--print-config` prints: a file of settings.
    var text: String {
        flags.all.filter { !$0.isHidden && !SettingsFile.commandLineAlone.contains($0.name) }.flatMap { flag in
            let setting = settings.first { $0.key == flag.name && !$0.values.isEmpty }
            let values = setting?.values ?? (flag.takesValue ? flag.usual.map { [$0] } : nil) ?? []
            // Read again, names count from that file's own folder.
            return values.map { setting == nil ? $0 : flag.placingFiles(in: $0, Self.absolute) }
                .map { "\(flag.name) = \(Self.quoted($0))  # \(setting?.origin ?? "usual")\n" }
        }.joined()
    }

    private static func absolute(_ name: String) -> String {
        guard name != "-", !name.isEmpty else { return name }
        // A slash at the end says that it is a folder.
        return FilePath(name).absolute.string + (name.hasSuffix("/") && name != "/" ? "/" : "")
    }

    private static func quoted(_ value: String) -> String {
        let isPlain = value.firstMatch(of: /^["']|^#|\s#|^\s|\s$/) == nil && !value.isEmpty
        return isPlain ? value : value.contains("\"" as Character) ? "'\(value)'" : "\"\(value)\""
    }
}

/// Whose the settings of this run are: who is told of a wrong one may not have typed it.
enum Provenance {
    private static let state = Mutex<(settings: SettingsInForce?, trouble: String?)>((nil, nil))

    static var settings: SettingsInForce? {
        get { state.withLock(\.settings) }
        set { state.withLock { $0.settings = newValue } }
    }

    /// Why settings are left out of a run that looks for what is wrong.
    static var trouble: String? {
        get { state.withLock(\.trouble) }
        set { state.withLock { $0.trouble = newValue } }
    }

    /// Where the first flag that a sentence names was set, if not on the command line; or one that it speaks of.
    static func hint(of sentence: String) -> String {
        let names = sentence.matches(of: /--([a-z][a-z-]*)/).map { String($0.output.1) }
        let spoken = names.isEmpty ? sentence.split(separator: " ").compactMap { spokenOf[$0] } : [names[0]]
        guard let name = spoken.first(where: { settings?.origin(of: $0) != nil }),
            let origin = settings?.origin(of: name)
        else { return "" }
        return "; --\(name) is set by \(origin)"
    }

    /// Flags whose values the library refuses, which knows no flags, by its words for them.
    private static let spokenOf: [Substring: String] = [
        "strength": "strength", "brush": "brush", "weight": "mix", "weights": "mix", "timeline": "timeline",
        "timeline's": "timeline", "collage": "collage", "region": "region", "regions": "region",
        "background": "background", "palette": "colours",
    ]
}
