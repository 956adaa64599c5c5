import StyleVideo
import Synchronization

/// How far the job is: on a terminal one line that is written over, elsewhere a plain line every 30 seconds.
final class ProgressLine: Sendable {
    private struct State {
        var phase: Progress.Phase?
        var began = ContinuousClock.now
        var shown: ContinuousClock.Instant?
        var isOnScreen = false
    }

    private let state = Mutex(State())
    private let isTerminal: Bool

    init(isTerminal: Bool = Terminal.errorIsTerminal && Terminal.environment("TERM") != "dumb") {
        self.isTerminal = isTerminal
    }

    func show(_ progress: Progress) {
        state.withLock { state in
            let now = ContinuousClock.now
            if state.phase != progress.phase {
                state = State(
                    phase: progress.phase, began: now, shown: isTerminal ? nil : now, isOnScreen: state.isOnScreen)
            }
            let interval: Duration = isTerminal ? .milliseconds(100) : .seconds(30)
            // The last step is shown on a terminal even if it follows at once.
            let isLast = isTerminal && progress.done == progress.total
            guard isLast || state.shown.map({ now - $0 >= interval }) ?? true else { return }
            state.shown = now
            let text = ProgressText(progress, elapsed: (now - state.began) / .seconds(1))
            if isTerminal {
                let line = text.line(columns: Terminal.columns)
                Terminal.write("\r\(line)\u{1B}[K", to: 2)
                state.isOnScreen = true
            } else {
                Terminal.warn(text.plain)
            }
        }
    }

    /// Takes the line off the terminal, so that other text begins at its left edge.
    func clear() {
        state.withLock { state in
            guard state.isOnScreen else { return }
            Terminal.write("\r\u{1B}[K", to: 2)
            state.isOnScreen = false
        }
    }
}

/// A progress as words and a bar.
struct ProgressText {
    private let progress: Progress
    private let elapsed: Double

    /// - Parameter elapsed: seconds since the phase began.
    init(_ progress: Progress, elapsed: Double) { (self.progress, self.elapsed) = (progress, elapsed) }

    private static let separator = Terminal.isUTF8 ? " · " : " - "

    var plain: String { ([title] + parts).joined(separator: Self.separator) }

    /// With a bar as wide as there is room for, and nothing that would wrap.
    func line(columns: Int) -> String {
        var parts = parts
        func joined(_ bar: String) -> String { title + " " + bar + parts.joined(separator: Self.separator) }
        guard let share else { return String(joined("").prefix(columns - 1)) }
        while joined("").count + 12 > columns - 1, parts.count > 1 { parts.removeLast() }
        let room = min(30, columns - 1 - joined("").count - 3)
        guard room >= 6 else { return String(joined("").prefix(columns - 1)) }
        return joined(bar(share, width: room) + " ")
    }

    private var title: String {
        switch progress.phase {
        case .scenes: "finding scenes"
        case .statistics: "looking at scenes"
        case .painting: "painting"
        case .measuring: "measuring"
        case .checking: "checking"
        case .joining: "joining"
        }
    }

    private var share: Double? {
        progress.total.map { min(1, Double(progress.done) / Double(max($0, 1))) }
    }

    private var parts: [String] {
        var parts: [String] = []
        if let share { parts.append("\(Int(share * 100)) %") }
        // The container's count may be wrong: never "12 of 10".
        let total = progress.total.map { max($0, progress.done) }
        parts.append(total.map { "\(progress.done)/\($0) frames" } ?? "\(progress.done) frames")
        let fresh = progress.done - progress.before
        guard elapsed > 0.05, fresh > 0 else { return parts }
        let rate = Double(fresh) / elapsed
        parts.append(Figure.rate(rate))
        if let total, total > progress.done {
            parts.append("\(Figure.clock(Double(total - progress.done) / rate)) left")
        }
        return parts
    }

    /// Eighths of a character, so that a long clip's bar moves too.
    private func bar(_ share: Double, width: Int) -> String {
        guard Terminal.isUTF8 else {
            let filled = String(repeating: "#", count: Int(share * Double(width)))
            return "[" + filled + String(repeating: ".", count: max(0, width - filled.count)) + "]"
        }
        let eighths = Int(share * Double(width) * 8)
        let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        let filled = String(repeating: "█", count: eighths / 8) + partial
        return "▕" + filled + String(repeating: " ", count: max(0, width - filled.count)) + "▏"
    }
}
