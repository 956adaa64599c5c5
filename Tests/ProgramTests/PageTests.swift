import Foundation
import TestSupport
import Testing

/// `--report` and `report`.
@Suite struct PageTests {
    private func folder() async throws -> Scratch {
        let folder = try Scratch()
        try folder.take(await Fixture.twoScenes, as: "in.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        return folder
    }

    private func page(_ folder: Scratch, _ name: String = "page.html") throws -> String {
        try #require(String(validating: folder.bytes(name), as: UTF8.self))
    }

    /// The page's own data: the curve's frames, and when each film begins.
    private func data(_ page: String) throws -> [String: Any] {
        let text = try #require(page.firstMatch(of: /id="data">(.*)<\/script>/)?.output.1)
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func aFilmIsPaintedWithItsPage() async throws {
        let folder = try await folder()
        let arguments = Refusal.paint() + ["--report", "page.html", "--json"]
        let outcome = try await Program.run(arguments, in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(try folder.contents().keys.sorted() == ["in.mp4", "out.mp4", "page.html", "style.png"])
        let page = try page(folder)
        // Both are small, and so in it.
        #expect(page.matches(of: /<video id="[a-z]+" src="data:video\/mp4;base64,/).count == 2)
        #expect(page.contains("stylevideo " + arguments.joined(separator: " ") + "</pre>"))
        #expect(page.contains("16 frames of 64 x 48 in 2 scenes"))
        #expect(!page.contains("role=\"alert\""))
        let curve = try #require(try data(page)["curve"] as? [[Any]])
        #expect(curve.map { $0[0] as? Int } == Array(1...7) + Array(9...15))
        let figures = try #require(
            (try Report(outcome).whole["temporalLPIPS"] as? [String: Any])?["output"] as? [String: Any])
        let largest = curve.compactMap { $0[1] as? Double }.max() ?? 0
        #expect(abs(try #require(figures["worst"] as? Double) - largest) < 1e-4)
    }

    @Test func whereItWasNotMeasuredThePageSaysSo() async throws {
        let folder = try await folder()
        let outcome = try await Program.run(
            Refusal.paint() + ["--report", "page.html", "--no-measure", "-q"], in: folder)
        #expect(outcome.code == 0 && outcome.error.isEmpty, "\(outcome.error)")
        #expect(try page(folder).contains("The painting was not measured"))
    }

    /// In the page's default place, of a stretch, which begins where the source's frame is.
    @Test func aPageIsMadeOfAFilmThatIsThere() async throws {
        let folder = try await folder()
        let stretch = ["--start", "0.3", "--frames", "8"]
        let painted = try await Program.run(Refusal.paint() + stretch + ["-q"], in: folder)
        #expect(painted.code == 0, "\(painted.error)")
        let outcome = try await Program.run(["report", "out.mp4", "--against", "in.mp4"] + stretch, in: folder)
        #expect(outcome.code == 0 && outcome.error.hasPrefix("out.html: a page about out.mp4\n"), "\(outcome.error)")
        let firsts = try #require(try data(page(folder, "out.html"))["firsts"] as? [String: Double])
        #expect(firsts == ["painting": 0, "source": 0.3])
    }

    @Test func aClipThatBrowsersDoNotPlayIsShownInSmallPictures() async throws {
        let folder = try Scratch()
        try folder.take(await Fixture.clip("m.ts", Fixture.x264 + ["-c:a", "mp2", "-f", "mpegts"]), as: "in.ts")
        try folder.take(await Fixture.style, as: "style.png")
        let outcome = try await Program.run(
            Refusal.paint("in.ts") + ["--report", "page.html", "--unpainted", "-q"], in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        let page = try page(folder)
        #expect(page.contains("The source is not played here: browsers do not play h264 in MPEG-TS"))
        #expect(page.components(separatedBy: "<video ").count == 2 && page.contains("<img alt=\"source\""))
    }

    @Test func whatFlashesIsWarnedOf() async throws {
        let folder = try Scratch()
        // Ten flashes in two seconds.
        let flashing = try await Program.command(
            "ffmpeg",
            ["-v", "error", "-nostdin", "-f", "lavfi", "-i", "color=black:size=64x48:rate=20:duration=2"]
                + ["-vf", "drawbox=c=white:t=fill:enable='lt(mod(n,4),2)'"] + Fixture.x264 + ["in.mp4"], in: folder)
        #expect(flashing.code == 0, "\(flashing.error)")
        try folder.take(await Fixture.style, as: "style.png")
        let outcome = try await Program.run(
            Refusal.paint() + ["--report", "page.html", "--unpainted", "--no-measure", "-q"], in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        let page = try page(folder)
        #expect(page.contains("This painting flashes up to 5 times a second"))
        #expect(page.contains("Its source does too, up to 5 times."))
    }

    /// The film outlives a page that the system will not write.
    @Test func aPageThatCannotBeWrittenLosesNoFilm() async throws {
        let folder = try await folder()
        let command =
            "ulimit -f 40; exec \"$PROGRAM\" \(Refusal.paint().joined(separator: " ")) --unpainted --crf 51 -q "
            + "--report page.html"
        let outcome = try await Program.shell(command, in: folder)
        #expect(outcome.code == 74, "\(outcome.error)")
        #expect(outcome.errorLines.count == 1)
        for words in ["the page is not written", "page.html", "the film out.mp4 is complete", "stylevideo report"] {
            #expect(outcome.error.contains(words), "\(outcome.error)")
        }
        #expect(try folder.contents().keys.sorted() == ["in.mp4", "out.mp4", "style.png"])
    }

    static let refusals = [
        Refusal("another ending", Refusal.paint() + ["--report", "page.txt"], code: 73, naming: ".html"),
        Refusal("no folder", Refusal.paint() + ["--report", "no/page.html"], code: 73, naming: "no"),
        Refusal("a page that is there", Refusal.paint() + ["--report", "page.html"], code: 73, naming: "--overwrite") {
            try $0.write("page.html", "mine".utf8)
        },
        Refusal(
            "the style itself", ["in.mp4", "--style", "s.html", "--report", "s.html", "--overwrite"], code: 73,
            naming: "s.html"
        ) { try $0.write("s.html", "mine".utf8) },
        Refusal(
            "pictures", Refusal.paint(output: "x%03d.png") + ["--report", "page.html"], code: 64, naming: "--report"),
        Refusal("no film", ["report", "no.mp4", "--against", "in.mp4"], code: 66, naming: "no.mp4"),
        Refusal("no source", ["report", "in.mp4"], code: 64, naming: "--against"),
        Refusal(
            "another source", ["report", "in.mp4", "--against", "other.mp4"], code: 65, naming: "other.mp4"
        ) { try $0.take(await Fixture.silent(64, 48, frames: 16), as: "other.mp4") },
    ]

    @Test(arguments: refusals) func isRefused(_ refusal: Refusal) async throws { try await refusal.check() }
}
