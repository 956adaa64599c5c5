import Foundation
import Glibc
import SystemPackage

/// A folder of one test, gone when the test is.
final class Scratch: Sendable {
    let path: FilePath

    init() throws {
        var template = Array("\(NSTemporaryDirectory())stylevideo-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
        path = FilePath(template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
    }

    deinit { try? FileManager.default.removeItem(atPath: path.string) }

    /// The path of a file in it.
    func file(_ name: String) -> String { path.appending(name).string }

    func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: file(name))) }

    func write(_ name: String, _ bytes: some Sequence<UInt8>) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

    func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: file(name), withIntermediateDirectories: true)
    }

    /// Copies a fixture into it.
    @discardableResult
    func take(_ fixture: String, as name: String) throws -> String {
        try FileManager.default.copyItem(atPath: fixture, toPath: file(name))
        return name
    }

    /// Everything in it: names, and what lies under them. A link counts as what it names.
    func contents() throws -> [String: Data] {
        var all: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: path.string) {
            var status = stat()
            guard lstat(file(name), &status) == 0 else { continue }
            let isFile = status.st_mode & S_IFMT == S_IFREG
            all[name] = isFile ? try bytes(name) : Data("\(status.st_mode)".utf8)
        }
        return all
    }
}
