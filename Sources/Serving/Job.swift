import Glibc
import Machine
import SystemPackage

/// A command that was asked for, and how it goes. It is forgotten with the server: films lie in their folder.
struct Job: Encodable, Sendable {
    enum State: String, Encodable, Sendable { case waiting, running, done, failed, cancelled }

    let id: Int
    let wish: Wish
    let arguments: [String]
    /// The file that the page may ask for when it is done.
    let result: Wish.Choice?
    /// Where its standard output goes: a report, as JSON.
    let report: FilePath
    var state = State.waiting
    var stage: String?
    var done: Int?
    var total: Int?
    var fraction: Double?
    var fps: Double?
    var secondsLeft: Double?
    var notices: [String] = []
    /// Why it has failed, in a sentence.
    var message: String?
    var code: Int32?
    var process: pid_t?

    private enum CodingKeys: CodingKey {
        case id, wish, result, state, stage, done, total, fraction, fps, secondsLeft, notices, message, code
    }

    private static let mostNotices = 20

    mutating func hear(_ line: String) {
        guard let heard = Message(line) else {
            if !line.hasPrefix("{") {
                message = line.hasPrefix(Self.name) ? String(line.dropFirst(Self.name.count)) : line
            }
            return
        }
        switch heard.type {
        case "progress":
            (stage, done, total) = (heard.stage ?? stage, heard.done, heard.total)
            (fraction, fps, secondsLeft) = (heard.fraction ?? fraction, heard.fps, heard.secondsLeft)
        case "notice" where notices.count < Self.mostNotices: notices += [heard.text].compactMap(\.self)
        case "error": message = heard.message ?? heard.text
        default: break
        }
    }

    private static let name = "stylevideo: "

    mutating func end(code: Int32) {
        (process, self.code, secondsLeft) = (nil, code, nil)
        if code == 0 { (state, fraction, message) = (.done, 1, nil) } else if state != .cancelled { state = .failed }
    }
}

/// What waits, runs and has run: one painting at a time, and beside it one look ahead.
final class JobList: Sendable {
    struct Content: Sendable {
        var jobs: [Job] = []
        var lastID = 0
        var isEnding = false
    }

    /// How many are remembered, and may wait.
    static let mostJobs = 200

    private let content = Monitor(Content())
    private let lanes: [Thread]
    private let flags: [String]

    /// - Parameter flags: what every command is told besides.
    /// - Throws: `Shortage`.
    init(flags: [String]) throws {
        self.flags = flags
        lanes = try [true, false].map { [content] paints in
            try Thread { while Self.runNext(of: content, paints: paints, flags: flags) {} }
        }
    }

    var jobs: [Job] { content.value().jobs }

    /// - Parameter make: makes the job of that number.
    /// - Throws: `Refusal.busy` where too many wait.
    func add(_ make: (Int) -> Job) throws(Refusal) -> Job {
        let job: Job? = content.withLock { content in
            if content.jobs.count >= Self.mostJobs {
                let old = content.jobs.firstIndex { ![.waiting, .running].contains($0.state) }
                guard let old else { return nil }
                content.jobs.remove(at: old)
            }
            content.lastID += 1
            let job = make(content.lastID)
            content.jobs.append(job)
            return job
        }
        guard let job else { throw .busy }
        return job
    }

    /// What its command says against it before any work, where it does.
    func refusal(of job: Job) -> String? {
        do {
            var trial = job
            let child = try Child(job.arguments + flags + ["--print-config"], output: "/dev/null")
            let code = child.end(line: { trial.hear($0) }, before: {})
            trial.end(code: code)
            return trial.state == .failed ? trial.message ?? "it will not do" : nil
        } catch {
            return "\(error)"
        }
    }

    /// What runs is asked to end, and keeps the parts that it has painted.
    /// - Returns: nil where there is no such job.
    func cancel(_ id: Int) -> Job? {
        content.withLock { content in
            guard let place = content.jobs.firstIndex(where: { $0.id == id }) else { return nil }
            Self.cancel(&content.jobs[place])
            return content.jobs[place]
        }
    }

    /// Ends all and waits for that.
    func end() {
        content.withLock { content in
            content.isEnding = true
            for place in content.jobs.indices { Self.cancel(&content.jobs[place]) }
        }
        lanes.forEach { $0.join() }
    }

    private static func cancel(_ job: inout Job) {
        guard [.waiting, .running].contains(job.state) else { return }
        job.state = .cancelled
        // Of a child that has not been waited for: the number is still its own.
        if let process = job.process { kill(process, SIGTERM) }
    }

    /// - Returns: false at the end of all.
    private static func runNext(of content: Monitor<Content>, paints: Bool, flags: [String]) -> Bool {
        func isNext(_ job: Job) -> Bool { job.state == .waiting && (job.wish.kind == .paint) == paints }
        let id: Int? = content.withLock(when: { $0.isEnding || $0.jobs.contains(where: isNext) }) { content in
            guard !content.isEnding, let place = content.jobs.firstIndex(where: isNext) else { return nil }
            content.jobs[place].state = .running
            return content.jobs[place].id
        }
        guard let id else { return false }
        func change(_ body: (inout Job) -> Void) {
            content.withLock { content in
                if let place = content.jobs.firstIndex(where: { $0.id == id }) { body(&content.jobs[place]) }
            }
        }
        do {
            // Started within the lock: whoever cancels finds either no process yet, or one to end.
            var child: Child?
            try content.withLock { content in
                guard let place = content.jobs.firstIndex(where: { $0.id == id }),
                    content.jobs[place].state == .running
                else { return }
                child = try Child(content.jobs[place].arguments + flags, output: content.jobs[place].report)
                content.jobs[place].process = child?.process
            }
            guard let child else { return true }
            let code = child.end { line in
                change { $0.hear(line) }
            } before: {
                change { $0.process = nil }
            }
            change { $0.end(code: code) }
        } catch {
            change { ($0.state, $0.message) = (.failed, "\(error)") }
        }
        return true
    }
}
