import Dispatch
import FoundationEssentials
import Glibc
import Logging
import Machine
import Media
import Pipeline
import StyleVideo
import Synchronization

/// How a command speaks while it runs and when it ends: notices, progress, the report.
final class Talk: Sendable {
    let options: TalkOptions
    let cancellation = Cancellation()
    private let line: ProgressLine?
    private let signals: Signals

    /// - Throws: `Shortage` where the system has too few threads for the work. It is asked before any is started: the
    ///   system's own library for signals waits for ever for those that it does not get.
    init(_ options: TalkOptions, _ work: Work, _ threading: ThreadOptions?) throws {
        try Run(threads: threading == nil ? 1 : threading?.threads).checkThreads(for: work, beside: 1)
        self.options = options
        line = options.quiet ? nil : ProgressLine()
        signals = Signals(cancellation)
        let level: Logger.Level = options.verbose ? .debug : options.quiet ? .error : .warning
        LoggingSystem.bootstrap { [line] _ in StandardErrorLog(logLevel: level, line: line) }
    }

    /// How a job of this command is run.
    func run(_ threading: ThreadOptions?) -> Run {
        var run = Run(threads: threading?.threads)
        run.cancellation = cancellation
        guard let line else { return run }
        run.progress = { line.show($0) }
        run.notice = { text in
            line.clear()
            Terminal.warn("note: \(text)")
        }
        return run
    }

    /// Runs a job and reports: JSON on standard output where asked for, else the text, on standard error.
    /// - Parameters:
    ///   - isData: whether the text is what the command was called for, and so belongs on standard output.
    ///   - text: the report, to be read.
    ///   - after: what is left to do, and may fail, when the report has been told.
    func report<Report: Encodable>(
        isData: Bool = false, _ job: () throws -> Report, text: (Report) -> String,
        after: (Report) throws -> Void = { _ in }
    ) throws {
        let report: Report
        do {
            report = try job()
            line?.clear()
        } catch {
            line?.clear()
            throw Failure(error: error)
        }
        var lost: Failure?
        if options.json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            // A report is plain numbers and texts; figures are finite.
            let document = String(decoding: try encoder.encode(report), as: UTF8.self)
            lost = Terminal.lost(document + "\n").map { Failure(error: $0) }
        } else if isData {
            lost = Terminal.lost(text(report) + "\n").map { Failure(error: $0) }
        } else if !options.quiet {
            Terminal.warn(text(report))
        }
        do { try after(report) } catch { throw Failure(error: error) }
        if let lost { throw lost }
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
                if count.next() > 1 { Signals.end(by: number) }
                cancellation.cancel(Interruption(signal: number))
                guard ExitStatus.code(of: number) == ExitStatus.comeAgain else { return }
                // A batch system kills soon; a frame may take longer than that.
                queue.asyncAfter(deadline: .now() + 4) {
                    Terminal.warn(Failure(error: Interruption(signal: number)).sentence)
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
    private let line: ProgressLine?

    /// - Parameter line: what is cleared away first.
    init(logLevel: Logger.Level, line: ProgressLine?) { (self.logLevel, self.line) = (logLevel, line) }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        line?.clear()
        Terminal.warn("\(event.level): \(printable(event.message.description))")
    }
}
