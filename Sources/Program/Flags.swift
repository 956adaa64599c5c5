import ArgumentParser

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

        /// A value whose names of files are made others. A region has two, and `alpha` is none.
        func placingFiles(in value: String, _ place: (String) -> String) -> String {
            if isFile { return place(value) }
            guard name == "region", let sign = value.firstIndex(of: "=") else { return value }
            let (mask, picture) = (String(value[..<sign]), String(value[value.index(after: sign)...]))
            return "\(mask == "alpha" ? mask : place(mask))=\(place(picture))"
        }
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
        guard let description = CommandDescription(of: command) else { return nil }
        all = description.arguments.compactMap(\.flag).filter { !["help", "version"].contains($0.name) }
    }
}

extension CommandDescription.Argument {
    /// Nil of what has no long name: a positional argument.
    fileprivate var flag: Flags.Flag? {
        guard let name = names?.first(where: { $0.kind == "long" })?.name else { return nil }
        return Flags.Flag(
            name: name, letter: names?.first { $0.kind == "short" }?.name.first, takesValue: kind == "option",
            isRepeating: isRepeating, isHidden: !shouldDisplay,
            isFile: completionKind?.file != nil || completionKind?.directory != nil, usual: defaultValue)
    }
}
