import Foundation
import TestSupport
import Testing

/// What the flags of a run do.
@Suite struct FlagsTests {
    private func folder() async throws -> Scratch {
        let folder = try Scratch()
        try folder.take(await Fixture.clip, as: "in.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        return folder
    }

    private func paint(_ flags: [String], in folder: Scratch) async throws -> Program.Outcome {
        let outcome = try await Program.run(Refusal.paint() + flags, in: folder)
        try #require(outcome.code == 0, "\(outcome.error)")
        return outcome
    }

    @Test func aStretchBecomesTheClip() async throws {
        let folder = try await folder()
        let outcome = try await paint(["--start", "0.3", "--end", "0:00:00.7", "--json", "-q"], in: folder)
        let output = try await Probe.read("out.mp4", in: folder)
        #expect(try output.frameTimes.map { Int(($0 * 10).rounded()) } == [0, 1, 2, 3])
        let source = try await Probe.read("in.mp4", in: folder)
        let (all, kept) = (source.hashes(of: source.sound[0]), output.hashes(of: output.sound[0]))
        let first = try #require(kept.first.flatMap { all.firstIndex(of: $0) })
        #expect(Array(all[first..<min(all.count, first + kept.count)]) == kept, "packets are missing or changed")
        // 0.4 s of sound are 18 packets of 1024 samples, and one more at each end at most.
        #expect(
            (17...20).contains(kept.count) && abs(source.times(of: source.sound[0])[first] - 0.3) < 2 * 1024 / 44100)
        let report = try Report(outcome)
        #expect(
            report.frames == 4 && report.settings["start"] as? Double == 0.3 && report.settings["end"] as? Double == 0.7
        )
        let temporal = try #require(report.whole["temporalLPIPS"] as? [String: Any])
        for side in ["output", "input"] {
            let figures = try #require(temporal[side] as? [String: Any])
            let (frame, time) = (figures["worstFrame"] as? Int, figures["worstTime"] as? Double)
            #expect(try abs(#require(time) - Double(#require(frame)) / 10) < 1e-6, "the worst moment of the \(side)")
        }
    }

    @Test func framesLimitsTheirNumber() async throws {
        let folder = try await folder()
        _ = try await paint(["--frames", "3", "--no-measure"], in: folder)
        #expect(try await Probe.read("out.mp4", in: folder).frameTimes.count == 3)
    }

    @Test func soundIsLeftAway() async throws {
        let folder = try await folder()
        _ = try await paint(["--no-audio", "--frames", "2", "--no-measure"], in: folder)
        #expect(try await Probe.read("out.mp4", in: folder).sound.isEmpty)
    }

    @Test(arguments: [(32, 32, 24), (33, 32, 24), (1000, 64, 48)])
    func longerSideIsLimited(_ limit: Int, _ width: Int, _ height: Int) async throws {
        let folder = try await folder()
        _ = try await paint(["--max-size", "\(limit)", "--frames", "2", "--no-measure"], in: folder)
        let video = try await Probe.read("out.mp4", in: folder).video
        #expect(video.width == width && video.height == height)
    }

    @Test func measuringIsLeftOutOrReported() async throws {
        let folder = try await folder()
        let with = try await paint(["--json"], in: folder)
        #expect(with.error.isEmpty || !with.error.contains("LPIPS"))
        let without = try await paint(["--no-measure", "--overwrite", "--json"], in: folder)
        #expect(try Report(without).whole["temporalLPIPS"] == nil)
        let temporal = try #require(try Report(with).whole["temporalLPIPS"] as? [String: Any])
        for side in ["output", "input"] {
            let figures = try #require(temporal[side] as? [String: Any])
            #expect(try #require(figures["mean"] as? Double) > 0 && figures["pairs"] as? Int == 9)
        }
        #expect(temporal["ratio"] as? Double ?? 0 > 0)
        #expect((temporal["measured"] as? String)?.contains("before encoding") == true)
    }

    @Test func figuresEndAPlainRun() async throws {
        var outcome = try await paint([], in: folder())
        #expect(outcome.output.isEmpty)
        #expect(outcome.error.contains("10 frames") && outcome.error.contains("times as much as its source"))
        #expect(!outcome.error.contains("percentile"))
        outcome = try await paint(["-v"], in: folder())
        #expect(outcome.error.contains("95th percentile") && outcome.error.contains("before encoding"))
    }

    @Test func quietIsSilent() async throws {
        let outcome = try await paint(["-q", "--pixel-format", "yuv444p"], in: folder())
        #expect(outcome.output.isEmpty && outcome.error.isEmpty)
    }

    @Test func verboseSaysMore() async throws {
        let folder = try await folder()
        func lines(_ flags: [String]) async throws -> Set<Substring> {
            let flags = flags + ["--frames", "2", "--no-measure", "--overwrite", "--encoder-preset", "ultrafast"]
            return Set(try await paint(flags, in: folder).errorLines)
        }
        let (plain, verbose) = (try await lines([]), try await lines(["-v"]))
        #expect(verbose.count > plain.count && verbose.contains { $0.contains("seconds at work: first pass") })
        #expect(!plain.contains { $0.contains("seconds at work") })
    }

    /// Twice the size is another painting, and so are other numbers. The shipped weights by another name are the same.
    @Test func styleSizePrecisionAndWeightsDecideWhatIsPainted() async throws {
        let folder = try await folder()
        try folder.take(Program.resources + "/stylekernel-fast.safetensors", as: "mine.safetensors")
        func painting(_ flags: [String]) async throws -> Data {
            let outcome = try await Program.run(
                ["image", "style.png", "--style", "style.png", "-o", "out.png", "--overwrite"] + flags, in: folder)
            #expect(outcome.code == 0, "\(outcome.error)")
            return try folder.bytes("out.png")
        }
        let plain = try await painting(["--style-size", "64"])
        #expect(try await painting(["--style-size", "128"]) != plain)
        #expect(try await painting(["--style-size", "64", "--weights", "mine.safetensors"]) == plain)
        #expect(try await painting(["--style-size", "64", "--precision", "float32"]) == plain)
        #expect(try await painting(["--style-size", "64", "--precision", "bfloat16"]) != plain)
    }

    @Test func reportHoldsWhatIsPromised() async throws {
        let folder = try await folder()
        let report = try Report(try await paint(["--json", "--crf", "23.5", "--threads", "2"], in: folder))
        let keys: Set = [
            "schema", "input", "style", "output", "width", "height", "frames", "scenes", "sceneStarts", "seconds",
            "framesPerSecond", "peakMemoryBytes", "temporalLPIPS", "settings", "notices", "versions",
        ]
        #expect(keys.isSubset(of: report.whole.keys))
        let seconds = try #require(report.whole["seconds"] as? [String: Double])
        #expect(
            Set(seconds.keys) == [
                "total", "firstPass", "style", "read", "hold", "paint", "steady", "measure", "write",
            ])
        #expect(try #require(report.whole["held"] as? Double) <= 1)
        #expect(seconds.values.allSatisfy { $0 > 0 })
        #expect(report.settings["crf"] as? Double == 23.5 && report.settings["threads"] as? Int == 2)
        #expect(report.settings["styleSize"] as? Int == 64 && report.settings["preset"] as? String == "fast")
        #expect(report.settings["precision"] as? String == "float32")
        let versions = try #require(report.whole["versions"] as? [String: String])
        #expect(versions["stylevideo"] != nil && versions["libavcodec"] != nil)
        #expect(report.whole["output"] as? String == "out.mp4" && folder.exists("out.mp4"))
    }

    @Test func overwriteReplaces() async throws {
        let folder = try await folder()
        try folder.write("out.mp4", "an old file".utf8)
        _ = try await paint(["--overwrite", "--frames", "1", "--no-measure"], in: folder)
        #expect(try await Probe.read("out.mp4", in: folder).frameTimes.count == 1)
        #expect(try Set(folder.contents().keys) == ["in.mp4", "style.png", "out.mp4"])
    }

    @Test func defaultNameIsBesideTheInput() async throws {
        let folder = try await folder()
        try folder.makeFolder("deep")
        try folder.take(await Fixture.clip, as: "deep/a.b.mkv")
        let outcome = try await Program.run(
            ["deep/a.b.mkv", "--style", "style.png", "--frames", "1", "--no-measure"], in: folder)
        #expect(outcome.code == 0 && folder.exists("deep/a.b.stylized.mp4"))
    }

    @Test func sameBytesForAnyNumberOfThreads() async throws {
        let folder = try Scratch()
        try folder.take(await Fixture.twoScenes, as: "in.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        var results: [Data] = []
        for threads in ["1", "2", "3", "5"] {
            _ = try await paint(["--threads", threads, "--overwrite", "--no-measure"], in: folder)
            results.append(try folder.bytes("out.mp4"))
        }
        #expect(results.allSatisfy { $0 == results[0] && $0.count > 1000 })
    }

    /// What reaches the encoder, as a digest: the same for any number of threads, another for another style size.
    @Test func paintsIntoADigestOrIntoNothing() async throws {
        let folder = try await folder()
        func digest(_ more: [String]) async throws -> String {
            let outcome = try await Program.run(
                ["in.mp4", "--style", "style.png", "--style-size", "64", "--hash", "--json", "-q"] + more, in: folder)
            #expect(outcome.code == 0, "\(outcome.error)")
            let report = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
            return try #require(report?["digest"] as? String)
        }
        let one = try await digest(["--threads", "1"])
        #expect(one.count == 64)
        #expect(try await digest(["--threads", "3", "--no-measure"]) == one)
        #expect(try await digest(["--cache", "off", "--no-measure"]) == one)
        #expect(try await digest(["--style-size", "80"]) != one)
        let nothing = try await Program.run(
            ["in.mp4", "--style", "style.png", "--style-size", "64", "--null", "--no-measure"], in: folder)
        #expect(nothing.code == 0 && nothing.error.contains("frames"))
        #expect(try Set(folder.contents().keys) == ["in.mp4", "style.png"])
    }

    @Test func namesThatLookLikeSomethingElse() async throws {
        let folder = try await folder()
        try folder.take(await Fixture.clip, as: "-%03d 'ö:x*.mp4")
        let outcome = try await Program.run(
            ["--style", "style.png", "-o", "http:out.mp4", "--frames", "1", "--no-measure", "--", "-%03d 'ö:x*.mp4"],
            in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(folder.exists("http:out.mp4"))
    }
}

/// A run's JSON document.
struct Report {
    let whole: [String: Any]

    init(_ outcome: Program.Outcome) throws {
        let document = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
        whole = try #require(document as? [String: Any])
    }

    var frames: Int? { whole["frames"] as? Int }
    var settings: [String: Any] { whole["settings"] as? [String: Any] ?? [:] }
}
