import ArgumentParser
import FoundationEssentials

/// The flags of a command, as the argument parser describes them to tools.
struct Flags {
    /// With their two dashes.
    let long: [String]
    /// Those that no help tells of.
    let hidden: [String]
    /// Letters.
    let short: Set<Character>

    /// Nil where the description is of another form than the one that is read here.
    init?(of command: any ParsableCommand.Type) {
        let text = command._dumpHelp()
        guard let tool = try? JSONDecoder().decode(Description.self, from: Data(text.utf8)) else { return nil }
        func longNames(displayed: Bool) -> [String] {
            tool.command.arguments.filter { $0.shouldDisplay == displayed }.flatMap { $0.names ?? [] }
                .filter { $0.kind == "long" }.map { "--" + $0.name }
        }
        let names = tool.command.arguments.flatMap { $0.names ?? [] }
        long = longNames(displayed: true) + ["--help"]
        hidden = longNames(displayed: false)
        short = Set(names.filter { $0.kind == "short" }.compactMap(\.name.first)).union("h")
    }

    /// What is read of the description (`ToolInfoV0`).
    private struct Description: Decodable {
        struct Name: Decodable {
            var kind: String
            var name: String
        }
        struct Argument: Decodable {
            var shouldDisplay: Bool
            var names: [Name]?
        }
        struct Command: Decodable { var arguments: [Argument] }
        var command: Command
    }
}
