import Foundation
import TestSupport
import Testing

/// What the painter's hand may and may not decide.
@Suite struct HandTests {
    private static func refusal(
        _ description: String, _ code: Int32, _ sentence: String, _ flags: [String],
        prepare: @escaping @Sendable (Scratch) async throws -> Void = { _ in }
    ) -> Refusal {
        Refusal(description, Refusal.paint() + flags, code: code, naming: sentence, prepare: prepare)
    }

    private static let second = ["--style", "style.png"]
    private static func timeline(_ description: String, _ text: String, _ sentence: String) -> Refusal {
        refusal(description, 65, sentence, ["--timeline", "times.txt"]) { try $0.write("times.txt", text.utf8) }
    }

    static let refusals = [
        refusal("two styles in one file", 64, "out.mp4 is one file, and 2 films are to be painted", second),
        refusal("a weight too few", 64, "there is 1 weight for 2 styles", second + ["--mix", "1"]),
        refusal("too much in all", 64, "the weights sum to 1.2, and not to 1", second + ["--mix", "0.7,0.5"]),
        refusal("a weight below zero", 64, "a weight is from 0 to 1, and not 1.5", second + ["--mix", "1.5,-0.5"]),
        refusal("a word for a weight", 64, "'nan,1'", second + ["--mix", "nan,1"]),
        refusal(
            "a collage with weights", 64, "a collage takes of each style what fits best",
            second + ["--collage", "--mix", "0.5,0.5"]),
        refusal("a collage of one", 64, "--collage is of several styles", ["--collage"]),
        Refusal(
            "a background of nothing", ["in.mp4", "--background", "source", "-o", "out.mp4"], code: 64,
            naming: "--background source needs a --region"),
        Refusal(
            "a region alone", ["in.mp4", "--region", "m.png=style.png", "-o", "out.mp4"], code: 64,
            naming: "what no region covers needs a --style, or stays with --background source"),
        refusal("too strong", 64, "a strength is from 0 to 1.5, and not 1.6", ["--strength", "1.6"]),
        refusal("too weak", 64, "a strength is from 0 to 1.5, and not -0.1", ["--strength=-0.1"]),
        refusal("no strength", 64, "a strength is from 0 to 1.5, and not nan", ["--strength", "nan"]),
        refusal(
            "nine styles", 64, "at most 8 styles paint together, and these are 9",
            (0..<8).flatMap { _ in second } + ["--collage"]),
        refusal("no timeline", 66, "cannot read none.txt: No such file or directory", ["--timeline", "none.txt"]),
        timeline("an empty timeline", "", "times.txt is no timeline: it has no moment"),
        timeline(
            "a timeline of unknown styles", "0 monet=1\n",
            "times.txt, line 1: it names monet, and the styles are style"),
        refusal(
            "a timeline in latin-1", 65, "times.txt is no timeline: it is not a text in UTF-8",
            ["--timeline", "times.txt"]
        ) { try $0.write("times.txt", [0x30, 0x20, 0xE9, 0x3D, 0x31]) },
    ]

    @Test(arguments: refusals) func isRefused(_ refusal: Refusal) async throws { try await refusal.check() }

    @Test func theReportTellsWhatWasDecided() async throws {
        let folder = try Scratch()
        try folder.take(await Fixture.clip, as: "in.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        try folder.write("times.txt", "0 1=1\n0.3 2=1 strength=0.5 ease\n9 1=1\n".utf8)
        let outcome = try await Program.run(
            Refusal.paint() + [
                "--style", "style.png", "--timeline", "times.txt", "--frames", "4", "--no-measure", "--json",
            ], in: folder)
        try #require(outcome.code == 0, "\(outcome.error)")
        let report = try Report(outcome)
        #expect(report.whole["styles"] as? [String] == ["style.png", "style.png"])
        #expect(report.settings["moments"] as? Int == 3 && report.settings["mix"] as? [Double] == [1, 0])
        let notice = "the timeline's moment at 9 s lies behind the last frame, at 0.3 s"
        #expect(outcome.error.contains(notice), "\(outcome.error)")
    }

    @Test func strengthZeroGivesThePictureBack() async throws {
        let folder = try Scratch()
        try folder.take(await Fixture.style, as: "in.png")
        let outcome = try await Program.run(
            ["image", "in.png", "--style", "in.png", "--strength", "0", "-o", "out.png"], in: folder)
        try #require(outcome.code == 0, "\(outcome.error)")
        let (before, after) = (
            try await Pixels.read("in.png", width: 96, height: 80, in: folder),
            try await Pixels.read("out.png", width: 96, height: 80, in: folder)
        )
        #expect(before.frames == after.frames)
    }

    /// Not even noise is held still.
    @Test func strengthZeroGivesTheClipBack() async throws {
        let folder = try Scratch()
        try await folder.ffmpeg(
            Fixture.pattern + ["testsrc2=size=96x80:rate=10:duration=0.8,noise=alls=20:allf=t", "-qp", "0", "in.mp4"])
        try folder.take(await Fixture.style, as: "style.png")
        func digest(_ flags: [String]) async throws -> String? {
            let outcome = try await Program.run(
                Refusal.paint() + ["--no-measure", "--hash", "--json"] + flags, in: folder)
            return try Report(outcome).whole["digest"] as? String
        }
        let source = try await digest(["--unpainted"])
        #expect(try await digest(["--strength", "0"]) == source)
        #expect(try await digest(["--strength", "0.01"]) != source)
    }
}
