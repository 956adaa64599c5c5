import Foundation
import StyleVideo
import TestSupport
import Testing

@testable import Program

/// How far a job is, as it is told to people and to programs.
@Suite struct ProgressTests {
    private static func step(
        _ phase: StyleVideo.Progress.Phase = .painting, _ done: Int = 1234, of total: Int? = 10000, left: Double? = 3725
    ) -> ProgressStep {
        var progress = StyleVideo.Progress(phase, done: done, total: total)
        progress.moment = phase == .painting ? Double(done) / 25 : nil
        return ProgressStep(
            progress: progress, elapsed: 500, phaseElapsed: 400,
            estimate: left.map { TimeLeft.Estimate(secondsLeft: $0, fraction: 0.12) })
    }

    @Test(arguments: [true, false]) func aLineIsNarrowerThanTheTerminal(_ isUTF8: Bool) {
        let steps = [
            Self.step(), Self.step(.statistics, 3, of: 8), Self.step(.scenes, 70000, of: nil, left: nil),
            Self.step(.joining, 10000, left: 0),
        ]
        for step in steps {
            for columns in 1...300 {
                let line = ProgressText(step, isUTF8: isUTF8).line(columns: columns)
                #expect(line.count < columns && !line.contains("\n"), "\(columns): \(line)")
                #expect(isUTF8 || line.utf8.count == line.count)
            }
        }
    }

