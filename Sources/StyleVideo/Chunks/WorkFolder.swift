import FoundationEssentials
import Glibc
import Machine
import Media
import SystemPackage

/// The folder in which a job's chunks are gathered, by the names of what lies in it. Other files are not touched.
struct WorkFolder: Sendable {
    let path: FilePath

    init(_ path: FilePath) { self.path = path }

    /// The one beside an output.
    init(for output: FilePath) { path = Self.beside(output, ".stylevideo") }

    /// The lock of who makes an output, in whatever folder.
    static func claim(on output: FilePath) -> FilePath {
        beside(OutputFile.behindLinks(output), ".stylevideo.lock")
    }

    private static func beside(_ output: FilePath, _ ending: String) -> FilePath {
        var name = output.lastComponent?.string ?? ""
        // As long as any file system allows, with what follows; cut ones differ by their digest.
        if name.utf8.count > longestStem {
            let digest = Digest.sha256(of: name.utf8).prefix(8)
            while name.utf8.count > longestStem - 9 { name.removeLast() }
            name += "-" + digest
        }
        return output.removingLastComponent().appending(name + ending)
    }

    private static let longestStem = 126

    /// A `Commission`.
    var job: FilePath { path.appending("job.json") }
    /// A `FilmMark`.
    var film: FilePath { path.appending("film.json") }
    /// A chunk's pictures.
    func chunk(_ number: Int) -> FilePath { path.appending(name(number) + ".mp4") }
    /// Says who makes the film, of those who may: one whole run, or a join.
    var lock: FilePath { path.appending("job.lock") }
    /// Says who paints a chunk.
    func lock(_ number: Int) -> FilePath { path.appending(name(number) + ".lock") }
    /// A `ChunkRecord`.
    func record(_ number: Int) -> FilePath { path.appending(name(number) + ".json") }

