import FoundationEssentials
import Machine
import StyleVideo
import Synchronization
import SystemPackage

/// How far the job is, for programs: an object a line, two a second at most, and each phase's last.
final class ProgressObjects: ProgressTeller {
    private struct State {
        var gauge = ProgressGauge(every: 0.5, tellsLast: true, at: ProgressGauge.now)
        var film: Int?
    }

    private let state = Mutex(State())

    func show(_ progress: Progress) { tell { $0.take(progress, at: ProgressGauge.now) } }

    func begin(film number: Int, of count: Int) {
        tell { $0.rest() }
        state.withLock { state in
            state.gauge.startOver(at: ProgressGauge.now)
            state.film = number
        }
    }

    func end(output: String?) { tell { $0.rest() } }

    private func tell(_ steps: (inout ProgressGauge) -> [ProgressStep]) {
        state.withLock { state in
            for step in steps(&state.gauge) {
                var line = Self.object(step)
                line.add("film", state.film)
                Terminal.warn(line.text)
            }
        }
    }

    static func object(_ step: ProgressStep) -> JSONLine {
        var line = JSONLine("progress")
        line.add("stage", step.progress.phase.rawValue)
        line.add("done", step.progress.done)
        line.add("total", step.total)
        line.add("stageFraction", step.share, digits: 4)
        line.add("fraction", step.estimate?.fraction, digits: 4)
        line.add("fps", step.rate, digits: 3)
        line.add("secondsLeft", step.estimate?.secondsLeft, digits: 1)
        line.add("seconds", step.elapsed, digits: 3)
        line.add("moment", step.progress.moment, digits: 6)
        return line
    }
}

/// How far the job is, as FFmpeg 5.1's `-progress` prints it: blocks of keys and values, two a second at most.
final class ProgressBlocks: ProgressTeller {
    private struct State {
        var gauge = ProgressGauge(every: 0.5, tellsLast: true, at: ProgressGauge.now)
        var last: ProgressStep?
    }

    private let state = Mutex(State())

    func show(_ progress: Progress) {
        state.withLock { state in
            for step in state.gauge.take(progress, at: ProgressGauge.now) {
                state.last = step
                Terminal.write(Self.block(step, isEnd: false), to: 2)
            }
        }
    }

    func begin(film number: Int, of count: Int) {
        state.withLock { $0 = State() }
    }

    func end(output: String?) {
        state.withLock { state in
            state.last = state.gauge.rest().last ?? state.last
            let bytes = output.flatMap { OutputFile.length(of: FilePath($0)) }
            Terminal.write(Self.block(state.last, bytes: bytes, isEnd: true), to: 2)
        }
    }

    /// Frames count while the film is painted, or measured. What is known of no encoder, as its quality, is what FFmpeg
    /// prints where it does not know.
    /// - Parameter bytes: of the output.
    static func block(_ step: ProgressStep?, bytes: Int? = nil, isEnd: Bool) -> String {
        let counted = step.flatMap { [.painting, .measuring].contains($0.progress.phase) ? $0 : nil }
        let last = step.flatMap { $0.progress.phase == .joining && isEnd ? $0 : nil }
        let (moment, rate) = (step?.progress.moment, counted?.rate)
        let microseconds = moment.map { "\(Int(($0 * 1e6).rounded()))" } ?? "N/A"
        let speed = moment.flatMap { moment in
            counted.flatMap { $0.phaseElapsed > 0.05 ? Figure.printed("%4.3gx", moment / $0.phaseElapsed) : nil }
        }
        let bitRate = bytes.flatMap { bytes in
            moment.flatMap { $0 > 0 ? Figure.printed("%6.1fkbits/s", Double(bytes) * 8 / $0 / 1000) : nil }
        }
        return """
            frame=\((counted ?? last)?.progress.done ?? 0)
            fps=\(Figure.fixed(rate ?? 0, 2))
            stream_0_0_q=-1.0
            bitrate=\(bitRate ?? "N/A")
            total_size=\(bytes.map(String.init) ?? "N/A")
            out_time_us=\(microseconds)
            out_time_ms=\(microseconds)
            out_time=\(moment.map(clock) ?? "N/A")
            dup_frames=0
            drop_frames=0
            speed=\(speed ?? "N/A")
            progress=\(isEnd ? "end" : "continue")

            """
    }

    /// 00:01:02.480000.
    private static func clock(_ seconds: Double) -> String {
        let all = Int((seconds * 1e6).rounded())
        let (whole, rest) = all.quotientAndRemainder(dividingBy: 1_000_000)
        return Figure.printed("%02d:%02d:%02d.%06d", whole / 3600, whole / 60 % 60, whole % 60, rest)
    }
}

/// Nothing of how far it is.
struct NoProgress: ProgressTeller {
    func show(_ progress: Progress) {}
}