    @Test(arguments: [
        (120, "painting ▕███▊                          ▏ 12 % · 1234/10000 frames · 3.1 frames/s · 1:02:05 left"),
        (72, "painting 12 % · 1234/10000 frames · 3.1 frames/s · 1:02:05 left"),
        (50, "painting 12 % · 1234/10000 frames · 1:02:05 left"),
        (40, "painting ▕▉       ▏ 12 % · 1:02:05 left"), (29, "painting 12 % · 1:02:05 left"),
        (20, "1:02:05 left"), (8, "1:02:05"),
    ]) func theTimeLeftStaysLongest(_ columns: Int, _ expected: String) {
        let line = ProgressText(Self.step(), isUTF8: true).line(columns: columns)
        #expect(line.count < columns)
        func words(_ line: String) -> String { line.replacing(#/▕.*▏ /#, with: "") }
        #expect(words(line) == words(expected) && line.contains("▕") == expected.contains("▕"), "\(line)")
    }

    @Test func everyPhasesLastStepIsToldAndTwoASecond() {
        var gauge = ProgressGauge(every: 0.5, tellsLast: true, at: 0)
        var told: [ProgressStep] = []
        // The container had said 120.
        for done in 1...100 {
            told += gauge.take(Progress(.scenes, done: done, total: 120), at: Double(done) / 64)
        }
        for done in 1...40 {
            told += gauge.take(Progress(.painting, done: done, total: 40), at: 2 + Double(done) / 8)
        }
        told += gauge.rest()
        let scenes = told.filter { $0.progress.phase == .scenes }.map(\.progress.done)
        let painting = told.filter { $0.progress.phase == .painting }.map(\.progress.done)
        #expect(scenes == [1, 33, 65, 97, 100])
        #expect(painting == [1, 5, 9, 13, 17, 21, 25, 29, 33, 37, 40])
    }

    @Test func onePicturesPartIsInPercents() {
        var progress = StyleVideo.Progress(.painting, done: 0, total: 1)
        progress.part = 0.4
        let step = ProgressStep(
            progress: progress, elapsed: 4, phaseElapsed: 4, estimate: TimeLeft.Estimate(secondsLeft: 6, fraction: 0.4))
        #expect(ProgressText(step, isUTF8: false).plain == "painting - 40 % - 6 s left")
    }

    @Test func aPlainLineComesEveryThirtySeconds() {
        var gauge = ProgressGauge(every: 30, tellsLast: false, at: 0)
        let told = (1...100).flatMap { gauge.take(Progress(.painting, done: $0, total: 100), at: Double($0)) }
        #expect(told.map(\.progress.done) == [31, 61, 91])
        #expect(gauge.take(Progress(.joining, done: 1, total: 100), at: 200).isEmpty)
    }

    @Test func anObjectIsOneLineOfJSONWhateverItSays() throws {
        let text = "a \"quoted\" \\ back\u{1B}[1m\nline\u{2028}\u{7F} é 🎬"
        var line = JSONLine("notice")
        line.add("text", text)
        line.add("texts", [text, ""])
        line.add("nan", Double.nan, digits: 3)
        line.add("tiny", 1e-9, digits: 6)
        line.add("none", nil as Int?)
        #expect(!line.text.contains { $0.isNewline })
        let read = try #require(try JSONSerialization.jsonObject(with: Data(line.text.utf8)) as? [String: Any])
        #expect(Set(read.keys) == ["type", "text", "texts", "tiny"] && line.text.hasPrefix("{\"type\":\"notice\","))
        #expect(read["text"] as? String == text && read["texts"] as? [String] == [text, ""])
        #expect(read["tiny"] as? Double == 0)
    }

    /// Key by key what FFmpeg itself prints.
    @Test func blocksHaveTheKeysOfFFmpegs() async throws {
        let outcome = try await Program.command(
            "ffmpeg",
            [
                "-v", "error", "-f", "lavfi", "-i", "testsrc2=duration=1", "-c:v", "libx264", "-progress", "-",
                "out.mp4",
            ],
            in: Scratch())
        func keys(_ block: String) -> [Substring] {
            block.split(separator: "\n").map { $0.prefix { $0 != "=" } }
        }
        let theirs = keys(outcome.output)
        let ours = keys(ProgressBlocks.block(Self.step(), isEnd: false))
        #expect(theirs.prefix(ours.count) == ours[...])
        #expect(keys(ProgressBlocks.block(nil, isEnd: true)) == ours)
    }

    @Test func blocksSayWhatIsTrueOrNothing() {
        let block = ProgressBlocks.block(Self.step(), bytes: 1_000_000, isEnd: true)
        for line in [
            "frame=1234", "fps=3.08", "bitrate= 162.1kbits/s", "total_size=1000000", "out_time_us=49360000",
            "out_time_ms=49360000", "out_time=00:00:49.360000", "speed=0.123x", "progress=end",
        ] {
            #expect(block.contains(line + "\n"), "\(block)")
        }
        let first = ProgressBlocks.block(Self.step(.scenes, 100), isEnd: false)
        for line in ["frame=0", "bitrate=N/A", "total_size=N/A", "out_time=N/A", "speed=N/A", "progress=continue"] {
            #expect(first.contains(line + "\n"), "\(first)")
        }
    }

    @Test func aRunTellsAProgramAllOnStandardError() async throws {
        let folder = try await Self.folder()
        let outcome = try await Program.run(
            Refusal.paint() + ["--progress", "json", "--verbose", "--json", "--quality", "draft"], in: folder)
        #expect(outcome.code == 0)
        let objects = try Self.objects(outcome.error)
        let types = objects.compactMap { $0["type"] as? String }
        #expect(types.first == "start" && types.last == "result" && types.contains("notice"))
        #expect(objects[0]["input"] as? String == "in.mp4" && objects[0]["output"] as? String == "out.mp4")
        let progress = objects.filter { $0["type"] as? String == "progress" }
        let last = progress.last { $0["stage"] as? String == "painting" }
        #expect(last?["done"] as? Int == 10 && last?["total"] as? Int == 10 && last?["fraction"] as? Double == 1)
        #expect(last?["secondsLeft"] as? Double == 0)
        #expect(Set(progress.compactMap { $0["stage"] as? String }) == ["scenes", "statistics", "painting"])
        #expect(try Self.document(outcome.output)["frames"] as? Int == 10)
    }

    @Test func aRunTellsAsFFmpegDoes() async throws {
        let folder = try await Self.folder()
        let outcome = try await Program.run(Refusal.paint() + ["--progress", "ffmpeg"], in: folder)
        #expect(outcome.code == 0 && outcome.output.isEmpty)
        let end = try #require(outcome.error.range(of: "progress=end\n"))
        #expect(outcome.error[..<end.lowerBound].contains("frame=10\n"))
        #expect(outcome.error[end.upperBound...].hasPrefix("out.mp4: 10 frames"))
    }

    @Test func withoutProgressTheReportIsStillThere() async throws {
        let folder = try await Self.folder()
        let outcome = try await Program.run(Refusal.paint() + ["--progress", "none"], in: folder)
        #expect(outcome.code == 0 && outcome.error.hasPrefix("out.mp4: 10 frames"))
    }

    /// Before the arguments are parsed, while they are, and after.
    @Test(
        arguments: [
            (["nope.mp4", "--style", "style.png"], 66, "missingInput"),
            (["in.mp4", "--sytle", "style.png"], 64, "usage"),
            (["in.mp4", "--style", "style.png", "--crf", "99"], 64, "usage"),
            (["style.png", "--style", "style.png"], 65, "badData"), (["prevew", "in.mp4"], 64, "usage"),
            (["in.mp4", "--style", "style.png", "--config", "nope.conf"], 66, "missingInput"),
        ] as [([String], Int, String)])
    func aFailureIsToldToProgramsToo(_ arguments: [String], _ code: Int, _ kind: String) async throws {
        let folder = try await Self.folder()
        let outcome = try await Program.run(arguments + ["--progress=json", "--json"], in: folder)
        #expect(outcome.code == Int32(code))
        let document = try Self.document(outcome.output)
        let error = try #require(document["error"] as? [String: Any])
        #expect(error["code"] as? Int == code && error["kind"] as? String == kind)
        let told = try #require(try Self.objects(outcome.error).last)
        #expect(told["type"] as? String == "error" && told["code"] as? Int == code)
        #expect(told["message"] as? String == error["message"] as? String)
        let plain = try await Program.run(arguments + ["--json"], in: folder)
        #expect(plain.output == outcome.output && plain.errorLines.count == 1)
        #expect(plain.error == "stylevideo: \(error["message"] as! String)\n")
    }

    /// The wish stands in the environment, and other settings cannot be read.
    @Test func aFailureOfTheSettingsIsToldAsTheEnvironmentWishes() async throws {
        let folder = try await Self.folder()
        let words = ["in.mp4", "--style", "style.png", "--config", "nope.conf"]
        let environment = ["STYLEVIDEO_JSON": "yes", "STYLEVIDEO_PROGRESS": "json"]
        let outcome = try await Program.run(words, in: folder, environment: environment)
        #expect(outcome.code == 66)
        #expect((try Self.document(outcome.output)["error"] as? [String: Any])?["code"] as? Int == 66)
        #expect(try Self.objects(outcome.error).last?["type"] as? String == "error")
        for more in ["--no-config", "--json=no"] {
            let plain = try await Program.run(words + [more], in: folder, environment: ["STYLEVIDEO_JSON": "yes"])
            #expect(plain.code == 66 && plain.output.isEmpty, "\(more)")
        }
    }

    /// Of one picture: what part of it is painted, and when all will be.
    @Test func aPictureTellsHowFarItIs() async throws {
        let folder = try await Self.folder()
        for brush in ["1", "2"] {
            let words = ["image", "style.png", "--style", "style.png", "--style-size", "64", "--brush", brush]
            let outcome = try await Program.run(words + ["-o", "\(brush).png", "--progress=json"], in: folder)
            #expect(outcome.code == 0, "\(outcome.error)")
            let told = try Self.objects(outcome.error).filter { $0["type"] as? String == "progress" }
            #expect(told.allSatisfy { $0["stage"] as? String == "painting" && $0["total"] as? Int == 1 })
            #expect(told.first.flatMap { $0["stageFraction"] as? Double } ?? 0 >= 0.05)
            #expect(told.last?["done"] as? Int == 1 && told.last?["fraction"] as? Double == 1)
        }
        let blocks = try await Program.run(
            ["image", "style.png", "--style", "style.png", "--style-size", "64", "--progress=ffmpeg"], in: folder)
        #expect(blocks.code == 0 && blocks.error.contains("frame=1\n") && blocks.error.contains("progress=end\n"))
    }

    /// A film of a part is one, and there is one document.
    @Test func aReportTellsOfTheFailureBesideIt() async throws {
        let folder = try Scratch()
        try folder.take(await Fixture.style, as: "style.png")
        let clip = try await Fixtures.shared.make(
            "early.ts", Fixture.pattern + ["testsrc2=size=64x48:rate=10:duration=2"] + Fixture.x264 + ["-g", "5"])
        let bytes = try Data(contentsOf: URL(fileURLWithPath: clip))
        try folder.write("in.ts", bytes.prefix(bytes.count * 2 / 3 - 50))
        let outcome = try await Program.run(
            ["in.ts", "--style", "style.png", "-o", "out.mp4", "--style-size", "64", "--json"], in: folder)
        let document = try Self.document(outcome.output)
        #expect((document["error"] as? [String: Any])?["code"] as? Int32 ?? 0 == outcome.code)
        #expect(document["frames"] as? Int ?? 0 > 0 || outcome.code != 65)
    }

    private static func folder() async throws -> Scratch {
        let folder = try Scratch()
        try folder.take(await Fixture.clip, as: "in.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        return folder
    }

    private static func document(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    /// Each line is one.
    private static func objects(_ text: String) throws -> [[String: Any]] {
        try text.split(separator: "\n").map { try document(String($0)) }
    }
}
