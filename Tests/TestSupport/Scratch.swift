package import Foundation
import Subprocess
package import SystemPackage
import Testing

/// A folder of one test, gone when the test is.
package final class Scratch: Sendable {
    package let path: FilePath

    package init() throws {
        var template = Array("\(NSTemporaryDirectory())stylevideo-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
        path = FilePath(template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
    }

    deinit { try? FileManager.default.removeItem(atPath: path.string) }

    /// What `body` makes of a folder that holds these files, as if it were the root.
    package static func holding<Result>(
        _ files: [String: String], _ body: (FilePath) throws -> Result
    ) throws -> Result {
        let place = try Scratch()
        for (name, text) in files {
            try place.makeFolder(FilePath(name).removingLastComponent().string)
            try place.write(name, text.utf8)
        }
        return try withExtendedLifetime(place) { try body(place.path) }
    }

    /// The path of a file in it.
    package func callAsFunction(_ name: String) -> FilePath { path.appending(name) }
    package func file(_ name: String) -> String { self(name).string }

    package func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: file(name))) }

    package func write(_ name: String, _ bytes: some Sequence<UInt8>) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    }

    package func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

    package func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: file(name), withIntermediateDirectories: true)
    }

    /// Copies a file into it.
    @discardableResult
    package func take(_ fixture: String, as name: String) throws -> String {
        try FileManager.default.copyItem(atPath: fixture, toPath: file(name))
        return name
    }

    /// The names of what lies directly in it, in order.
    package var names: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path.string).sorted()) ?? []
    }

    /// Everything in it: names, and what lies under them. A link counts as what it names.
    package func contents() throws -> [String: Data] {
        var all: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: path.string) {
            var status = stat()
            guard lstat(file(name), &status) == 0 else { continue }
            let isFile = status.st_mode & S_IFMT == S_IFREG
            all[name] = isFile ? try bytes(name) : Data("\(status.st_mode)".utf8)
        }
        return all
    }

    /// Runs ffmpeg in the folder; its complaints fail the test.
    package func ffmpeg(_ arguments: [String]) async throws {
        let result = try await run(
            .name("ffmpeg"), arguments: Arguments(["-nostdin", "-y", "-v", "error"] + arguments),
            workingDirectory: path, output: .discarded, error: .string(limit: 1 << 20))
        try #require(
            result.terminationStatus.isSuccess, "ffmpeg \(arguments.joined(separator: " ")): \(result.standardError)")
    }
}