    private func name(_ number: Int) -> String {
        let digits = String(number)
        return "chunk-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    /// Makes the folder where there is none, and takes the lock of who makes the film. Nothing stays where that fails.
    /// - Throws: `Held`; `OutputError`.
    func enter() throws -> LockFile {
        let isNew = try make()
        do {
            return try LockFile(lock)
        } catch {
            if isNew { rmdir(path.string) }
            throw error
        }
    }

    /// Makes the folder where there is none.
    /// - Returns: whether there was none.
    /// - Throws: `OutputError`.
    @discardableResult
    func make() throws -> Bool {
        guard mkdir(path.string, 0o777) != 0 else {
            try synchroniseName()
            return true
        }
        guard errno != EEXIST || !isFolder else { return false }
        guard errno != EEXIST else {
            throw OutputError.unsuitable(file: path.string, reason: "what has that name is no folder")
        }
        throw OutputError.uncreated(path, code: errno)
    }

    /// A loss of power may take a folder that was not brought to the disk, and all that was brought there in it.
    private func synchroniseName() throws {
        do {
            try OutputFile.synchronise(nameOf: path)
        } catch let error as Errno {
            throw OutputError.failed(operation: "create", file: path.string, code: error.rawValue)
        }
    }

    private var isFolder: Bool {
        var status = stat()
        return stat(path.string, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Where its disk can be asked for, whether it has been made or not.
    var ground: FilePath { isFolder ? path : path.removingLastComponent() }

    /// Refuses a folder in which a job would write over these files, by names of its own.
    /// - Throws: `OutputError` unsuitable.
    func checkApart(from files: [FilePath]) throws {
        for file in files {
            let place = OutputFile.behindLinks(file)
            guard let name = place.lastComponent?.string, Self.kinds.contains(where: { name.isOwn(of: $0) }),
                isSame(place.removingLastComponent())
            else { continue }
            throw OutputError.unsuitable(
                file: path.string, reason: "\(file.string) lies in it, by a name that parts of the film take")
        }
    }

    private func isSame(_ folder: FilePath) -> Bool {
        var (own, other) = (stat(), stat())
        return stat(path.string, &own) == 0 && stat(folder.isEmpty ? "." : folder.string, &other) == 0
            && (own.st_dev, own.st_ino) == (other.st_dev, other.st_ino)
    }

    /// - Throws: `OutputError`.
    func write(_ value: some Encodable, to file: FilePath) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(value), as: UTF8.self)
        try TextFile.write(text + "\n", to: file, replacing: true)
    }

    /// Nil where there is no such file, or none of that form.
    func read<Value: Decodable>(_ file: FilePath) -> Value? {
        FileManager.default.contents(atPath: file.string).flatMap { try? JSONDecoder().decode(Value.self, from: $0) }
    }

    /// The job that the folder was made for; nil where it was made for none.
    /// - Throws: `JobError` damagedJob.
    func commission() throws -> Commission? {
        guard access(job.string, F_OK) == 0 else { return nil }
        guard let commission: Commission = read(job), commission.isSound else {
            throw JobError.damagedJob(file: job.string)
        }
        return commission
    }

    /// How many chunks have been taken down as complete.
    var recordCount: Int { names.count { $0.wholeMatch(of: /chunk-[0-9]{5,}\.json/) != nil } }

    /// How many of them are there: a join leaves their records alone.
    var completeCount: Int {
        let names = Set(names)
        return names.count {
            $0.wholeMatch(of: /chunk-[0-9]{5,}\.json/) != nil && names.contains($0.dropLast(4) + "mp4")
        }
    }

    private var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path.string)) ?? [] }

    /// Throws away what an earlier run has left.
    /// - Throws: `Held` where somebody is at work in it.
    func startOver() throws {
        guard isFolder else { return }
        let lock = try LockFile(lock)
        defer { lock.release() }
        try checkIdle()
        clear()
    }

    /// - Throws: `Held` where somebody paints a chunk.
    private func checkIdle() throws {
        for name in chunkLocks { try LockFile.checkFree(path.appending(name)) }
    }

    /// Refuses what is begun otherwise; while somebody is at work on it that comes first, for it goes by itself.
    /// - Parameter hasLock: whether this run has the folder's.
    /// - Throws: `Held`; `JobError` otherJob.
    func refuse(_ differences: [String], hasLock: Bool) throws -> Never {
        if !hasLock { try LockFile.checkFree(lock) }
        try checkIdle()
        throw JobError.otherJob(folder: path.string, differences: differences)
    }

    /// Writes down what is to be painted. Until a chunk is complete there is nothing worth keeping.
    func begin(_ commission: Commission) throws {
        for path in [path, job] { UnfinishedFiles.add(path) }
        try write(commission, to: job)
    }

    /// From here on it is kept, however the run ends.
    func keep() {
        for path in [path, job] { UnfinishedFiles.drop(path) }
    }

    /// Removes a folder that has been made for nothing: no chunk is complete, and nobody is at work on one.
    func clearIfUseless() {
        if recordCount == 0, chunkLocks.isEmpty { clear() }
        keep()
    }

    /// Removes what a run has left that was killed while it cleared: a folder with nothing of a job but the mark that
    /// all is done, or nothing at all.
    func clearIfLeft() {
        if remains().allSatisfy({ $0 == film.lastComponent?.string }) { clear() }
    }

    private var chunkLocks: [String] { names.filter { $0.wholeMatch(of: /chunk-[0-9]{5,}\.lock/) != nil } }

    /// Whether a film that was made of this folder's chunks bears the name.
    func holds(film output: FilePath) -> Bool {
        guard let mark: FilmMark = read(film) else { return false }
        return mark == FilmMark(output)
    }

    /// Removes what a job has left in it, and the folder where nothing else is in it.
    /// - Parameter keepsJob: whether what the job was, and what is known of its chunks, stays.
    func clear(keepingJob keepsJob: Bool = false) {
        for name in remains(keepingJob: keepsJob) {
            // What tells the job stays as long as anything of it: the same command then clears again.
            guard unlink(path.appending(name).string) == 0 || errno == ENOENT else { return }
        }
        if !keepsJob { rmdir(path.string) }
    }

    /// What `clear` removes, in its order: records stay until no chunk is left, and the mark that all is done goes
    /// last.
    func remains(keepingJob keepsJob: Bool = false) -> [String] {
        let names = names
        return Self.kinds.prefix(keepsJob ? 1 : .max).flatMap { kind in names.filter { $0.isOwn(of: kind) } }
    }

    /// Names of a job's files. The folder may be one that holds others, as a film.mp4.
    private static var kinds: [Regex<Substring>] {
        [/chunk-[0-9]{5,}\.(?:mp4|lock)/, /chunk-[0-9]{5,}\.json/, /job\.(?:json|lock)/, /film\.json/]
    }
}

extension String {
    /// Whether it is a name of that kind, or a temporary one for such.
    fileprivate func isOwn(of kind: Regex<Substring>) -> Bool {
        (OutputFile.temporary(self)?.stem ?? self[...]).wholeMatch(of: kind) != nil
    }
}
