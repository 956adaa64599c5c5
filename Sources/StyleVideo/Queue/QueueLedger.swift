import FoundationEssentials
import Glibc
import Machine
import Media
import SystemPackage

/// What of a queue is done, as a file: so that the same command, after an end of any kind, paints nothing twice. It
/// goes when all is done.
struct QueueLedger {
    private struct Content: Codable {
        var schema = 1
        /// By the output's name.
        var films: [String: Entry] = [:]
    }

    private struct Entry: Codable {
        /// Of the job that made it.
        var job: String
        var film: FilmMark
        var report: PaintReport
    }

    let path: FilePath
    private var content = Content()

    /// - Precondition: there is a job.
    init(_ jobs: [VideoJob]) {
        path = Self.path(of: jobs)
        if let data = FileManager.default.contents(atPath: path.string),
            let known = try? JSONDecoder().decode(Content.self, from: data), known.schema == content.schema
        {
            content = known
        }
    }

    /// Beside the first output whose folder takes files.
    static func path(of jobs: [VideoJob]) -> FilePath {
        let folders = jobs.map { $0.output.removingLastComponent() }
        let folder = folders.first { access($0.isEmpty ? "." : $0.string, W_OK | X_OK) == 0 } ?? folders[0]
        let digest = Digest.sha256(of: jobs.map(key).joined(separator: "\n").utf8).prefix(8)
        return folder.appending("stylevideo-\(digest).queue")
    }

    private static func key(_ job: VideoJob) -> String { job.output.absolute.lexicallyNormalized().string }

    /// What was reported of a job's film, where this queue has made it and it is still there.
    func report(of job: VideoJob) -> PaintReport? {
        guard let entry = content.films[Self.key(job)], entry.film == FilmMark(job.output),
            entry.job == job.identity
        else { return nil }
        return entry.report
    }

    /// Takes down that a job's film is there.
    /// - Throws: `OutputError`.
    mutating func enter(_ job: VideoJob, _ report: PaintReport) throws {
        guard let mark = FilmMark(job.output) else { return }
        content.films[Self.key(job)] = Entry(job: job.identity, film: mark, report: report)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(content), as: UTF8.self)
        try TextFile.write(text + "\n", to: path, replacing: true)
    }

    func remove() { unlink(path.string) }
}

extension VideoJob {
    /// What tells a job from any that makes another film: all that it was asked, the files that it reads, and what
    /// paints it.
    fileprivate var identity: String {
        struct Identity: Encodable {
            let input: String
            let files: [FilmMark?]
            let hand: Hand
            let settings: Settings
            let selection: Selection
            let encoder: EncoderSettings
            let keepsOpacity: Bool
            let sound: SoundChoice
            let subtitles: SubtitleChoice
            let isMeasured: Bool
            let chunkLength: Int?
            let versions: [String: String]
            let level: String
        }
        let identity = Identity(
            input: Spool.shownName(input.string), files: files.map { FilmMark($0) }, hand: hand, settings: settings,
            selection: selection, encoder: encoder, keepsOpacity: mayKeepOpacity, sound: audio, subtitles: subtitles,
            isMeasured: measure, chunkLength: chunkLength, versions: Versions.all, level: Versions.cpuLevel)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // Plain numbers and texts; those that were asked are finite.
        guard let data = try? encoder.encode(identity) else { preconditionFailure("a job that has no words") }
        return Digest.sha256(of: data)
    }
}
