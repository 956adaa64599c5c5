import FoundationEssentials
import Glibc
import Machine
import Synchronization
import SystemPackage

/// The page and what it asks for.
package final class Service: Sendable {
    private let gate: Gate
    private let listener: Listener
    private let shelves: [Shelf]
    /// Where films go; made when the first one is asked for.
    private let films: FilePath
    /// Previews, sheets and reports, until the end.
    private let own: Shelf
    private let jobs: JobList
    /// Since the last rest; starting counts.
    private let hasAnswered = Atomic(true)

    /// Listens, and answers nobody yet.
    /// - Parameters:
    ///   - clips: folders of clips.
    ///   - styles: folders of style pictures.
    ///   - films: the folder that films are written to.
    ///   - port: 0: any that is free.
    ///   - flags: what every command is told besides.
    /// - Throws: `Trouble`.
    package init(
        clips: [String], styles: [String], films: String, port: Int, flags: [String]
    ) throws {
        let folders = (clips + styles).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        shelves =
            try clips.enumerated().map { try Shelf("clips\($0)", $1, .clips) }
            + styles.enumerated().map { try Shelf("styles\($0)", $1, .pictures) }
            + folders.enumerated().map { try Shelf("masks\($0)", $1, .masks) }
        self.films = try Self.absolute(films)
        listener = try Listener(port: port)
        gate = Gate(port: listener.port)
        own = try Shelf("own", Self.temporaryFolder(), .own)
        jobs = try JobList(flags: flags)
    }

    /// The page's address.
    package var address: String { gate.address }
    package var port: Int { gate.port }

    /// Begins to answer.
    /// - Throws: `Shortage`.
    package func start() throws {
        try listener.start { [self] request throws(Refusal) in
            hasAnswered.store(true, ordering: .relaxed)
            return try answer(request)
        }
    }

    /// To be called from time to time: lets go of what the last requests have needed, if there were any.
    package func rest() {
        guard hasAnswered.exchange(false, ordering: .relaxed) else { return }
        Idle.letGoOfCode()
    }

    /// Ends what runs, waits for it, and removes what was only for the page.
    package func end() {
        jobs.end()
        try? FileManager.default.removeItem(atPath: own.folder.string)
    }

    private static func absolute(_ folder: String) throws -> FilePath {
        let path = FilePath(folder)
        guard path.isRelative else { return path }
        guard let here = getcwd(nil, 0) else { throw ShelfError(folder: folder, code: errno) }
        defer { free(here) }
        return FilePath(platformString: here).pushing(path)
    }

    private static func temporaryFolder() throws -> String {
        let place = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var name = Array((place + "/stylevideo-serve-XXXXXX").utf8CString)
        guard mkdtemp(&name) != nil else { throw ShelfError(folder: place, code: errno) }
        return String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension Service {
    /// - Throws: `Refusal`.
    func answer(_ request: Request) throws(Refusal) -> Reply {
        let path = try gate.path(of: request)
        guard ["GET", "HEAD", "POST"].contains(request.method) else { throw .wrongMethod(allowed: "GET, HEAD, POST") }
        let isPost = request.method == "POST"
        switch (path.first ?? "", path.count) {
        case ("jobs", 1) where isPost: return try add(Wish(request.body))
        case ("jobs", 3) where path[2] == "cancel":
            guard isPost else { throw .wrongMethod(allowed: "POST") }
            guard let job = Int(path[1]).flatMap(jobs.cancel) else { throw .unknownPath }
            return Self.json(job)
        default:
            let reply = try look(path, range: request.headers["range"])
            guard !isPost else { throw .wrongMethod(allowed: path == ["jobs"] ? "GET, HEAD, POST" : "GET, HEAD") }
            return reply
        }
    }

    /// What changes nothing.
    private func look(_ path: [String], range: String?) throws(Refusal) -> Reply {
        switch (path.first ?? "", path.count) {
        case ("", 1): return .text(Page.html, type: "text/html; charset=utf-8")
        case ("page.css", 1): return .text(Page.style, type: "text/css; charset=utf-8")
        case ("page.js", 1): return .text(Page.script, type: "text/javascript; charset=utf-8")
        case ("library", 1): return Self.json(library)
        case ("jobs", 1): return Self.json(jobs.jobs)
        case ("reports", 2): return try report(of: path[1])
        case ("files", 3) where shelf(path[1]) != nil: return try file(path[1], path[2], range: range)
        case ("files", 2...): return try fileOfReport(path.dropFirst(), range: range)
        default: throw .unknownPath
        }
    }

    private func file(_ shelf: String, _ name: String, range: String?) throws(Refusal) -> Reply {
        guard let (file, type) = self.shelf(shelf)?.open(name) else { throw .unknownPath }
        var reply = Reply(file, type: type, range: range)
        if type.hasPrefix("text/html") { reply.policy = Reply.reportPolicy }
        return reply
    }

    /// What a report names by the way that leads to it from the films' folder: a clip, if its folder is shown.
    private func fileOfReport(_ path: ArraySlice<String>, range: String?) throws(Refusal) -> Reply {
        guard let films = filmShelf?.folder, let name = path.last else { throw .unknownPath }
        let folder = path.dropLast().reduce(films.removingLastComponent()) { $0.appending($1) }
        guard let shelf = shelves.first(where: { $0.folder == folder }) else { throw .unknownPath }
        return try file(shelf.name, name, range: range)
    }

    private func report(of id: String) throws(Refusal) -> Reply {
        guard let job = jobs.jobs.first(where: { "\($0.id)" == id }), job.state == .done,
            let file = OpenFile(job.report)
        else { throw .unknownPath }
        return Reply(file, type: "application/json", range: nil)
    }

    private func shelf(_ name: String) -> Shelf? {
        name == "films" ? filmShelf : (shelves + [own]).first { $0.name == name }
    }

    /// Nil before the first film.
    private var filmShelf: Shelf? { try? Shelf("films", films.string, .films) }

    private struct Library: Encodable {
        var clips, styles, masks, films: [Entry]
        var folders: [String: String]
    }

    private var library: Library {
        let names = shelves.map { ($0.name, $0.folder.string) } + [("films", films.string)]
        func entries(_ kind: Shelf.Kind) -> [Entry] { shelves.filter { $0.kind == kind }.flatMap { $0.entries() } }
        return Library(
            clips: entries(.clips), styles: entries(.pictures), masks: entries(.masks),
            films: filmShelf?.entries() ?? [], folders: Dictionary(uniqueKeysWithValues: names))
    }

    private func add(_ wish: Wish) throws(Refusal) -> Reply {
        let files = try files(of: wish)
        for name in wish.kind == .paint ? wish.fileNames : [] where Self.isLink(films.appending(name)) {
            throw .wrongContent("\(name) is a link there, and films are written to their folder alone: take it away")
        }
        // A queue would come to it in an hour.
        if let sentence = jobs.refusal(of: job(0, wish, files)) { throw .wrongContent(sentence) }
        if wish.kind == .paint, mkdir(films.string, 0o777) != 0, errno != EEXIST {
            throw .wrongContent("cannot make the folder for films: \(String(cString: strerror(errno)))")
        }
        return Self.json(try jobs.add { job($0, wish, files) }, status: .made)
    }

    /// Writing through one would reach another folder.
    private static func isLink(_ path: FilePath) -> Bool {
        var status = stat()
        return lstat(path.string, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// Those that were chosen, if they are there for the page.
    private func files(of wish: Wish) throws(Refusal) -> Wish.Files {
        func path(_ choice: Wish.Choice, _ kind: Shelf.Kind) throws(Refusal) -> FilePath {
            guard let shelf = shelves.first(where: { $0.name == choice.shelf && $0.kind == kind }),
                let path = shelf.path(choice.name)
            else { throw .wrongContent("there is no such file") }
            return path
        }
        var styles: [FilePath] = []
        for style in wish.styles { styles.append(try path(style, .pictures)) }
        var files = Wish.Files(clip: try path(wish.clip, .clips), styles: styles)
        for region in wish.regions ?? [] {
            var mask: FilePath?
            if let choice = region.mask { mask = try path(choice, .masks) }
            // A command would end the mask's name there.
            guard mask?.string.contains("=" as Character) != true else {
                throw .wrongContent("a mask's name cannot have an equals sign, nor can its folders': rename it")
            }
            files.regions.append((mask, try path(region.style, .pictures)))
        }
        return files
    }

    private func job(_ id: Int, _ wish: Wish, _ files: Wish.Files) -> Job {
        let isFilm = wish.kind == .paint
        let name = isFilm ? wish.filmName : "\(wish.kind.rawValue)-\(id).jpg"
        let output = (isFilm ? films : own.folder).appending(name)
        var words = wish.arguments(files, output: output)
        if isFilm {
            words.append("--report=\(output.removingLastComponent().appending("\(output.stem ?? name).html"))")
        }
        let result = Wish.Choice(shelf: isFilm ? "films" : own.name, name: name)
        return Job(
            id: id, wish: wish, arguments: words, result: wish.kind == .info ? nil : result,
            report: own.folder.appending("report-\(id)"))
    }

    private static func json(_ value: some Encodable, status: Status = .good) -> Reply {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Plain numbers and texts, which cannot fail to be written.
        let bytes = Array((try? encoder.encode(value)) ?? Data("null".utf8))
        return Reply(status: status, type: "application/json", body: .bytes(bytes))
    }
}
