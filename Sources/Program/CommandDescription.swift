import ArgumentParser
import FoundationEssentials

/// A command, as the argument parser describes it to tools: what is read of that (`ToolInfoV0`).
struct CommandDescription: Decodable {
    struct Name: Decodable {
        var kind, name: String
    }

    struct Completion: Decodable {
        struct Place: Decodable {}
        var file: Place?
        var directory: Place?
    }

    struct Argument: Decodable {
        var kind: String
        var shouldDisplay, isOptional, isRepeating: Bool
        var names: [Name]?
        var preferredName: Name?
        var sectionTitle, abstract, valueName, defaultValue: String?
        var allValues: [String]?
        var completionKind: Completion?
    }

    var arguments: [Argument]

    /// Nil where the description is of another form than the one that is read here.
    init?(of command: any ParsableCommand.Type) {
        struct Tool: Decodable { var command: CommandDescription }
        let text = command._dumpHelp()
        guard let tool = try? JSONDecoder().decode(Tool.self, from: Data(text.utf8)) else { return nil }
        self = tool.command
    }
}
