import Foundation
import TestSupport
import Testing

/// `image` and `preview`.
@Suite struct StillTests {
    private func folder() async throws -> Scratch {
        let folder = try Scratch()
        try folder.take(await Fixture.twoScenes, as: "in.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        return folder
    }

    /// Beside the input, by what it is.
    @Test(arguments: [
        (["image", "style.png"], "style.stylized.png"), (["preview", "in.mp4", "--at", "0"], "in.preview.png"),
        (["preview", "in.mp4", "--at", "0", "--frames", "2"], "in.preview.mp4"),
        (["focus", "style.png", "--point", "3,4"], "style.focus.png"),
        (["sheet", "in.mp4", "--at", "0"], "in.sheet.png"),
    ])
    func hasANameOfItsOwn(_ command: [String], _ name: String) async throws {
        let folder = try await folder()
        let outcome = try await Program.run(command + ["--style", "style.png", "--style-size", "64"], in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(try Set(folder.contents().keys) == ["in.mp4", "style.png", name])
    }

    @Test(arguments: ["out.png", "out.jpg", "out.JPEG"]) func paintsAPicture(_ name: String) async throws {
        let folder = try await folder()
        try folder.take(await Fixture.style, as: "in.png")
        let outcome = try await Program.run(
            ["image", "in.png", "--style", "style.png", "-o", name, "--style-size", "64", "--json"], in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.error.isEmpty)
        let picture = try await Probe.read(name, in: folder).video
        #expect(
            picture.width == 96 && picture.height == 80
                && picture.codec_name == (name.hasSuffix("png") ? "png" : "mjpeg"))
        #expect(try Report(outcome).whole["width"] as? Int == 96)
        let source = try await Pixels.read("in.png", width: 96, height: 80, in: folder).frames[0]
        let painted = try await Pixels.read(name, width: 96, height: 80, in: folder).frames[0]
        #expect(Pixels.mean(source, painted) > 5, "nothing was painted")
    }

    /// Painted so, and rounded once: what 8 bits hold is the nearest of it.
    @Test(arguments: [["image", "style.png"], ["preview", "in.mp4", "--at", "0"]])
    func sixteenBitsAreNoWidenedBytes(_ command: [String]) async throws {
        let folder = try await folder()
        for (name, flags) in [("a.png", []), ("b.png", ["--pixel-format", "rgb48be"])] {
            let outcome = try await Program.run(
                command + ["--style", "style.png", "--style-size", "64", "-o", name] + flags, in: folder)
            try #require(outcome.code == 0, "\(outcome.error)")
        }
        #expect(try await Probe.read("b.png", in: folder).video.pix_fmt == "rgb48be")
        try await folder.ffmpeg(["-i", "a.png", "-f", "rawvideo", "-pix_fmt", "rgb24", "a.raw"])
        try await folder.ffmpeg(["-i", "b.png", "-f", "rawvideo", "-pix_fmt", "rgb48be", "b.raw"])
        let (bytes, deep) = (try Array(folder.bytes("a.raw")), try Array(folder.bytes("b.raw")))
        let words = stride(from: 0, to: deep.count, by: 2).map { 256 * Int(deep[$0]) + Int(deep[$0 + 1]) }
        #expect(words.count == bytes.count && Set(words).count > 2000)
        #expect(words.count { $0 % 257 != 0 } > words.count / 3)
        let off = zip(words, bytes).map { abs(Double($0) / 257 - Double($1)) }
        #expect(off.reduce(0, +) < Double(off.count))
        // A clip is also read in as many bits, and so is another one in the last of 8; a picture is the same.
        if command[0] == "image" { #expect(off.max()! <= 0.51) }
    }

    @Test func whatHoldsNoSixteenBitsIsTold() async throws {
        let folder = try await folder()
        let picture = ["image", "style.png", "--style", "style.png", "--pixel-format"]
        let film = ["preview", "in.mp4", "--style", "style.png", "--at", "0", "--frames", "2", "--pixel-format"]
        for arguments in [
            picture + ["rgb48be", "-o", "a.jpg"], picture + ["rgba", "-o", "a.png"], film + ["rgb48be", "-o", "a.mp4"],
        ] {
            let outcome = try await Program.run(arguments, in: folder)
            #expect(outcome.code == 64 && outcome.error.contains("--pixel-format"), "\(outcome.error)")
        }
    }

    @Test func aDamagedPictureIsPaintedAndTold() async throws {
        let folder = try await folder()
        let picture = try await Fixtures.shared.make(
            "whole.jpg", Fixture.pattern + ["testsrc2=size=96x80:rate=1"] + ["-frames:v", "1"])
        let bytes = try Data(contentsOf: URL(fileURLWithPath: picture))
        try folder.write("cut.jpg", bytes.prefix(bytes.count * 6 / 10))
        for (flags, isTold) in [([], true), (["-q"], false)] {
            let outcome = try await Program.run(
                ["image", "cut.jpg", "--style", "style.png", "-o", "out.png", "--style-size", "64", "--overwrite"]
                    + flags, in: folder)
            #expect(outcome.code == 0, "\(outcome.error)")
            #expect(outcome.error.contains("damaged") == isTold)
            #expect(outcome.error.contains("cut.jpg") == isTold)
        }
    }

    @Test func limitsAPicturesSide() async throws {
        let folder = try await folder()
        try folder.take(await Fixture.style, as: "in.png")
        let outcome = try await Program.run(
            ["image", "in.png", "--style", "style.png", "-o", "out.png", "--style-size", "64", "--max-size", "48"],
            in: folder)
        #expect(outcome.code == 0)
        let picture = try await Probe.read("out.png", in: folder).video
        #expect(picture.width == 48 && picture.height == 40)
    }

    @Test func focusShowsWhereAPlaceLooks() async throws {
        let folder = try await folder()
        try folder.take(await Fixture.style, as: "in.png")
        let outcome = try await Program.run(
            ["focus", "in.png", "--style", "style.png", "--point", "40,33", "-o", "out.png", "--style-size", "64"]
                + ["--json"], in: folder)
        #expect(outcome.code == 0 && outcome.error.isEmpty, "\(outcome.error)")
        let report = try Report(outcome).whole
        #expect((report["heads"] as? [Any])?.count == 8)
        let picture = try await Probe.read("out.png", in: folder).video
        #expect(picture.width == report["width"] as? Int && picture.height == report["height"] as? Int)
    }

    @Test func previewSaysWhatTheRunWouldSay() async throws {
        let folder = try Scratch()
        try folder.take(await Fixture.silent(64, 48, frames: 6, pixels: "yuv420p10le"), as: "in.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        let outcome = try await Program.run(
            ["preview", "in.mp4", "--style", "style.png", "--at", "0.3", "-o", "o.png", "--style-size", "64"],
            in: folder
        )
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.errorLines.contains { $0.hasPrefix("note: ") && $0.contains("10 bits") }, "\(outcome.error)")
    }

    @Test func previewShowsSourceBesideWhatTheRunPaints() async throws {
        let folder = try await folder()
        let run = try await Program.run(
            Refusal.paint() + ["--crf", "0", "--pixel-format", "yuv444p", "--no-measure", "--json"], in: folder)
        #expect(run.code == 0, "\(run.error)")
        #expect(try Report(run).whole["sceneStarts"] as? [Int] == [0, 8])
        let painted = try await Pixels.read("out.mp4", width: 64, height: 48, in: folder).frames
        for (moment, frame) in [("0.35", 3), ("1.2", 12)] {
            let outcome = try await Program.run(
                ["preview", "in.mp4", "--style", "style.png", "--at", moment, "-o", "still.png", "--style-size", "64"]
                    + ["--overwrite", "--json"], in: folder)
            #expect(outcome.code == 0, "\(outcome.error)")
            #expect(try Report(outcome).whole["frame"] as? Int == frame)
            let still = try await Probe.read("still.png", in: folder).video
            #expect(still.width == 128 && still.height == 48)
            let right = try await Pixels.read("still.png", width: 64, height: 48, filter: "crop=64:48:64:0", in: folder)
            // Colours go to limited-range YUV and back, both times rounded to eight bits: at most three levels away,
            // and about half a level on the average. The next frame is much farther.
            #expect(Pixels.farthest(right.frames[0], painted[frame]) <= 4)
            #expect(Pixels.mean(right.frames[0], painted[frame]) < 1)
            #expect(Pixels.mean(right.frames[0], painted[frame + 1]) > 1.5)
            let left = try await Pixels.read("still.png", width: 64, height: 48, filter: "crop=64:48:0:0", in: folder)
            #expect(Pixels.mean(left.frames[0], right.frames[0]) > 5, "nothing was painted")
        }
    }

    /// Frames in motion are those of the whole, across a cut too, and begin at zero.
    @Test func previewShowsMotion() async throws {
        let folder = try Scratch()
        try await folder.ffmpeg(
            Fixture.pattern + ["testsrc2=size=64x48:rate=10:duration=1.5"]
                + ["-f", "lavfi", "-i", "mandelbrot=size=64x48:rate=10"]
                + ["-filter_complex", "[1:v]trim=end_frame=15,setpts=N/10/TB[b];[0:v][b]concat=n=2", "-frames:v", "30"]
                + ["-c:v", "libx264", "-qp", "10", "-pix_fmt", "yuv420p", "in.mp4"])
        try folder.take(await Fixture.style, as: "style.png")
        let flags = ["--style", "style.png", "--style-size", "64"]
        let whole = try await Program.run(
            ["in.mp4", "-o", "out.mp4", "--crf", "4", "--no-measure"] + flags, in: folder)
        #expect(whole.code == 0, "\(whole.error)")
        let outcome = try await Program.run(
            ["preview", "in.mp4", "--at", "1.2", "--frames", "6", "-o", "loop.mkv", "--json"] + flags, in: folder)
        try #require(outcome.code == 0, "\(outcome.error)")
        let report = try Report(outcome).whole
        #expect(report["frames"] as? Int == 6 && report["frame"] as? Int == 12)
        let temporal = try #require(report["temporalLPIPS"] as? [String: Any])
        let figures = try #require(temporal["output"] as? [String: Any])
        #expect(figures["pairs"] as? Int == 4 && figures["pairsLeftOut"] as? Int == 1)
        let film = try await Probe.read("loop.mkv", in: folder)
        #expect(try film.frameTimes.map { Int(($0 * 10).rounded()) } == [0, 1, 2, 3, 4, 5] && film.sound.isEmpty)
        let shown = try await Pixels.read("loop.mkv", width: 64, height: 48, filter: "crop=64:48:64:0", in: folder)
        let painted = try await Pixels.read("out.mp4", width: 64, height: 48, in: folder).frames
        for (number, frame) in shown.frames.enumerated() {
            #expect(Pixels.mean(frame, painted[12 + number]) < 4, "frame \(number)")
            #expect(Pixels.mean(frame, painted[2 + number]) > 1.5 * Pixels.mean(frame, painted[12 + number]))
        }
        // As many as there are.
        let end = try await Program.run(
            ["preview", "in.mp4", "--at", "2.8", "--frames", "600", "-o", "end.mp4", "--json"] + flags, in: folder)
        #expect(try Report(end).whole["frames"] as? Int == 2)
    }

    @Test func previewShowsTheSourceUnchanged() async throws {
        let folder = try Scratch()
        let lossless = ["-c:v", "libx264rgb", "-qp", "0", "-an"]
        try folder.take(await Fixture.clip("lossless.mkv", lossless), as: "in.mkv")
        try folder.take(await Fixture.style, as: "style.png")
        let outcome = try await Program.run(
            ["preview", "in.mkv", "--style", "style.png", "--at", "0.4", "-o", "still.png", "--style-size", "64"],
            in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        let source = try await Pixels.read("in.mkv", width: 64, height: 48, in: folder)
        let left = try await Pixels.read("still.png", width: 64, height: 48, filter: "crop=64:48:0:0", in: folder)
        #expect(left.frames[0] == source.frames[4])
    }

    /// A row for each moment, a column for the source and one for each style and strength.
    @Test func aSheetIsOfMomentsAndManners() async throws {
        let folder = try Scratch()
        try folder.take(await Fixture.clip, as: "in.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        try await folder.ffmpeg(Fixture.pattern + ["testsrc=size=64x48:rate=1", "-frames:v", "1", "photo.png"])
        let flags = ["--style-size", "64", "--cell", "64", "-o", "sheet.png", "--json"]
        let outcome = try await Program.run(
            [
                "sheet", "in.mp4", "photo.png", "--style", "style.png", "--style", "photo.png", "--at", "0.4", "--at",
                "0",
            ]
                + ["--strength", "0,1"] + flags, in: folder)
        try #require(outcome.code == 0, "\(outcome.error)")
        let report = try Report(outcome).whole
        let rows = try #require(report["rows"] as? [[String: Any]])
        #expect(rows.map { $0["input"] as? String } == ["in.mp4", "in.mp4", "photo.png"])
        #expect(rows.map { $0["moment"] as? Double } == [0, 0.4, nil])
        let columns = try #require(report["columns"] as? [[String: Any]])
        #expect(columns.map { $0["style"] as? String } == ["style.png", "style.png", "photo.png", "photo.png"])
        #expect(columns.map { $0["strength"] as? Double } == [0, 1, 0, 1])
        let clips = try #require(report["clips"] as? [[String: Any]])
        #expect(clips.count == 1 && clips[0]["frames"] as? Int == 10)
        #expect(report["width"] as? Int == 5 * 72 + 8 && report["height"] as? Int == 8 + 40 + 3 * 56)
        func cell(_ column: Int, _ row: Int) async throws -> [UInt8] {
            let crop = "crop=64:48:\(8 + 72 * column):\(48 + 56 * row)"
            return try await Pixels.read("sheet.png", width: 64, height: 48, filter: crop, in: folder).frames[0]
        }
        let photo = try await Pixels.read("photo.png", width: 64, height: 48, in: folder).frames[0]
        #expect(try await cell(0, 2) == photo)
        #expect(try await cell(1, 2) == photo)
        let own = try await Program.run(
            ["image", "photo.png", "--style", "style.png", "--style-size", "64", "-o", "own.png"], in: folder)
        #expect(own.code == 0, "\(own.error)")
        #expect(try await cell(2, 2) == Pixels.read("own.png", width: 64, height: 48, in: folder).frames[0])
        #expect(try await cell(2, 2) != cell(4, 2))
        #expect(try await cell(0, 0) != cell(0, 1))
    }

    /// What the columns differ in is painted as `image` paints it, and told.
    @Test func aSheetIsOfBrushesAndColours() async throws {
        let folder = try Scratch()
        try folder.take(await Fixture.style, as: "style.png")
        try await folder.ffmpeg(Fixture.pattern + ["testsrc=size=64x48:rate=1", "-frames:v", "1", "photo.png"])
        let flags = ["--style", "style.png", "--style-size", "64"]
        let outcome = try await Program.run(
            ["sheet", "photo.png", "--brush", "2,1", "--colours", "style,source", "--cell", "64"]
                + flags + ["-o", "sheet.png"], in: folder)
        try #require(outcome.code == 0, "\(outcome.error)")
        #expect(
            outcome.error.contains("style.png by brush 2.0 in the colours of style, style.png by brush 2.0 in the "),
            "\(outcome.error)")
        for (column, (brush, colours)) in [("2", "style"), ("2", "source"), ("1", "style"), ("1", "source")]
            .enumerated()
        {
            let own = try await Program.run(
                ["image", "photo.png", "--brush", brush, "--colours", colours] + flags
                    + ["-o", "own.png", "--overwrite"], in: folder)
            #expect(own.code == 0, "\(own.error)")
            let crop = "crop=64:48:\(80 + 72 * column):48"
            #expect(
                try await Pixels.read("sheet.png", width: 64, height: 48, filter: crop, in: folder).frames[0]
                    == Pixels.read("own.png", width: 64, height: 48, in: folder).frames[0], "\(brush) \(colours)")
        }
    }

    @Test(arguments: [
        Refusal(
            "a sheet of a great brush", ["sheet", "in.mp4", "--style", "style.png", "--brush", "1,5", "-o", "s.png"],
            code: 64, naming: "--brush must be from 0.5 to 4.0, and is 5"),
        Refusal(
            "a sheet behind the end", ["sheet", "in.mp4", "--style", "style.png", "--at", "99", "-o", "s.png"],
            code: 64,
            naming: "no frame at 99.0 s"),
        Refusal(
            "a sheet of nothing", ["sheet", "none.mp4", "--style", "style.png", "-o", "s.png"], code: 66,
            naming: "none.mp4"),
        Refusal(
            "a sheet too strong", ["sheet", "in.mp4", "--style", "style.png", "--strength", "0,2", "-o", "s.png"],
            code: 64, naming: "--strength must be from 0 to 1.5, and is 2"),
        Refusal(
            "a sheet in a film", ["sheet", "in.mp4", "--style", "style.png", "-o", "s.mp4"], code: 73, naming: "s.mp4"),
        Refusal(
            "motion in a still",
            ["preview", "in.mp4", "--style", "style.png", "--at", "0", "--frames", "3", "-o", "s.png"],
            code: 73, naming: "s.png"),
        Refusal(
            "motion without a length", ["preview", "in.mp4", "--style", "style.png", "--at", "0", "-o", "s.mp4"],
            code: 64, naming: "--frames"),
    ]) func isRefused(_ refusal: Refusal) async throws { try await refusal.check() }
}
