import ArgumentParser
import Dispatch
import FoundationEssentials
import Glibc
import Logging
import Machine
import Media
import Pipeline
import StyleVideo
import Synchronization

/// What a job reads and writes, as it was named.
struct Subject {
    var inputs: [String]
    var output: String?
}

/// How a command speaks while it runs and when it ends: notices, progress, the report.
final class Talk: Sendable {
    let options: TalkOptions
    let cancellation = Cancellation()
    private let subject: Subject
    private let teller: (any ProgressTeller)?
    private let signals: Signals

    /// - Parameter command: its name.
    /// - Throws: `Shortage` where the system has too few threads for the work. It is asked before any is started: the
    ///   system's own library for signals waits for ever for those that it does not get.
    init(
        _ command: any ParsableCommand.Type, _ subject: Subject, _ options: TalkOptions, _ work: Work,
        _ threading: ThreadOptions?
    ) throws {
        try Run(threads: threading == nil ? 1 : threading?.threads).checkThreads(for: work, beside: 1)
        (self.options, self.subject) = (options, subject)
        teller = options.quiet ? nil : options.progress.teller()
        signals = Signals(cancellation)
        let level: Logger.Level = options.verbose ? .debug : options.quiet ? .error : .warning
        LoggingSystem.bootstrap { [teller] _ in StandardErrorLog(logLevel: level, teller: teller) }
        Voice.start(command._commandName, inputs: subject.inputs, output: subject.output)
        if let chosen = Provenance.settings?.chosen { Voice.note(chosen) }
    }

    /// How a job of this command is run.
    func run(_ threading: ThreadOptions?) -> Run {
        var run = Run(threads: threading?.threads)
        run.cancellation = cancellation
        guard let teller else { return run }
        run.progress = { teller.show($0) }
        run.notice = { text in
            teller.clear()
            Voice.note(text)
        }
        return run
    }

    /// The next of several films is begun.
    func begin(film number: Int, of count: Int, _ subject: Subject) {
        teller?.clear()
        teller?.begin(film: number, of: count)
        Voice.begin(film: number, of: count, input: subject.inputs[0], output: subject.output)
    }

    /// What has become of it.
    func end(film number: Int, _ failure: Failure?, _ text: String) {
        teller?.clear()
        Voice.end(film: number, failure, text)
    }

    /// Runs a job and reports: JSON on standard output where asked for, else the text, on standard error.
    /// - Parameters:
    ///   - isData: whether the text is what the command was called for, and so belongs on standard output.
    ///   - text: the report, to be read.
    ///   - after: what is left to do, and may fail, before the report is told.
    func report<Report: Encodable>(
        isData: Bool = false, _ job: () throws -> Report, text: (Report) -> String,
        after: (Report) throws -> Void = { _ in }
    ) throws {
        let report: Report
        do {
            report = try job()
        } catch {
            teller?.end(output: nil)
            throw Failure(error: error)
        }
        var failure: Failure?
        do { try after(report) } catch { failure = Failure(error: error, isInDocument: true) }
        teller?.end(output: subject.output)
        var lost: OutputError?
        if options.json {
            lost = Terminal.lost(JSONDocument.text(of: Answer(report: report, error: failure?.account)) + "\n")
        } else if isData {
            lost = Terminal.lost(text(report) + "\n")
        }
        if let failure = failure ?? lost.map({ Failure(error: $0, isInDocument: true) }) {
            // What there is was made all the same.
            if !options.json, !isData, Voice.manner.form != .json { Voice.result(text(report), output: nil) }
            throw failure
        }
        Voice.result(options.json || isData ? nil : text(report), output: subject.output)
    }
}

/// A report, and what is wrong although there is one.
private struct Answer<Report: Encodable>: Encodable {
    let report: Report
    let error: Failure.Account?

    private enum Key: CodingKey { case error }

    func encode(to encoder: any Encoder) throws {
        try report.encode(to: encoder)
        var values = encoder.container(keyedBy: Key.self)
        try values.encodeIfPresent(error, forKey: .error)
    }
}

/// What `--json` prints.
enum JSONDocument {
    /// - Parameter value: a report: plain numbers and texts, and its figures are finite.
    static func text(of value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            preconditionFailure("a report that is no JSON: \(error)")
        }
    }
}

/// SIGINT, SIGTERM and SIGHUP stop the job cleanly, and so do the signals by which batch systems announce that its time
/// is over (Slurm's `--signal`, Grid Engine's `-notify`, a limit of CPU time); the second one ends the program at once.
final class Signals: Sendable {
    // Never changed after init; kept so that the sources live.
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

    init(_ cancellation: Cancellation) {
        let queue = DispatchQueue(label: "signals")
        sources = [SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU].map { number in
            let before = signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            // nohup has its program ignore SIGHUP, and so it shall. SIGINT is always heeded, as ffmpeg does: a script
            // that starts a job in the background must be able to stop it. SIGTERM means what it says.
            let wasIgnored = unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
            guard !wasIgnored || number == SIGINT || number == SIGTERM else {
                source.resume()
                return source
            }
            let count = Count()
            source.setEventHandler {
                if count.next() > 1 {
                    // People know what they have done twice.
                    if Voice.manner != Voice.Manner() { Voice.fail(Failure(error: Interruption(signal: number))) }
                    Signals.end(by: number)
                }
                cancellation.cancel(Interruption(signal: number))
                guard ExitStatus.code(of: number) == ExitStatus.comeAgain else { return }
                // A batch system kills soon; a frame may take longer than that.
                queue.asyncAfter(deadline: .now() + 4) {
                    Voice.fail(Failure(error: Interruption(signal: number)))
                    Signals.end(by: number)
                }
            }
            source.resume()
            return source
        }
    }

    private static func end(by number: Int32) -> Never {
        UnfinishedFiles.removeAll()
        _exit(ExitStatus.code(of: number))
    }

    private final class Count: Sendable {
        private let value = Atomic(0)
        func next() -> Int { value.add(1, ordering: .relaxed).newValue }
    }
}

/// swift-log's messages, a line each on standard error.
struct StandardErrorLog: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let teller: (any ProgressTeller)?

    /// - Parameter teller: whose line is cleared away first.
    init(logLevel: Logger.Level, teller: (any ProgressTeller)?) { (self.logLevel, self.teller) = (logLevel, teller) }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        teller?.clear()
        Voice.log("\(event.level)", printable(event.message.description))
    }
}
