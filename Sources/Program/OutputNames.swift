import Glibc
import Machine
import Media
import StyleVideo
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

    /// Whether the output is a folder: one that is there, or a name with a slash at its end. A film's name means a
    /// film.
    var isFolder: Bool {
        guard let output else { return false }
        var status = stat()
        return output.hasSuffix("/")
            || OutputFormat.named(FilePath(output)) == nil && stat(output, &status) == 0
                && status.st_mode & S_IFMT == S_IFDIR
    }

    /// What tells the films' kind by its ending; nil: the usual one.
    var file: String? { isFolder ? nil : output }

    private var isTemplate: Bool { output.map { has(Self.name, in: $0) || has(Self.style, in: $0) } ?? false }

    /// (`contains` of a text is Foundation's, and brings 44 MB.)
    private func has(_ place: String, in text: String) -> Bool { text.firstRange(of: place) != nil }

    /// Refuses one name for several films, and makes a folder that was named and is not there.
    /// - Throws: `UsageError`; `OutputError`.
    func prepare() throws {
        if films > 1, !isFolder, !isTemplate, let output {
            throw UsageError(
                "\(printable(output)) is one file, and \(films) films are to be painted: name a folder, or put "
                    + "\(namesStyles ? Self.style : Self.name) into the name"
                    + (namesStyles ? "; styles that paint together need --mix or --collage" : ""))
        }
        if let output, output.hasSuffix("/"), mkdir(output, 0o777) != 0, errno != EEXIST {
            throw OutputError.failed(operation: "create", file: output, code: errno)
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
        return FilePath(
            output.replacing(Self.name, with: FilePath(input).lastComponent?.stem ?? "clip")
                .replacing(Self.style, with: styles.joinedStems))
    }
}

extension [FilePath] {
    /// What styles are called together.
    fileprivate var joinedStems: String { map { $0.lastComponent?.stem ?? "style" }.joined(separator: "+") }
}
