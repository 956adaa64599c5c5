import Foundation
import TestSupport
import Testing

/// `measure` and `info`.
@Suite struct MeasureTests {
    private func folder() async throws -> Scratch {
        let folder = try Scratch()
        try folder.take(await Fixture.twoScenes, as: "in.mp4")
        return folder
    }

    private static let motionColumns =
        ",warped_rmse_1,warped_lpips_1,warped_rmse_10,warped_lpips_10,still_change"

    @Test func pairsAcrossACutAreLeftOutAndCounted() async throws {
        let folder = try await folder()
        let outcome = try await Program.run(["measure", "in.mp4", "--json", "--csv", "x.csv"], in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.error.isEmpty)
        let report = try Report(outcome).whole
        let temporal = try #require(report["temporalLPIPS"] as? [String: Any])
        let figures = try #require(temporal["output"] as? [String: Any])
        #expect(figures["pairs"] as? Int == 14 && figures["pairsLeftOut"] as? Int == 1)
        #expect(report["frames"] as? Int == 16 && report["scenes"] as? Int == 2)
        #expect(temporal["width"] as? Int == 64 && temporal["height"] as? Int == 48)
        #expect((temporal["network"] as? String)?.contains("Alex") == true)

        let rows = try String(decoding: folder.bytes("x.csv"), as: UTF8.self).split(separator: "\n")
        #expect(rows[0] == "frame,time,temporal_lpips" && rows.count == 15)
        let values = rows.dropFirst().map {
            $0.split(separator: ",", omittingEmptySubsequences: false).compactMap { Double($0) }
        }
        #expect(values.map { Int($0[0]) } == Array(1...7) + Array(9...15))
        #expect(rows.dropFirst().allSatisfy { $0.split(separator: ",")[1].count <= 3 }, "0.3, not 0.30000000000000004")
        #expect(values.allSatisfy { abs($0[1] - $0[0] / 10) < 1e-6 && $0[2] >= 0 })
        let distances = values.map { $0[2] }.sorted()
        #expect(abs(try #require(figures["mean"] as? Double) - distances.reduce(0, +) / 14) < 1e-9)
        #expect(abs(try #require(figures["worst"] as? Double) - distances[13]) < 1e-9)
        #expect(abs(try #require(figures["median"] as? Double) - (distances[6] + distances[7]) / 2) < 1e-9)
    }

    /// Also where a clip's own clock begins at a second and more, as a transport stream's does.
    @Test func theWorstMomentIsThatOfItsRow() async throws {
        let folder = try await folder()
        let moved = try await Program.command(
            "ffmpeg", ["-v", "error", "-nostdin", "-i", "in.mp4", "-c", "copy", "in.ts"], in: folder)
        #expect(moved.code == 0, "\(moved.error)")
        let outcome = try await Program.run(["measure", "in.ts", "--json", "--csv", "x.csv"], in: folder)
        let temporal = try #require(try Report(outcome).whole["temporalLPIPS"] as? [String: Any])
        let figures = try #require(temporal["output"] as? [String: Any])
        let frame = try #require(figures["worstFrame"] as? Int)
        let rows = try String(decoding: folder.bytes("x.csv"), as: UTF8.self).split(separator: "\n")
        let row = try #require(rows.first { $0.hasPrefix("\(frame),") }?.split(separator: ","))
        #expect(Double(row[1]) == figures["worstTime"] as? Double)
        #expect(abs(try #require(Double(row[1])) - Double(frame) / 10) < 1e-3)
    }

    /// A clip of the same shape and number of frames is not its source for that.
    @Test func anotherRateIsTold() async throws {
        let folder = try await folder()
        try folder.take(await Fixture.silent(64, 48, frames: 16, rate: 25), as: "other.mp4")
        let outcome = try await Program.run(["measure", "in.mp4", "--against", "other.mp4"], in: folder)
        #expect(outcome.code == 0 && outcome.errorLines.count == 1)
        for words in ["frame 2 comes 0.2 s", "0.08 s in other.mp4"] {
            #expect(outcome.error.contains(words), "\(outcome.error)")
        }
    }

    @Test(arguments: [[], ["-q"]]) func figuresArePrintedWhereTheyWereAskedFor(_ flags: [String]) async throws {
        let outcome = try await Program.run(["measure", "in.mp4"] + flags, in: folder())
        #expect(outcome.code == 0 && outcome.error.isEmpty)
        for word in ["mean", "median", "95th percentile", "worst", "64 x 48", "AlexNet", "1 across cuts left out"] {
            #expect(outcome.output.contains(word), "\(word) is missing in \(outcome.output)")
        }
    }

