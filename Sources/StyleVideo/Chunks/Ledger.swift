import Glibc
import Machine
import Media
import Pipeline
import SystemPackage

/// A job's chunks, and which of them are known to be there and whole.
struct Ledger {
    let folder: WorkFolder
    let commission: Commission
    let chunks: [Range<Int>]
    private(set) var records: [Int: ChunkRecord] = [:]
    /// Those that this process has painted.
    private(set) var entered: [Int] = []

    init(_ folder: WorkFolder, _ commission: Commission) {
        (self.folder, self.commission) = (folder, commission)
        chunks = commission.score.chunks
    }

    /// Of a job that was planned.
    /// - Throws: `JobError`: noJob, damagedJob.
    init(planned folder: WorkFolder) throws {
        guard let commission = try folder.commission() else { throw JobError.noJob(folder: folder.path.string) }
        self.init(folder, commission)
    }

    /// Whether the film has been made, and is where it was put.
    var isFilmThere: Bool { folder.holds(film: commission.job.output) }

    /// Removes what nobody needs when the film is there.
    func clear() {
        folder.clear(keepingJob: commission.isPlanned)
        // Of a run that was killed when the film had its name and its other name was still there.
        OutputFile.removeRemains(of: commission.job.output)
        LockFile.removeRemains(of: WorkFolder.claim(on: commission.job.output))
    }

    /// - Throws: `JobError` chunksMissing.
    func checkComplete(_ numbers: some Collection<Int>) throws {
        let missing = missing(of: numbers)
        guard missing.isEmpty else {
            throw JobError.chunksMissing(folder: folder.path.string, missing, of: numbers.count)
        }
    }

    /// Looks whether somebody else has completed a chunk.
    mutating func checkAgain(_ number: Int) { records[number] = records[number] ?? record(number) }

    /// An error of writing, with the room that the film takes.
    func explained(_ error: any Error) -> any Error { room.explain(error, written: written) }

    private var written: (frames: Int, bytes: Int) {
        records.values.reduce(into: (0, 0)) { $0 = ($0.0 + $1.content.frames, $0.1 + $1.bytes) }
    }

    /// By the chunks that are there, or as it was reckoned.
    private var room: Room {
        let (score, written) = (commission.score, written)
        let film = written.frames > 0 ? written.bytes * score.source.frames / written.frames : commission.film
        return Room(score: score, film: film, sound: commission.sound ?? 0)
    }

    /// Refuses disks that cannot hold what is missing.
    /// - Throws: `JobError` noRoom.
    func checkRoom(_ folders: [FilePath]) throws {
        let missing = frames(in: missing(of: chunks.indices))
        try room.check(folders, left: Double(missing) / Double(commission.score.source.frames))
    }

    /// Looks at some chunks' files, byte by byte.
    mutating func check(_ numbers: some Collection<Int>, _ run: Run) throws {
        for (place, number) in numbers.enumerated() where records[number] == nil {
            try run.cancellation.check()
            records[number] = record(number)
            run.progress(Progress(.checking, done: frames(in: numbers.prefix(place + 1)), total: frames(in: numbers)))
        }
    }

    private func record(_ number: Int) -> ChunkRecord? {
        let file = folder.chunk(number)
        var status = stat()
        guard let record = written(number), stat(file.string, &status) == 0, status.st_size == record.bytes,
            (try? Digest.sha256(of: file)) == record.digest
        else { return nil }
        return record
    }

    /// What is said of a chunk of this job, whether its file is there or not.
    private func written(_ number: Int) -> ChunkRecord? {
        guard let record: ChunkRecord = folder.read(folder.record(number)) else { return nil }
        return record.fits(commission, chunk: number, chunks[number]) ? record : nil
    }

    /// Takes down that a chunk's file is complete.
    /// - Throws: `OutputError`, also where the file has gone.
    mutating func enter(_ number: Int, _ content: ChunkContent, _ measures: Measures) throws {
        let file = folder.chunk(number)
        var status = stat()
        guard stat(file.string, &status) == 0 else { throw unread(file, code: errno) }
        let digest: String
        do {
            digest = try Digest.sha256(of: file)
        } catch let error as MediaError {
            throw unread(file, code: -(error.code ?? -EIO))
        }
        let record = ChunkRecord(
            fingerprint: commission.fingerprint, chunk: number, digest: digest, bytes: Int(status.st_size),
            content: content, measures: measures)
        try folder.write(record, to: folder.record(number))
        records[number] = record
        entered.append(number)
        folder.keep()
    }

    private func unread(_ file: FilePath, code: Int32) -> OutputError {
        .failed(operation: "read", file: file.string, code: code)
    }

    func missing(of numbers: some Collection<Int>) -> [Int] { numbers.filter { records[$0] == nil } }

    func frames(in numbers: some Collection<Int>) -> Int { numbers.reduce(0) { $0 + chunks[$1].count } }

    /// Figures of all frames; none where they are not all known, for of a film that is complete records may be gone.
    var measures: Measures {
        let known = chunks.indices.compactMap { records[$0] ?? written($0) }
        guard known.count == chunks.count else { return Measures() }
        return known.reduce(into: Measures()) { $0.append($1.measures) }
    }

    /// How many frames the encoder holds back, as its chunks' beginnings show: one of a frame or two does not.
    private var delay: Int {
        let ticks = commission.look.index.ticks
        let delays = zip(chunks.indices, chunks).compactMap { number, frames in
            records[number].flatMap { record in
                frames.firstIndex { ticks[$0] - ticks[frames.lowerBound] == record.content.lead }
                    .map { $0 - frames.lowerBound }
            }
        }
        return delays.max() ?? 0
    }

    /// Puts the film together and gives it its name.
    /// - Precondition: no chunk is missing.
    /// - Returns: what a user should know of what was not carried over.
    /// - Throws: `OutputError`: where it is `taken`, the film is complete by another name, and the chunks go.
    func join(
        _ job: VideoJob, like information: ClipInformation, endsSound: Bool = false, _ run: Run
    ) throws -> [String] {
        let score = commission.score
        let (encoding, last) = (score.output.encoding, records[chunks.count - 1]!.content)
        let join = try ChunkJoin(
            job.output, beginningWith: folder.chunk(0), like: information, settings: encoding,
            audioFrom: job.carried, carrying: score.output.carriage, selection: score.source.selection,
            times: .init(ticks: commission.look.index.ticks, last: last, delay: delay), endsSound: endsSound)
        do {
            for (number, frames) in chunks.enumerated() {
                try join.add(folder.chunk(number), frames, check: run.cancellation.check)
                run.progress(Progress(.joining, done: frames.upperBound, total: score.source.frames))
            }
            try run.cancellation.check()
            try join.finish(replacing: job.overwrite) { try folder.write(FilmMark($0), to: folder.film) }
        } catch {
            join.abandon()
            if error.isFilmElsewhere { clear() }
            throw error
        }
        return join.notices
    }
}

extension Error {
    /// Whether the film is complete, by another name than its own.
    var isFilmElsewhere: Bool { if case .taken(_, .some)? = self as? OutputError { true } else { false } }
}
