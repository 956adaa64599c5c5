import Foundation
import Glibc
import Subprocess
import SystemPackage
import TestSupport

/// The built program, as a user would start it.
enum Program {
    /// `stylevideo` beside the test bundle.
    static let path = Built.program("stylevideo").string

    /// The folder of the networks' files that the build lays beside the program.
    static var resources: String {
        FilePath(path).removingLastComponent().appending("stylevideo_Weights.resources/Resources").string
    }

    /// What a process has left behind.
    struct Outcome: Sendable {
        var status: TerminationStatus
        var output: String
        var error: String

        var errorLines: [Substring] { error.split(separator: "\n") }
        var code: Int32? { if case .exited(let code) = status { code } else { nil } }
    }

    /// Runs the program in a folder and waits for its end.
    static func run(_ arguments: [String], in folder: Scratch, environment: [String: String] = [:]) async throws
        -> Outcome
    {
        try await command(path, arguments, in: folder, environment: environment)
    }

    /// Runs a shell's command, in which `$PROGRAM` is the program.
    static func shell(_ command: String, in folder: Scratch) async throws -> Outcome {
        try await self.command("/bin/sh", ["-c", command], in: folder, environment: ["PROGRAM": path])
    }

    /// Runs any program and waits for its end.
    static func command(
        _ program: String, _ arguments: [String], in folder: Scratch, environment: [String: String] = [:]
    ) async throws -> Outcome {
        try await Slots.shared.withSlot {
            let result = try await Subprocess.run(
                program.hasPrefix("/") ? .path(FilePath(program)) : .name(program), arguments: Arguments(arguments),
                environment: self.environment(environment), workingDirectory: folder.path,
                output: .string(limit: 1 << 24), error: .string(limit: 1 << 24))
            return Outcome(
                status: result.terminationStatus, output: result.standardOutput, error: result.standardError)
        }
    }

    /// The runner's environment, without what would change the program's manner.
    static func environment(_ more: [String: String]) -> Environment {
        var values: [Environment.Key: String?] = [
            "NO_COLOR": nil, "STYLEVIDEO_RESOURCES": nil, "TERM": "xterm", "XDG_CONFIG_HOME": "/dev/null",
        ]
        for (name, value) in more { values[Environment.Key(rawValue: name)!] = value }
        return .inherit.updating(values)
    }
}

/// Lets only two processes run at a time: the tests all start at once, and a process takes some hundred megabytes.
actor Slots {
    static let shared = Slots(2)

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ free: Int) { self.free = free }

    nonisolated func withSlot<R: Sendable>(_ body: () async throws -> R) async throws -> R {
        await take()
        do {
            let result = try await body()
            await giveBack()
            return result
        } catch {
            await giveBack()
            throw error
        }
    }

    private func take() async {
        guard free == 0 else { return free -= 1 }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func giveBack() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
