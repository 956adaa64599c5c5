import Foundation
import Imaging
import Media
import Subprocess
import SystemPackage
import Testing

/// A folder of its own for one test, gone when the test is over.
final class Scratch: Sendable {
    let path: FilePath

    init() throws {
        let name = "stylevideo-media-\(UInt64.random(in: 0 ... .max))"
        path = FilePath(FileManager.default.temporaryDirectory.path).appending(name)
        try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path.string) }

    func callAsFunction(_ name: String) -> FilePath { path.appending(name) }

    /// The names of the files in the folder.
    var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path.string).sorted()) ?? [] }

    /// Runs ffmpeg in the folder, with an argument for each word; its complaints fail the test.
    func ffmpeg(_ words: String, _ more: [String] = []) async throws {
        let arguments = ["-nostdin", "-y", "-v", "error"] + words.split(separator: " ").map(String.init) + more
        let result = try await run(
            .name("ffmpeg"), arguments: Arguments(arguments), workingDirectory: path, output: .discarded,
            error: .string(limit: 1 << 16))
        try #require(result.terminationStatus.isSuccess, "ffmpeg \(words): \(result.standardError)")
    }

    /// What ffprobe says of some entries, for each packet, frame or stream: by the entries' names.
    func ffprobe(
        _ file: FilePath, _ entries: String, stream: String? = nil, _ more: [String] = []
    ) async throws -> [[String: String]] {
        var arguments = ["-v", "error", "-show_entries", entries, "-of", "json"] + more
        if let stream { arguments += ["-select_streams", stream] }
        let result = try await run(
            .name("ffprobe"), arguments: Arguments(arguments + [file.string]), workingDirectory: path,
            output: .string(limit: 1 << 24), error: .string(limit: 1 << 16))
        try #require(result.terminationStatus.isSuccess, "ffprobe \(file): \(result.standardError)")
        let parsed = try JSONSerialization.jsonObject(with: Data(result.standardOutput.utf8)) as? [String: Any] ?? [:]
        let section = String(entries.prefix { $0 != "=" && $0 != "_" })
        let found = parsed[section + "s"] as? [[String: Any]] ?? [parsed[section] as? [String: Any] ?? [:]]
        return found.map { entry in
            var flat = entry.compactMapValues { $0 is [Any] || $0 is [String: Any] ? nil : "\($0)" }
            for (tag, value) in entry["tags"] as? [String: Any] ?? [:] { flat["tag:" + tag] = "\(value)" }
            return flat
        }
    }
}

/// Reads a clip and writes its frames unchanged: the painting that changes nothing.
@discardableResult
func carry(
    _ source: FilePath, to target: FilePath, settings: EncoderSettings = EncoderSettings(crf: 12, preset: "ultrafast"),
    selection: Selection = .all, withSound: Bool = true
) throws -> [String] {
    let reader = try VideoReader(source, selection: selection)
    let writer = try VideoWriter(
        target, like: reader.information, settings: settings, audioFrom: withSound ? source : nil, selection: selection)
    let frame = reader.makeFrame()
    while try reader.next(into: frame) { try writer.write(frame) }
    try writer.finish()
    return reader.notices + writer.notices
}

/// One frame as a test compares it.
struct Shot: Equatable {
    var time: Int64
    var width: Int
    var height: Int
    var pixels: [UInt8]

    init(_ frame: Frame) {
        time = frame.presentationTime.value
        width = frame.width
        height = frame.height
        pixels = frame.pixels
    }

    func pixel(_ x: Int, _ y: Int) -> [UInt8] { Array(pixels[((y * width + x) * 3)..<((y * width + x) * 3 + 3)]) }
}

extension Frame {
    /// The pixels without the rows' padding.
    var pixels: [UInt8] {
        withBytes { bytes in
            (0..<height).flatMap { bytes[($0 * rowStride)..<($0 * rowStride + width * 3)] }
        }
    }

    func fill(_ colour: (_ x: Int, _ y: Int) -> [UInt8]) {
        withMutableBytes { bytes in
            for y in 0..<height {
                for x in 0..<width {
                    for (component, value) in colour(x, y).enumerated() {
                        bytes[y * rowStride + x * 3 + component] = value
                    }
                }
            }
        }
    }
}

func shots(_ path: FilePath, selection: Selection = .all) throws -> [Shot] {
    let reader = try VideoReader(path, selection: selection)
    let frame = reader.makeFrame()
    var shots: [Shot] = []
    while try reader.next(into: frame) { shots.append(Shot(frame)) }
    return shots
}

/// Peak signal-to-noise ratio in decibels; 99 for equal pictures.
func psnr(_ a: [UInt8], _ b: [UInt8]) -> Double {
    precondition(a.count == b.count && !a.isEmpty)
    let squares = zip(a, b).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
    return squares == 0 ? 99 : 10 * log10(255 * 255 * Double(a.count) / squares)
}

/// Expects an error of one kind, whose sentence names the file and holds some words.
func expectFailure(
    _ kind: MediaError.Kind, naming file: String, _ words: String = "",
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Void
) {
    do {
        try body()
        Issue.record("no error for \(file)", sourceLocation: sourceLocation)
    } catch let error as MediaError {
        #expect(error.kind == kind, "\(error)", sourceLocation: sourceLocation)
        #expect(error.description.contains(file), "\(error)", sourceLocation: sourceLocation)
        #expect(error.description.contains(words), "\(error)", sourceLocation: sourceLocation)
        #expect(!error.description.contains("\n"), "\(error)", sourceLocation: sourceLocation)
    } catch {
        Issue.record("another error: \(error)", sourceLocation: sourceLocation)
    }
}

extension Sequence {
    func asyncMap<T>(_ transform: (Element) async throws -> T) async rethrows -> [T] {
        var results: [T] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
