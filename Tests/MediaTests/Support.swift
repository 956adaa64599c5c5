import Foundation
import Imaging
import Machine
import Media
import Subprocess
import SystemPackage
import TestSupport
import Testing

extension Scratch {
    /// Runs ffmpeg in the folder, with an argument for each word.
    func ffmpeg(_ words: String, _ more: [String] = []) async throws {
        try await ffmpeg(words.split(separator: " ").map(String.init) + more)
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
    selection: Selection = .all, withSound: Bool = true, mapping: ToneMapping = .hable
) throws -> [String] {
    let reader = try VideoReader(source, selection: selection, mapping: mapping)
    let writer = try VideoWriter(
        target, like: reader.information, settings: settings, audioFrom: withSound ? source : nil, selection: selection)
    let frame = reader.makeFrame(settings.pixelFormat.frameFormat)
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

func shots(_ path: FilePath, selection: Selection = .all, mapping: ToneMapping = .hable) throws -> [Shot] {
    let reader = try VideoReader(path, selection: selection, mapping: mapping)
    let frame = reader.makeFrame()
    var shots: [Shot] = []
    while try reader.next(into: frame) { shots.append(Shot(frame)) }
    return shots
}

/// Expects an error of one kind, whose sentence names the file and holds some words.
func expectFailure(
    _ kind: MediaError.Kind, naming file: String, _ words: String = "",
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    let error = #expect(throws: MediaError.self, sourceLocation: sourceLocation, performing: body)
    #expect(error?.kind == kind, "\(String(describing: error))", sourceLocation: sourceLocation)
    expectSentence(error, naming: file, words, sourceLocation)
}

/// Expects trouble of one sort with an output, whichever layer meets it.
func expectTrouble(
    _ kind: TroubleKind, naming file: String, _ words: String = "",
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    let error = #expect(throws: (any Error).self, sourceLocation: sourceLocation, performing: body) as? any Trouble
    #expect(error?.trouble == kind, "\(String(describing: error))", sourceLocation: sourceLocation)
    expectSentence(error, naming: file, words, sourceLocation)
}

private func expectSentence(
    _ error: (any Trouble)?, naming file: String, _ words: String, _ sourceLocation: SourceLocation
) {
    let sentence = error?.description ?? ""
    #expect(
        sentence.contains(file) && (words.isEmpty || sentence.contains(words)), "\(sentence)",
        sourceLocation: sourceLocation)
    #expect(!sentence.contains("\n"), "\(sentence)", sourceLocation: sourceLocation)
}

extension Sequence {
    func asyncMap<T>(_ transform: (Element) async throws -> T) async rethrows -> [T] {
        var results: [T] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
