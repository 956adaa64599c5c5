import Glibc
import Machine
import Media
import StyleVideo
import Synchronization
import SystemPackage

/// Which file each of a command's films gets: a name that was given, one with places for the clip's and the style's
/// names, or one in a folder.
struct OutputNames {
    /// What follows -o; nil: beside each clip.
    let output: String?
    /// How many films there will be.
    let films: Int
    /// Whether clips are painted by several styles, each alone.
    let namesStyles: Bool

    private static let name = "{name}", style = "{style}"

    /// Whether the output is a folder: one that is there, or a name with a slash at its end; and, of several films, a
    /// name without an ending, which no film can have. A film's name means a film.
    var isFolder: Bool {
        guard let output, output != "-" else { return false }
        if output.hasSuffix("/") { return true }
        guard OutputFormat.named(FilePath(output)) == nil else { return false }
        var status = stat()
        guard stat(output, &status) != 0 else { return status.st_mode & S_IFMT == S_IFDIR }
        return films > 1 && FilePath(output).extension == nil && !isTemplate
    }

    /// What tells the films' kind by its ending; nil: the usual one.
    var file: String? { isFolder ? nil : output }

    private var isTemplate: Bool { output.map { has(Self.name, in: $0) || has(Self.style, in: $0) } ?? false }

    /// (`contains` of a text is Foundation's, and brings 44 MB.)
    private func has(_ place: String, in text: String) -> Bool { text.firstRange(of: place) != nil }

    /// What stands in braces in a name, and is no place for another name. Folders that are there may be called so.
    private var unknownField: String? {
        guard let output else { return nil }
        let path = FilePath(output)
        let folder = path.removingLastComponent().string
        let made = access(folder, F_OK) == 0 ? path.lastComponent?.string ?? "" : output
        return made.matches(of: /\{[A-Za-z_]+\}/).map { String($0.output) }.first {
            ![Self.name, Self.style].contains($0)
        }
    }

    /// Refuses a field that there is not, one name for several films, and of one film a name without an ending.
    /// - Throws: `UsageError`.
    func check() throws {
        if let unknownField {
            throw UsageError(
                "\(printable(unknownField)) is no field of an output's name: there are \(Self.name) and \(Self.style)")
        }
        if films > 1, output == "-" {
            throw UsageError("standard output takes one film, and \(films) films are to be painted: name a folder")
        }
        if films > 1, !isFolder, !isTemplate, let output {
            throw UsageError(
                "\(printable(output)) is one file, and \(films) films are to be painted: name a folder, or put "
                    + "\(namesStyles ? Self.style : Self.name) into the name"
                    + (namesStyles ? "; styles that paint together need --mix or --collage" : ""))
        }
    }

    /// The same, and makes a folder that was named and is not there.
    /// - Throws: `UsageError`; `OutputError`.
    func prepare() throws {
        try check()
        guard isFolder, let output else { return try checkFolderOfTemplate() }
        if mkdir(output, 0o777) == 0 {
            Self.made.withLock { $0.append(output) }
        } else if errno != EEXIST {
            throw OutputError.uncreated(FilePath(output), code: errno)
        }
        try OutputCheck.checkFolder(FilePath(output), for: FilePath(output))
    }

    /// Before anything else is made there, whose name nobody gave.
    private func checkFolderOfTemplate() throws {
        guard isTemplate, let output else { return }
        let folder = FilePath(output).removingLastComponent()
        if !folder.string.contains("{" as Character) { try OutputCheck.checkFolder(folder, for: FilePath(output)) }
    }

    private static let made = Mutex<[String]>([])

    /// Takes away the folders that were made and hold nothing: what was refused leaves none.
    static func removeEmptyFolders() {
        made.withLock { made in
            for folder in made { rmdir(folder) }
            made = []
        }
    }

    /// Where a still goes that was given no name: `in.mp4` gives `in.preview.png` beside it.
    /// - Throws: `UsageError` for standard input.
    static func still(of input: String, _ word: String, _ ending: String = "png") throws -> String {
        try checkNamed(input)
        var name = VideoJob.defaultOutput(for: FilePath(input), style: word)
        name.extension = ending
        return name.string
    }

    /// - Throws: `UsageError` for standard input.
    static func checkNamed(_ input: String) throws {
        guard input != "-" else { throw UsageError("what comes from standard input has no name: say one with -o") }
    }

    /// - Parameters:
    ///   - input: as it was given.
    ///   - styles: whose manner it is painted in, together.
    func name(of input: String, styles: [FilePath]) -> FilePath {
        let beside = VideoJob.defaultOutput(for: FilePath(input), style: namesStyles ? styles.joinedStems : nil)
        guard let output else { return beside }
        if isFolder { return FilePath(output).appending(beside.lastComponent!.string) }
        // At once: a clip may be called as a place is.
        return FilePath(
            output.replacing(/\{(name|style)\}/) { place in
                place.output.1 == "name" ? FilePath(input).lastComponent?.stem ?? "clip" : styles.joinedStems
            })
    }
}

extension [FilePath] {
    /// What styles are called together.
    fileprivate var joinedStems: String { map { $0.lastComponent?.stem ?? "style" }.joined(separator: "+") }
}
