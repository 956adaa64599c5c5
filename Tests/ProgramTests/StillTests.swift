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
}
