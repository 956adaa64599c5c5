import Foundation
import Imaging
import Media
import Subprocess
import TestSupport
import Testing

@Suite struct SinkTests {
    private func frame(_ change: (Frame) -> Void = { _ in }) -> Frame {
        let frame = Frame(width: 5, height: 3)
        frame.fill { x, y in [UInt8(x), UInt8(y), 7] }
        frame.place = Place(
            number: 2, presentationTime: Timestamp(40, timeBase: Rational(1, 25)),
            duration: Timestamp(1, timeBase: Rational(1, 25)))
        change(frame)
        return frame
    }

    private func digest(_ frames: [Frame]) throws -> String {
        let sink = HashSink()
        for frame in frames { try sink.write(frame) }
        try sink.finish()
        return try #require(sink.digest)
    }

    /// By another program's SHA-256, of the same bytes.
    @Test func theDigestIsSHA256() async throws {
        let scratch = try Scratch()
        var bytes = Data()
        for value: Int64 in [5, 3, 2, 40, 1, 25, 1] { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
        try scratch.write("frame", bytes + Data(frame().pixels))
        let result = try await run(
            .name("sha256sum"), arguments: ["frame"], workingDirectory: scratch.path,
            output: .string(limit: 1 << 10))
        let known = try #require(result.standardOutput.split(separator: " ").first)
        #expect(try digest([frame()]) == String(known))
    }

    @Test func everythingCountsButWhatLiesBetweenRows() throws {
        let plain = try digest([frame(), frame()])
        #expect(try digest([frame(), frame { $0.withMutableBytes { $0[15] = 99 } }]) == plain)
        for change: (Frame) -> Void in [
            { $0.withMutableBytes { $0[14] += 1 } }, { $0.number += 1 }, { $0.presentationTime.value += 1 },
            { $0.presentationTime.timeBase.denominator = 24 }, { $0.duration = nil }, { $0.duration?.value = 2 },
        ] {
            #expect(try digest([frame(), frame(change)]) != plain)
        }
        #expect(try digest([frame()]) != plain)
    }
}
