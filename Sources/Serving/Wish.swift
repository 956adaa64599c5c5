import FoundationEssentials
import Machine
import SystemPackage

/// What the page asks for: a command, by its choices. Which files these are, the shelves say.
struct Wish: Codable, Equatable, Sendable {
    enum Kind: String, Codable, Sendable { case paint, preview, sheet, info }

    /// A file of a shelf.
    struct Choice: Codable, Equatable, Sendable {
        var shelf: String
        var name: String
    }

    var kind: Kind
    var clip: Choice
    var styles: [Choice] = []
    /// Of a preview.
    var at: String?
    var start: String?
    var end: String?
    var maxSize: Int?
    var styleSize: Int?
    var strength: Double?
    var steady: String?
    var overwrite: Bool?

    static let mostStyles = 8

    /// - Throws: `Refusal.wrongContent`.
    init(_ body: [UInt8]) throws(Refusal) {
        guard let wish = try? JSONDecoder().decode(Self.self, from: Data(body)) else {
            throw .wrongContent("this is no job")
        }
        self = wish
        try check()
    }

    private func check() throws(Refusal) {
        let count = styles.count
        switch kind {
        case .info: guard count == 0 else { throw .wrongContent("to look at a clip takes no style") }
        case .sheet:
            guard (1...Self.mostStyles).contains(count) else {
                throw .wrongContent("a sheet takes one to \(Self.mostStyles) styles")
            }
        case .paint, .preview: guard count == 1 else { throw .wrongContent("choose one style") }
        }
        for moment in [at, start, end].compactMap(\.self) {
            guard moment.utf8.count < 32, moment.utf8.allSatisfy({ (48...58).contains($0) || $0 == 46 }) else {
                throw .wrongContent("a moment is seconds, or HH:MM:SS")
            }
        }
        if let steady, !["off", "hold", "full"].contains(steady) {
            throw .wrongContent("steady is off, hold or full")
        }
    }

    /// The command line for it. Values are of one word with their flags, and files' names absolute, so that nothing
    /// chosen is taken for a flag.
    /// - Parameters:
    ///   - clip: its file.
    ///   - styles: theirs.
    ///   - output: what is written; of `info`, nothing.
    func arguments(clip: FilePath, styles: [FilePath], output: FilePath) -> [String] {
        var words = [kind.rawValue, clip.string] + styles.map { "--style=\($0.string)" }
        func add(_ flag: String, _ value: (some Any)?) { if let value { words.append("--\(flag)=\(value)") } }
        if kind != .info { add("output", output.string) }
        add("max-size", maxSize)
        add("style-size", styleSize)
        if kind != .info { add("strength", strength) }
        if kind != .sheet { add("steady", steady) }
        if kind == .preview { add("at", at ?? "0") }
        if kind == .paint {
            add("start", start)
            add("end", end)
            if overwrite == true { words.append("--overwrite") }
        }
        return words + ["--json"]
    }

    /// What a film of it is called.
    var filmName: String {
        let stem = FilePath(clip.name).stem ?? "clip"
        let style = styles.first.flatMap { FilePath($0.name).stem } ?? "style"
        // To the command line, braces are places for names.
        return "\(stem).\(style).mp4".replacing("{", with: "(").replacing("}", with: ")")
    }
}
