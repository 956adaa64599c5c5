import Foundation
import Glibc
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// A run that is stopped from outside. Waits for its turn count in the limit.
@Suite(.timeLimit(.minutes(60))) struct SignalTests {
    /// Where a run is when the signal comes.
    enum Moment: String, CaseIterable, Sendable {
        /// The output's temporary file is there, the first pass is running.
        case firstPass
        /// Encoded pictures have reached the disk.
        case painting
    }

    /// A folder with a clip that takes far longer to paint than a signal to come.
    private func folder() async throws -> Scratch {
        let folder = try Scratch()
        try folder.take(await Fixture.silent(160, 120, frames: 1500, rate: 25), as: "in.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        return folder
    }

    private func temporaries(_ folder: Scratch) throws -> [Data] {
        try folder.contents().filter { $0.key.hasSuffix(".part") }.map(\.value)
    }

    /// Waits for a condition without a limit of its own: the suite's ends a wait for what never comes.
    private func wait(until condition: () throws -> Bool) async throws {
        while try !condition() { try await Task.sleep(for: .milliseconds(10)) }
    }

    /// Starts a run, sends the signals once it has come to the moment, and returns how it ended.
    private func stop(
        _ folder: Scratch, at moment: Moment, flags: [String] = [], by signals: [Signal], pause: Duration = .zero
    ) async throws -> Program.Outcome {
        try await Slots.shared.withSlot {
            let result = try await Subprocess.run(
                .path(FilePath(Program.path)),
                arguments: Arguments(Refusal.paint() + ["--crf", "0", "--encoder-preset", "ultrafast"] + flags),
                environment: Program.environment([:]), workingDirectory: folder.path, input: .none,
                output: .string(limit: 1 << 20), error: .string(limit: 1 << 20)
            ) { process in
                try await wait {
                    let sizes = try temporaries(folder).map(\.count)
                    return !sizes.isEmpty && (moment == .firstPass || sizes[0] > 60_000)
                }
                for (number, signal) in signals.enumerated() {
                    guard number > 0 else {
                        try process.send(signal: signal)
                        continue
                    }
                    try await Task.sleep(for: pause)
                    try? process.send(signal: signal)  // it may have ended by now
                }
            }
            return Program.Outcome(
                status: result.terminationStatus, output: result.standardOutput, error: result.standardError)
        }
    }

    @Test(arguments: Moment.allCases, signals)
    func leavesNothing(_ moment: Moment, _ signal: (number: Int32, code: Int32)) async throws {
        let folder = try await folder()
        let before = try folder.contents()
        let outcome = try await stop(folder, at: moment, by: [Signal(rawValue: signal.number)])
        #expect(outcome.status == .exited(signal.code))
        #expect(outcome.output.isEmpty && outcome.errorLines.last?.hasPrefix("stylevideo: interrupted") == true)
        #expect(try folder.contents() == before)
    }

    static let signals: [(Int32, Int32)] = [
        (SIGINT, 130), (SIGTERM, 75), (SIGHUP, 129), (SIGUSR1, 75), (SIGUSR2, 140), (SIGXCPU, 152),
    ]

    @Test func anOldOutputSurvives() async throws {
        let folder = try await folder()
        try folder.write("out.mp4", "an old file".utf8)
        let before = try folder.contents()
        let outcome = try await stop(folder, at: .painting, flags: ["--overwrite", "--json"], by: [.interrupt])
        #expect(outcome.status == .exited(130) && outcome.output.contains("\"kind\" : \"interrupted\""))
        #expect(try folder.contents() == before)
    }

    /// The first one ends a run with a sentence, the second one without. Two may come too close to be told apart, or
    /// the second after the end, so a few tries are made.
    @Test func theSecondOneEndsItAtOnce() async throws {
        let folder = try await folder()
        let before = try folder.contents()
        var hasEndedAtOnce = false
        for pause in [1, 2, 3, 1, 5, 2, 8, 3, 1, 2, 3, 5] where !hasEndedAtOnce {
            let pause = Duration.milliseconds(pause)
            let outcome = try await stop(folder, at: .painting, by: [.interrupt, .interrupt], pause: pause)
            #expect(outcome.status == .exited(130))
            #expect(try folder.contents() == before)
            hasEndedAtOnce = !outcome.error.contains("interrupted")
        }
        #expect(hasEndedAtOnce)
    }

    @Test func underNohupAHangUpIsNotHeeded() async throws {
        let folder = try Scratch()
        try folder.take(await Fixture.silent(64, 48, frames: 40), as: "in.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        let outcome = try await Program.shell(
            """
            trap '' HUP
            "$PROGRAM" in.mp4 --style style.png -o out.mp4 --style-size 64 --no-measure -q &
            while ! ls | grep -q part; do kill -0 $! || break; done
            kill -HUP $!
            wait $!
            """, in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(try await Probe.read("out.mp4", in: folder).frameTimes.count == 40)
    }

    /// A shell has its background jobs ignore it, and a script must still be able to stop them.
    @Test func anInterruptIsHeededInTheBackground() async throws {
        let folder = try await folder()
        let before = try folder.contents()
        let outcome = try await Program.shell(
            """
            "$PROGRAM" in.mp4 --style style.png -o out.mp4 --style-size 64 --no-measure -q &
            while ! ls | grep -q part; do kill -0 $! || break; done
            kill -INT $!
            wait $!
            """, in: folder)
        #expect(outcome.code == 130, "\(outcome.error)")
        #expect(try folder.contents() == before)
    }
}
