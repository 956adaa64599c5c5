import ArgumentParser
import Machine
import StyleVideo
import Synchronization

/// In which form it is told on standard error how far a job is.
enum ProgressForm: String, ExpressibleByArgument, CaseIterable {
    case line, json, ffmpeg, none

    func teller() -> any ProgressTeller {
        switch self {
        case .line: ProgressLine()
        case .json: ProgressObjects()
        case .ffmpeg: ProgressBlocks()
        case .none: NoProgress()
        }
    }
}

/// All that is said beside reports: on standard error lines for people or, with `--progress json`, objects for
/// programs; and with `--json` a failure on standard output.
enum Voice {
    struct Manner: Sendable, Equatable {
        var form = ProgressForm.line
        var isQuiet = false
        /// Whether standard output is to have a document, of whatever comes of the run.
        var givesDocument = false

        /// Before the arguments are parsed, for what is wrong with them must be told too.
        init(_ arguments: some Sequence<String> = []) {
            var last: String?
            for word in arguments.prefix(while: { $0 != "--" }) {
                let flag = "--progress="
                let said = last == "--progress" ? word : word.hasPrefix(flag) ? String(word.dropFirst(flag.count)) : nil
                if let form = said.flatMap(ProgressForm.init(rawValue:)) { self.form = form }
                if word == "-q" || word == "--quiet" { isQuiet = true }
                if word == "--json" { givesDocument = true }
                let parts = word.split(separator: "=", maxSplits: 1)
                if parts.count == 2, let answer = SettingsInForce.answer(String(parts[1])) {
                    if parts[0] == "--quiet" { isQuiet = answer == "yes" }
                    if parts[0] == "--json" { givesDocument = answer == "yes" }
                }
                last = word
            }
        }
    }

    private static let state = Mutex(Manner())
    private static let hasFailed = Atomic(false)

    static var manner: Manner {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    private static var speaksJSON: Bool { manner.form == .json }

    /// What a job is about to do.
    static func start(_ command: String, inputs: [String], output: String?) {
        guard speaksJSON, !manner.isQuiet else { return }
        var line = JSONLine("start")
        line.add("command", command)
        line.add("version", Versions.program)
        line.add("input", inputs.first)
        if inputs.count > 1 { line.add("inputs", inputs) }
        line.add("output", output)
        Terminal.warn(line.text)
    }

    /// The next of several films is begun.
    static func begin(film number: Int, of count: Int, input: String, output: String?) {
        guard !manner.isQuiet else { return }
        guard speaksJSON else {
            return Terminal.warn("\(number)/\(count) \(printable(input)) -> \(printable(output ?? ""))")
        }
        var line = JSONLine("film")
        line.add("film", number)
        line.add("films", count)
        line.add("input", input)
        line.add("output", output)
        Terminal.warn(line.text)
    }

    /// What has become of it.
    /// - Parameter text: for people.
    static func end(film number: Int, _ failure: Failure?, _ text: String) {
        guard speaksJSON else {
            if failure != nil || !manner.isQuiet { Terminal.warn(text) }
            return
        }
        var line = JSONLine("filmResult")
        line.add("film", number)
        line.add("code", Int(failure?.code ?? 0))
        line.add("kind", failure?.kind)
        line.add("message", failure?.message ?? text)
        Terminal.warn(line.text)
    }

    /// What a user should know.
    static func note(_ text: String) {
        guard !manner.isQuiet else { return }
        guard speaksJSON else { return Terminal.warn("note: \(text)") }
        var line = JSONLine("notice")
        line.add("text", text)
        Terminal.warn(line.text)
    }

    /// What a library has logged.
    static func log(_ level: String, _ text: String) {
        guard speaksJSON else { return Terminal.warn("\(level): \(text)") }
        var line = JSONLine("log")
        line.add("level", level)
        line.add("text", text)
        Terminal.warn(line.text)
    }

    /// What has come of a job.
    /// - Parameter text: for people; nil where it stands on standard output.
    static func result(_ text: String?, output: String?) {
        guard speaksJSON else {
            if let text, !manner.isQuiet { Terminal.warn(text) }
            return
        }
        var line = JSONLine("result")
        line.add("code", 0)
        line.add("output", output)
        line.add("message", text)
        Terminal.warn(line.text)
    }

    /// The first failure of the run; others follow from it.
    static func fail(_ failure: Failure) {
        guard hasFailed.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else { return }
        if manner.givesDocument, !failure.isInDocument {
            _ = Terminal.lost(failure.document + "\n")
        }
        guard speaksJSON else { return Terminal.warn(failure.sentence) }
        var line = JSONLine("error")
        line.add("code", Int(failure.code))
        line.add("kind", failure.kind)
        line.add("message", failure.message)
        Terminal.warn(line.text)
    }
}
