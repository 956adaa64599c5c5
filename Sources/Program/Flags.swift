import ArgumentParser
import FoundationEssentials

/// The flags of a command, as the argument parser describes them to tools.
struct Flags {
    /// One that the command has.
    struct Flag: Hashable {
        /// The long name, without its two dashes.
        let name: String
        let letter: Character?
        let takesValue: Bool
        let isRepeating: Bool
        /// Whether no help tells of it.
        let isHidden: Bool
        /// Whether its value is the name of a file or a folder.
        let isFile: Bool
        /// What stands where it is not given, as the help has it.
        let usual: String?
    }

    let all: [Flag]

    /// With their two dashes.
    var long: [String] { all.filter { !$0.isHidden }.map { "--" + $0.name } + ["--help"] }
    /// Those that no help tells of.
    var hidden: [String] { all.filter(\.isHidden).map { "--" + $0.name } }
    /// Letters.
    var short: Set<Character> { Set(all.compactMap(\.letter)).union("h") }

    subscript(name: String) -> Flag? { all.first { $0.name == name } }
    subscript(letter: Character) -> Flag? { all.first { $0.letter == letter } }

    init(_ all: [Flag]) { self.all = all }

    /// Nil where the description is of another form than the one that is read here.
    init?(of command: any ParsableCommand.Type) {
        let text = command._dumpHelp()
        guard let tool = try? JSONDecoder().decode(Description.self, from: Data(text.utf8)) else { return nil }
        all = tool.command.arguments.compactMap(\.flag).filter { !["help", "version"].contains($0.name) }
    }

    /// What is read of the description (`ToolInfoV0`).
    private struct Description: Decodable {
        struct Name: Decodable {
            var kind: String
            var name: String
        }
        struct Completion: Decodable {
            struct Place: Decodable {}
            var file: Place?
            var directory: Place?
        }
        struct Argument: Decodable {
            var kind: String
            var shouldDisplay: Bool
            var isRepeating: Bool
            var names: [Name]?
            var defaultValue: String?
            var completionKind: Completion?

            /// Nil of what has no long name: a positional argument.
            var flag: Flag? {
                guard let name = names?.first(where: { $0.kind == "long" })?.name else { return nil }
                return Flag(
                    name: name, letter: names?.first { $0.kind == "short" }?.name.first, takesValue: kind == "option",
                    isRepeating: isRepeating, isHidden: !shouldDisplay,
                    isFile: completionKind?.file != nil || completionKind?.directory != nil, usual: defaultValue)
            }
        }
        struct Command: Decodable { var arguments: [Argument] }
        var command: Command
    }
}
