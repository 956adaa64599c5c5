import Glibc
import Machine
import StyleVideo
import Synchronization

/// How a user is told how far the job is.
protocol ProgressTeller: Sendable {
    func show(_ progress: Progress)
    /// The next of several films is begun.
    /// - Parameter number: from 1 on.
    func begin(film number: Int, of count: Int)
    /// Takes what stands on the terminal off it, so that other text begins at its left edge.
    func clear()
    /// The job has ended.
    /// - Parameter output: its file, where that is complete.
    func end(output: String?)
}

extension ProgressTeller {
    func begin(film number: Int, of count: Int) {}
    func clear() {}
    func end(output: String?) {}
}

/// A step of a job, with what follows from those before it.
struct ProgressStep: Sendable {
    let progress: Progress
    /// Seconds since the job began, and since its phase did.
    let elapsed, phaseElapsed: Double
    let estimate: TimeLeft.Estimate?

    /// Which part of the phase is done.
    var share: Double? { progress.total.map { min(1, (Double(progress.done) + progress.part) / Double(max($0, 1))) } }

    /// The container's count may be wrong: never "12 of 10".
    var total: Int? { progress.total.map { max($0, progress.done) } }

    /// Frames a second.
    var rate: Double? {
        let fresh = progress.done - progress.before
        return phaseElapsed > 0.05 && fresh > 0 ? Double(fresh) / phaseElapsed : nil
    }
}

/// Chooses the steps that are told: one an interval, and where it is asked for, each phase's last.
struct ProgressGauge {
    private let interval: Double
    private let tellsLast: Bool
    private var start: Double
    private var left = TimeLeft()
    private var phase: Progress.Phase?
    private var (began, shown) = (0.0, -Double.infinity)
    private var withheld: ProgressStep?

    /// - Parameters:
    ///   - interval: in seconds.
    ///   - moment: when the job began, by the clock of those that `take` is given.
    init(every interval: Double, tellsLast: Bool, at moment: Double) {
        (self.interval, self.tellsLast, start) = (interval, tellsLast, moment)
    }

    /// - Parameter moment: in seconds, by a clock that does not go back.
    /// - Returns: what is to be told now, at most the last step of the phase before and this one.
    mutating func take(_ progress: Progress, at moment: Double) -> [ProgressStep] {
        var steps: [ProgressStep] = []
        if phase != progress.phase {
            steps += tellsLast ? rest() : []
            (phase, began) = (progress.phase, moment)
            shown = tellsLast ? -.infinity : moment
        }
        let step = ProgressStep(
            progress: progress, elapsed: moment - start, phaseElapsed: moment - began,
            estimate: left.update(progress, at: moment - start))
        let isLast = tellsLast && progress.done == progress.total
        guard isLast || moment - shown >= interval else {
            withheld = step
            return steps
        }
        (shown, withheld) = (moment, nil)
        return steps + [step]
    }

    /// Another job begins.
    mutating func startOver(at moment: Double) {
        self = ProgressGauge(every: interval, tellsLast: tellsLast, at: moment)
    }

    /// The last step that was taken, where it has not been told.
    mutating func rest() -> [ProgressStep] {
        defer { withheld = nil }
        return withheld.map { [$0] } ?? []
    }

    /// Seconds by a clock that does not go back.
    static var now: Double { (ContinuousClock.now - zero) / .seconds(1) }
    private static let zero = ContinuousClock.now
}

/// How far the job is, for people: on a terminal one line that is written over, elsewhere a plain one every 30 seconds.
final class ProgressLine: ProgressTeller {
    private struct State {
        var gauge: ProgressGauge
        var isOnScreen = false
    }

    private let state: Mutex<State>
    private let isTerminal: Bool

    init(isTerminal: Bool = Terminal.errorIsTerminal && Terminal.environment("TERM") != "dumb") {
        self.isTerminal = isTerminal
        state = Mutex(
            State(
                gauge: ProgressGauge(every: isTerminal ? 0.1 : 30, tellsLast: isTerminal, at: ProgressGauge.now)))
    }

    func show(_ progress: Progress) {
        state.withLock { state in
            for step in state.gauge.take(progress, at: ProgressGauge.now) {
                let text = ProgressText(step)
                if isTerminal {
                    Terminal.write("\r\(text.line(columns: Terminal.columns))\u{1B}[K", to: STDERR_FILENO)
                    state.isOnScreen = true
                } else {
                    Terminal.warn(text.plain)
                }
            }
        }
    }

    func begin(film number: Int, of count: Int) {
        state.withLock { $0.gauge.startOver(at: ProgressGauge.now) }
    }

    func clear() {
        state.withLock { state in
            guard state.isOnScreen else { return }
            Terminal.write("\r\u{1B}[K", to: STDERR_FILENO)
            state.isOnScreen = false
        }
    }

    func end(output: String?) { clear() }
}

/// A step as words and a bar.
struct ProgressText {
    private let step: ProgressStep
    private let isUTF8: Bool

    init(_ step: ProgressStep, isUTF8: Bool = Terminal.isUTF8) { (self.step, self.isUTF8) = (step, isUTF8) }

    private var separator: String { isUTF8 ? " · " : " - " }

    var plain: String {
        ([step.progress.phase.title] + [percent, count, rate, left].compactMap(\.self)).joined(separator: separator)
    }

    /// Never as wide as the terminal, where it would wrap. What is left is what one looks for: where there is no room
    /// for all, the rate goes first, then the frames, the percents and the phase. The bar takes what room remains.
    func line(columns: Int) -> String {
        let (room, title) = (max(0, columns - 1), step.progress.phase.title)
        let choices = [
            [percent, count, rate, left], [percent, count, left], [percent, left], [left ?? percent ?? count],
        ]
        .map { $0.compactMap(\.self).joined(separator: separator) }
        guard let parts = choices.first(where: { title.count + 1 + $0.count <= room }) else {
            return String((choices.last ?? "").prefix(room))
        }
        let width = min(30, room - title.count - parts.count - 4)
        guard let share = step.share, width >= 6 else { return title + " " + parts }
        return title + " " + bar(share, width: width) + " " + parts
    }

    private var percent: String? { step.share.map { "\(Int($0 * 100)) %" } }
    /// Of one picture the percents tell.
    private var count: String? {
        guard step.total != 1 else { return nil }
        return (step.total.map { "\(step.progress.done)/\($0)" } ?? "\(step.progress.done)") + " frames"
    }
    private var rate: String? { step.rate.map(Figure.rate) }
    private var left: String? {
        step.estimate.flatMap { $0.secondsLeft > 0 ? "\(Figure.clock($0.secondsLeft)) left" : nil }
    }

    /// Eighths of a character, so that a long clip's bar moves too.
    private func bar(_ share: Double, width: Int) -> String {
        guard isUTF8 else {
            let filled = String(repeating: "#", count: Int(share * Double(width)))
            return "[" + filled + String(repeating: ".", count: max(0, width - filled.count)) + "]"
        }
        let eighths = Int(share * Double(width) * 8)
        let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        let filled = String(repeating: "█", count: eighths / 8) + partial
        return "▕" + filled + String(repeating: " ", count: max(0, width - filled.count)) + "▏"
    }
}

extension Progress.Phase {
    fileprivate var title: String {
        switch self {
        case .scenes: "finding scenes"
        case .statistics: "looking at scenes"
        case .painting: "painting"
        case .measuring: "measuring"
        case .checking: "checking"
        case .joining: "joining"
        }
    }
}
