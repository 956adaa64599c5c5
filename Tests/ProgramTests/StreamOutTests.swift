import Foundation
import TestSupport
import Testing

/// Paintings that go through pipes.
@Suite struct StreamOutTests {
    private let folder: Scratch

    init() async throws {
        folder = try Scratch()
        try folder.take(await Fixture.style, as: "style.png")
        try folder.take(await Fixture.clip, as: "in.mp4")
    }

    private static let paint = "\"$PROGRAM\" in.mp4 --style style.png --style-size 64 -o -"

    @Test func framesAloneGoToStandardOutput() async throws {
        let outcome = try await Program.shell(
            "\(Self.paint) --progress json --pixel-format yuv420p10le | ffmpeg -v error -i - -f framemd5 sums",
            in: folder)
        #expect(outcome.code == 0 && outcome.output.isEmpty && outcome.error.contains("\"type\":\"result\""))
        let sums = String(decoding: try folder.bytes("sums"), as: UTF8.self).split(separator: "\n")
        #expect(sums.filter { !$0.hasPrefix("#") }.count == 10)
        // From one pipe into the next.
        let both = try await Program.shell(
            "cat in.mp4 | \(Self.paint.replacing("in.mp4", with: "-")) --null > null; "
                + "cat in.mp4 | \(Self.paint.replacing("in.mp4", with: "-")) > both && head -c 9 both", in: folder)
        #expect(both.code == 0 && both.output == "YUV4MPEG2", "\(both.error)")
        #expect(try folder.bytes("null").isEmpty && folder.bytes("both").count > 10 * 64 * 48 * 3 / 2)
        #expect(Set(folder.names) == ["in.mp4", "style.png", "sums", "null", "both"])
    }

    @Test func aReaderThatLeavesIsToldOf() async throws {
        let outcome = try await Program.shell(
            "(\(Self.paint) --pixel-format yuv444p -q; echo $? > code) | head -c 20 > /dev/null; cat code", in: folder)
        #expect(outcome.output == "74\n" && outcome.errorLines.count == 1)
        #expect(outcome.error.contains("cannot write to standard output"))
    }

    static let refusals = [
        Refusal("a document where frames go", Refusal.paint(output: "-") + ["--json"], code: 64, naming: "--json"),
        Refusal("a codec of a pipe", Refusal.paint(output: "-") + ["--codec", "hevc"], code: 64, naming: "--codec"),
        Refusal(
            "transparency in a pipe", Refusal.paint(output: "-") + ["--pixel-format", "yuva420p"], code: 64,
            naming: "--pixel-format", "yuv420p12le"),
        Refusal("two films in a pipe", ["in.mp4"] + Refusal.paint(output: "-"), code: 64, naming: "2 films"),
        Refusal("a page of a pipe", Refusal.paint(output: "-") + ["--report", "a.html"], code: 64, naming: "--report"),
        Refusal(
            "a plan of a pipe", ["plan"] + Refusal.paint(output: "-") + ["--job", "job"], code: 73,
            naming: "standard output"),
    ]

    @Test(arguments: refusals) func refuses(_ refusal: Refusal) async throws {
        // `--json` tells of its failure on standard output, as ever.
        guard refusal.arguments.last == "--json" else { return try await refusal.check() }
        let outcome = try await Program.run(refusal.arguments, in: folder)
        #expect(outcome.code == 64 && outcome.error.contains("--json") && outcome.output.hasPrefix("{"))
    }
}