    @Test func againstItselfNothingIsChanged() async throws {
        let folder = try await folder()
        let outcome = try await Program.run(
            ["measure", "in.mp4", "--against", "in.mp4", "--json", "--csv", "x.csv"], in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        let report = try Report(outcome).whole
        let content = try #require(report["contentLPIPS"] as? [String: Any])
        #expect(content["mean"] as? Double == 0 && content["worst"] as? Double == 0)
        #expect((report["temporalLPIPS"] as? [String: Any])?["ratio"] as? Double == 1)
        let rows = try String(decoding: folder.bytes("x.csv"), as: UTF8.self).split(separator: "\n")
        let head = "frame,time,temporal_lpips,input_temporal_lpips,content_lpips"
        #expect(rows[0] == head + Self.motionColumns && rows.count == 17)
        #expect(rows[1].hasPrefix("0,0.0,,,") && rows[9].hasPrefix("8,") && rows[9].contains(",,,"))
    }

    @Test func againstItsSourceAPaintingIsFartherAway() async throws {
        let folder = try await folder()
        try folder.take(await Fixture.style, as: "style.png")
        let painted = try await Program.run(Refusal.paint() + ["--json"], in: folder)
        #expect(painted.code == 0)
        let outcome = try await Program.run(["measure", "out.mp4", "--against", "in.mp4", "--json"], in: folder)
        let report = try Report(outcome).whole
        let content = try #require((report["contentLPIPS"] as? [String: Any])?["mean"] as? Double)
        #expect(content > 0.02)
        let measured = try #require(report["temporalLPIPS"] as? [String: Any])
        let reported = try #require(try Report(painted).whole["temporalLPIPS"] as? [String: Any])
        func mean(_ side: String, of figures: [String: Any]) throws -> Double {
            try #require((figures[side] as? [String: Any])?["mean"] as? Double)
        }
        // The source's frames are the same both times; the painting's have been encoded meanwhile.
        #expect(try mean("input", of: measured) == mean("input", of: reported))
        #expect(try abs(mean("output", of: measured) / mean("output", of: reported) - 1) < 0.5)
    }

    /// Along the source's motion, frame by frame and as means of all pairs that no cut parts.
    @Test func aPaintingIsComparedAlongItsSourcesMotion() async throws {
        let folder = try await folder()
        try folder.take(await Fixture.silent(64, 48, frames: 16), as: "one.mp4")
        for (clip, pairs) in [("in.mp4", [14, 0]), ("one.mp4", [15, 6])] {
            let outcome = try await Program.run(
                ["measure", clip, "--against", clip, "--json", "--csv", "x.csv", "--overwrite"], in: folder)
            #expect(outcome.code == 0, "\(outcome.error)")
            let motion = try #require(try Report(outcome).whole["motion"] as? [String: Any])
            let gaps = try #require(motion["gaps"] as? [[String: Any]])
            #expect(gaps.map { $0["frames"] as? Int } == [1, 10])
            let rows = try String(decoding: folder.bytes("x.csv"), as: UTF8.self).split(separator: "\n").dropFirst()
                .map { $0.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) } }
            for (n, gap) in gaps.enumerated() {
                for (offset, key) in ["rmse", "lpips"].enumerated() {
                    let values = rows.compactMap { $0[5 + 2 * n + offset] }
                    #expect(values.count == gap["pairs"] as? Int && values.count <= pairs[n])
                    guard !values.isEmpty else { continue }
                    let mean = try #require(gap[key] as? Double)
                    #expect(
                        abs(mean - values.reduce(0, +) / Double(values.count)) < 1e-9 && values.allSatisfy { $0 < 1 })
                }
            }
            #expect(try #require(gaps[0]["pairs"] as? Int) > 7)
            #expect(try #require(motion["stillShare"] as? Double) <= 1)
        }
    }

    /// The stretch that was painted, and no other.
    @Test func againstAStretchOfItsSource() async throws {
        let folder = try await folder()
        try folder.take(await Fixture.style, as: "style.png")
        let stretch = ["--start", "0.3", "--end", "1.1"]
        let painted = try await Program.run(Refusal.paint() + stretch + ["--json"], in: folder)
        #expect(painted.code == 0, "\(painted.error)")
        let measure = ["measure", "out.mp4", "--against", "in.mp4", "--json"]
        let outcome = try await Program.run(measure + stretch, in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        let report = try Report(outcome).whole
        #expect(report["frames"] as? Int == 8 && report["scenes"] as? Int == 2)
        func input(_ report: [String: Any]) throws -> [String: Any] {
            try #require((report["temporalLPIPS"] as? [String: Any])?["input"] as? [String: Any])
        }
        let (measured, reported) = (try input(report), try input(Report(painted).whole))
        #expect(measured["mean"] as? Double == reported["mean"] as? Double && measured["pairs"] as? Int == 6)
        #expect(measured["worstTime"] as? Double == reported["worstTime"] as? Double)
        let whole = try await Program.run(measure, in: folder)
        #expect(whole.code == 65 && whole.error.contains("--start"))
    }

    /// What an hour has found is told before a table is written that may fail.
    @Test func figuresAreNotLostWithTheirTable() async throws {
        let folder = try await folder()
        let outcome = try await Program.shell("ulimit -f 0; exec \"$PROGRAM\" measure in.mp4 --csv x.csv", in: folder)
        #expect(outcome.code == 74, "\(outcome.error)")
        #expect(outcome.output.contains("mean") && outcome.errorLines.count == 1)
        #expect(try Set(folder.contents().keys) == ["in.mp4"])
    }

    @Test func aTableIsNotLostWithItsFigures() async throws {
        let folder = try await folder()
        let outcome = try await Program.shell("exec \"$PROGRAM\" measure in.mp4 --csv x.csv >/dev/full", in: folder)
        #expect(outcome.code == 74 && outcome.error.contains("standard output"), "\(outcome.error)")
        #expect(try folder.bytes("x.csv").count > 100)
    }

    /// The source is reduced as the run reduced it, or stretched by the column and row that were repeated.
    @Test(arguments: [[], ["--max-size", "48"]]) func againstASourceOfAnotherSize(_ more: [String]) async throws {
        let folder = try Scratch()
        try folder.take(
            await more.isEmpty ? Fixture.silent(63, 47, frames: 6, pixels: "yuv444p") : Fixture.twoScenes,
            as: "in.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        let painted = try await Program.run(Refusal.paint() + more + ["--json"], in: folder)
        #expect(painted.code == 0, "\(painted.error)")
        let outcome = try await Program.run(
            ["measure", "out.mp4", "--against", "in.mp4", "--json", "--csv", "x.csv"], in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        let report = try Report(outcome).whole
        let measured = try #require(report["temporalLPIPS"] as? [String: Any])
        let reported = try #require(try Report(painted).whole["temporalLPIPS"] as? [String: Any])
        #expect(measured["width"] as? Int == (more.isEmpty ? 64 : 48))
        func mean(_ figures: [String: Any]) throws -> Double {
            try #require((figures["input"] as? [String: Any])?["mean"] as? Double)
        }
        #expect(try mean(measured) > 0.0001)
        #expect(try abs(mean(measured) / mean(reported) - 1) < (more.isEmpty ? 0.3 : 0.01))
        let rows = try String(decoding: folder.bytes("x.csv"), as: UTF8.self).split(separator: "\n")
        #expect(rows.count == (more.isEmpty ? 7 : 17))
        let cells = rows.dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        #expect(cells.allSatisfy { Double($0[4]) ?? 0 > 0.02 })
    }

    @Test func aStillClipHasNoRatio() async throws {
        let folder = try Scratch()
        let still = Fixture.pattern + ["color=c=teal:size=64x48:rate=10", "-frames:v", "4"] + Fixture.x264
        try folder.take(await Fixtures.shared.make("still.mp4", still), as: "in.mp4")
        let outcome = try await Program.run(["measure", "in.mp4", "--against", "in.mp4", "--json"], in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        let temporal = try #require(try Report(outcome).whole["temporalLPIPS"] as? [String: Any])
        #expect(temporal["ratio"] == nil && (temporal["output"] as? [String: Any])?["mean"] as? Double == 0)
    }

    @Test func aSingleFrameHasNoPairs() async throws {
        let folder = try Scratch()
        try folder.take(await Fixture.silent(64, 48, frames: 1), as: "in.mp4")
        let outcome = try await Program.run(["measure", "in.mp4"], in: folder)
        #expect(outcome.code == 0 && outcome.output.contains("no two neighbouring frames"))
    }

    @Test func infoTellsWhatAClipHolds() async throws {
        let folder = try Scratch()
        try folder.take(await Fixture.uneven, as: "in.mkv")
        let text = try await Program.run(["info", "in.mkv"], in: folder)
        #expect(text.code == 0 && text.error.isEmpty)
        for word in ["h264", "aac", "ac3", "64 x 48", "deu", "fra", "frames: ", "of disk"] {
            #expect(text.output.contains(word), "\(word) is missing in \(text.output)")
        }
        let source = try await Probe.read("in.mkv", in: folder)
        let report = try Report(try await Program.run(["info", "in.mkv", "--json"], in: folder)).whole
        #expect(report["frames"] as? Int == (try source.frameTimes.count))
        #expect((report["streams"] as? [[String: Any]])?.map { $0["kind"] as? String } == ["video", "audio", "audio"])
        let plan = try #require(report["plan"] as? [String: Any])
        #expect(plan["timedFrames"] as? Int == 3 && plan["width"] as? Int == 64)
        for key in ["seconds", "secondsPerFrame", "outputBytes"] { #expect(plan[key] as? Double ?? 0 > 0) }
        #expect(try Set(folder.contents().keys) == ["in.mkv"])
    }

    /// A stretch is looked at as a clip, and its film takes some disk, though its first frames are all the same.
    @Test func infoIsOfAStretch() async throws {
        let place = try Scratch()
        try await place.ffmpeg(["-f", "lavfi", "-i", "color=s=320x240:r=10:d=3", "-c:v", "libx264", "in.mp4"])
        let outcome = try await Program.run(["info", "in.mp4", "--start", "0.5", "--end", "2.5", "--json"], in: place)
        let report = try Report(outcome).whole
        #expect(report["frames"] as? Int == 20)
        let plan = try #require(report["plan"] as? [String: Any])
        #expect(plan["outputBytes"] as? Int == Int(20 * 0.31 / 8 * 320 * 240))
    }

    @Test func infoFindsScenes() async throws {
        let report = try Report(try await Program.run(["info", "in.mp4", "--json"], in: folder())).whole
        #expect(report["sceneStarts"] as? [Int] == [0, 8])
    }
}
