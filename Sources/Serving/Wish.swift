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
    /// A part of the picture with a style of its own.
    struct Region: Codable, Equatable, Sendable {
        /// Nil: where the clip itself is opaque.
        var mask: Choice?
        var style: Choice
    }

    /// One of the program's presets.
    var quality: String?
    var maxSize: Int?
    var styleSize: Int?
    var strength: Double?
    var brush: Double?
    var colours: String?
    var steady: String?
    /// Shares of the styles, which then paint together.
    var mix: [Double]?
    var collage: Bool?
    var regions: [Region]?
    /// What no region covers.
    var background: String?
    var overwrite: Bool?

    /// Of styles and regions; what may paint together the commands say.
    static let most = 32

    /// Whether several styles paint one film.
    private var isTogether: Bool { mix != nil || collage == true }

    /// - Throws: `Refusal.wrongContent`.
    init(_ body: [UInt8]) throws(Refusal) {
        guard let wish = try? JSONDecoder().decode(Self.self, from: Data(body)) else {
            throw .wrongContent("this is no job")
        }
        self = wish
        try check()
    }

    /// Only what kind of thing each is: what the values must be, the commands say.
    private func check() throws(Refusal) {
        let count = styles.count
        guard count <= Self.most, regions?.count ?? 0 <= Self.most, mix?.count ?? 0 <= Self.most else {
            throw .wrongContent("so many pictures paint nothing together")
        }
        switch kind {
        case .info: guard count == 0 else { throw .wrongContent("to look at a clip takes no style") }
        case .sheet: guard count > 0 else { throw .wrongContent("a sheet takes a style") }
        case .paint, .preview:
            guard isTogether || count == 1 || count == 0 && regions?.isEmpty == false else {
                throw .wrongContent("choose one style, or say how several paint together")
            }
        }
        for moment in [at, start, end].compactMap(\.self) {
            guard moment.utf8.count < 32, moment.utf8.allSatisfy({ (48...58).contains($0) || $0 == 46 }) else {
                throw .wrongContent("a moment is seconds, or HH:MM:SS")
            }
        }
        for word in [quality, colours, steady, background].compactMap(\.self) {
            guard (1..<32).contains(word.utf8.count), word.utf8.allSatisfy({ (97...122).contains($0) }) else {
                throw .wrongContent("a choice is one word")
            }
        }
    }

    /// The files that were chosen.
    struct Files {
        let clip: FilePath
        var styles: [FilePath]
        /// Of each region; a mask is nil where the clip's own opacity is meant.
        var regions: [(mask: FilePath?, style: FilePath)] = []
    }

    /// The command line for it. Values are of one word with their flags, and files' names absolute, so that nothing
    /// chosen is taken for a flag.
    /// - Parameter output: what is written; of `info`, nothing.
    func arguments(_ files: Files, output: FilePath) -> [String] {
        var words = [kind.rawValue, files.clip.string] + files.styles.map { "--style=\($0.string)" }
        func add(_ flag: String, _ value: (some Any)?) { if let value { words.append("--\(flag)=\(value)") } }
        if kind != .info { add("output", output.string) }
        add("quality", quality)
        add("max-size", maxSize)
        add("style-size", styleSize)
        if kind != .info { add("strength", strength) }
        if kind != .sheet { add("steady", steady) }
        if kind == .paint || kind == .preview {
            add("mix", mix.map { $0.map { "\($0)" }.joined(separator: ",") })
            if collage == true { words.append("--collage") }
            add("brush", brush)
            add("colours", colours)
            for region in files.regions { add("region", "\(region.mask?.string ?? "alpha")=\(region.style.string)") }
            add("background", background)
        }
        if kind == .preview { add("at", at ?? "0") }
        if kind == .paint || kind == .info {
            add("start", start)
            add("end", end)
        }
        if kind == .paint, overwrite == true { words.append("--overwrite") }
        return words + ["--json"]
    }

    /// What is written for a film of it: that, its page, and its parts until it is whole.
    var fileNames: [String] {
        [filmName, (FilePath(filmName).stem ?? filmName) + ".html", filmName + ".stylevideo"]
    }

    /// What a film of it is called.
    var filmName: String {
        let stem = FilePath(clip.name).stem ?? "clip"
        let pictures = styles.isEmpty ? (regions ?? []).map(\.style) : styles
        let names = pictures.map { FilePath($0.name).stem ?? "style" }.joined(separator: "+")
        // To the command line, braces are places for names.
        return "\(stem).\(names).mp4".replacing("{", with: "(").replacing("}", with: ")")
    }
}
