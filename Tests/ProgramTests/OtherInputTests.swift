import Foundation
import TestSupport
import Testing

/// Clips that are no one file: pipes, pictures one after another, raw frames.
@Suite struct OtherInputTests {
    private let folder: Scratch

    init() async throws {
        folder = try Scratch()
        try folder.take(await Fixture.style, as: "style.png")
    }

    private static let flags =
        "--style style.png -o out.mp4 --style-size 64 --no-measure --steady off --overwrite --hash"

    private static let films = flags.replacing(" --hash", with: "")

    /// The digest of all paintings and their times.
    private func digest(_ command: String) async throws -> String {
        let outcome = try await Program.shell("\(command) \(Self.flags) --json", in: folder)
        let report = try Report(outcome)
        return try #require(report.whole["digest"] as? String)
    }

    /// The pictures of the painting, without loss.
    private func pictures(_ command: String) async throws -> [Substring] {
        let flags = Self.flags.replacing("--hash", with: "--crf 0 --pixel-format yuv444p")
        let outcome = try await Program.shell("\(command) \(flags)", in: folder)
        try #require(outcome.code == 0, "\(outcome.error)")
        try await folder.ffmpeg(["-i", "out.mp4", "-f", "framemd5", "sums"])
        let lines = String(decoding: try folder.bytes("sums"), as: UTF8.self).split(separator: "\n")
        return lines.filter { !$0.hasPrefix("#") }.compactMap { $0.split(separator: ",").last }
    }

    private func make(_ arguments: String) async throws {
        try await folder.ffmpeg(
            ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=1.2"] + arguments.split(separator: " ").map(String.init))
    }

    @Test func standardInput() async throws {
        try await make("-pix_fmt yuv420p in.y4m")
        try await make("-c:v libx264 in.mp4")
        for name in ["in.y4m", "in.mp4"] {
            let expected = try await digest("\"$PROGRAM\" \(name)")
            #expect(try await digest("cat \(name) | \"$PROGRAM\" -") == expected)
        }
        // As a film of several chunks, too.
        let film =
            "cat in.y4m | \"$PROGRAM\" - --style style.png -o film.mp4 --style-size 64 --chunk-frames 4 --no-measure"
        let outcome = try await Program.shell(film, in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(try Set(folder.contents().keys) == ["style.png", "in.y4m", "in.mp4", "film.mp4"])
    }

    @Test func whatStandardInputLacks() async throws {
        let (paint, words) = ("\"$PROGRAM\" - --style style.png", "-o out.mp4 < /dev/null")
        #expect(try await Program.shell("\(paint) \(words)", in: folder).code == 64)
        let nameless = try await Program.shell("echo words | \(paint)", in: folder)
        #expect(nameless.code == 64 && nameless.error.contains("-o"))
        let text = try await Program.shell("seq 100000 | \(paint) -o out.mp4", in: folder)
        #expect(text.code == 65 && text.error.contains("standard input"), "\(text.error)")
        let plan = try await Program.shell(
            "cat style.png | \"$PROGRAM\" plan - --style style.png -o out.mp4 --job job", in: folder)
        #expect(plan.code == 64 && plan.error.contains("other machines"))
        #expect(try Set(folder.contents().keys) == ["style.png"])
    }

    /// In the order in which people count, by the numbers of their names, and from the first that is there.
    @Test func pictures() async throws {
        try FileManager.default.createDirectory(atPath: folder.file("shots"), withIntermediateDirectories: false)
        try await make("-start_number 7 shots/shot%d.png")
        try await make("-c:v ffv1 -pix_fmt gbrp in.mkv")
        let expected = try await pictures("\"$PROGRAM\" in.mkv")
        #expect(try await pictures("\"$PROGRAM\" shots --rate 10") == expected)
        #expect(try await Probe.read("out.mp4", in: folder).frameTimes.last == 1.1)
        #expect(try await pictures("\"$PROGRAM\" shots/shot%d.png") == expected)
        #expect(try await Probe.read("out.mp4", in: folder).frameTimes.last == 0.44)
        try FileManager.default.removeItem(atPath: folder.file("shots/shot9.png"))
        let gap = try await Program.shell("\"$PROGRAM\" shots/shot%d.png --rate 10 \(Self.flags)", in: folder)
        #expect(gap.code == 0 && gap.error.contains("missing, after shot8.png") && gap.error.contains("11 frames"))
        try await make("-frames:v 1 shots/shot99.jpg")
        let mixed = try await Program.shell("\"$PROGRAM\" shots \(Self.flags)", in: folder)
        #expect(
            mixed.code == 65 && mixed.error.contains("shot99.jpg is mjpeg") || mixed.error.contains("of one format"))
        let none = try await Program.shell("\"$PROGRAM\" none%03d.png \(Self.flags)", in: folder)
        #expect(none.code == 66 && none.error.contains("none%03d.png"))
    }

    /// Kinds that no container holds are read as pictures are; a damaged one is missed when its turn comes.
    @Test(arguments: ["tif", "ppm", "bmp", "sgi", "dpx", "exr"]) func picturesOfOtherKinds(ending: String) async throws
    {
        try FileManager.default.createDirectory(atPath: folder.file("shots"), withIntermediateDirectories: false)
        // The source has its colours at half the size, and a TIFF would keep them so.
        let pixels = ["exr": "-pix_fmt gbrpf32le ", "tif": "-pix_fmt rgb24 "][ending] ?? ""
        try await make("\(pixels)shots/shot%d.\(ending)")
        try await make("in%d.png")
        let expected = try await pictures("\"$PROGRAM\" in%d.png")
        let found = try await pictures("\"$PROGRAM\" shots")
        if ending == "exr" {
            #expect(found.count == expected.count)
        } else {
            #expect(found == expected)
        }
        guard ending == "tif" else { return }
        try folder.write("shots/shot7.tif", Array(folder.bytes("shots/shot7.tif").prefix(2000)))
        let damaged = try await Program.shell("\"$PROGRAM\" shots \(Self.films)", in: folder)
        #expect(damaged.code == 65 && damaged.error.contains("has lost 1 frame"), "\(damaged.error)")
        #expect(try await Probe.read("out.mp4", in: folder).frameTimes.count == 11)
    }

    /// A bare stream has no times; what it says of its rate is not what it was filmed at.
    @Test(arguments: ["-c:v mjpeg -f mjpeg", "-c:v libx264 -bf 2 -f h264", "-c:v mpeg2video -f mpeg2video"])
    func bareStreamsAtARate(codec: String) async throws {
        try await make("\(codec) in.bin")
        let outcome = try await Program.shell("\"$PROGRAM\" in.bin --rate 30000/1001 \(Self.films)", in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        let times = try await Probe.read("out.mp4", in: folder).frameTimes
        #expect(
            times.count == 12 && times.enumerated().allSatisfy { abs($1 - Double($0) * 1.001 / 30) < 1e-5 }, "\(times)")
        try await make("-c:v mjpeg in.avi")
        let clip = try await Program.shell("\"$PROGRAM\" in.avi --rate 10 \(Self.flags)", in: folder)
        #expect(clip.code == 64 && clip.error.contains("this clip has its own"))
        let piped = try await Program.shell("cat in.avi | \"$PROGRAM\" - --rate 10 \(Self.flags)", in: folder)
        #expect(piped.code == 64 && piped.error.contains("this clip has its own"))
    }

    @Test(arguments: ["rgb24", "yuv420p", "gray"]) func rawFrames(format: String) async throws {
        try await make("-f rawvideo -pix_fmt \(format) in.raw")
        try await folder.ffmpeg(
            [
                "-f", "rawvideo", "-s", "64x48", "-r", "10", "-pix_fmt", format, "-i", "in.raw", "-c:v", "rawvideo",
                "in.nut",
            ])
        let said = "--size 64x48 --rate 10 --input-format \(format)"
        let expected = try await pictures("\"$PROGRAM\" in.nut")
        #expect(try await pictures("\"$PROGRAM\" in.raw \(said)") == expected)
        #expect(try await Probe.read("out.mp4", in: folder).frameTimes.last == 1.1)
        #expect(
            try await digest("cat in.raw | \"$PROGRAM\" - \(said)") == digest("\"$PROGRAM\" in.raw \(said)"))
        let unsaid = try await Program.shell("cp in.raw in.yuv; \"$PROGRAM\" in.yuv \(Self.flags)", in: folder)
        #expect(unsaid.code == 65 && unsaid.error.contains("--size"), "\(unsaid.error)")
        let wrong = try await Program.shell(
            "\"$PROGRAM\" in.raw --size 64x48 --input-format rgb42 \(Self.flags)", in: folder)
        #expect(wrong.code == 64 && wrong.error.contains("rgb42"))
    }

    /// What is probed as nothing, or as something else, is what was said.
    @Test func rawFramesOfNoise() async throws {
        var random = Seeded(5)
        let bytes = (0..<12 * 64 * 48 * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        try folder.write("noise.bin", bytes)
        for more in ["", "--chunk-frames 5"] {
            let said = "--size 64x48 --rate 10 --input-format rgb24 --overwrite \(more)"
            let flags = Self.flags.replacing("--hash", with: "--unpainted")
            let outcome = try await Program.shell("\"$PROGRAM\" noise.bin \(said) \(flags)", in: folder)
            #expect(outcome.code == 0, "\(outcome.error)")
            #expect(try await Probe.read("out.mp4", in: folder).frameTimes.count == 12)
        }
    }

    /// As cameras write it: one JPEG after another, 25 a second.
    @Test func motionJPEG() async throws {
        try await make("-c:v mjpeg -f mjpeg in.mjpeg")
        let outcome = try await Program.run(Refusal.paint("in.mjpeg") + ["--no-measure"], in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        let times = try await Probe.read("out.mp4", in: folder).frameTimes
        #expect(times.count == 12 && times.enumerated().allSatisfy { abs($1 - Double($0) / 25) < 1e-6 })
    }

    /// Without libavfilter an interlaced clip is refused, and one of whole frames is not.
    @Test func fieldsNeedALibrary() async throws {
        try await make("-vf tinterlace -flags +ilme+ildct -c:v mpeg2video fields.mkv")
        try await make("-c:v mpeg2video whole.mkv")
        try folder.write("libavfilter.so.8", "no library".utf8)
        func paint(_ name: String, _ more: [String] = []) async throws -> Program.Outcome {
            try await Program.run(
                Refusal.paint(name) + ["--no-measure", "--overwrite"] + more, in: folder,
                environment: ["LD_LIBRARY_PATH": folder.path.string])
        }
        let refused = try await paint("fields.mkv")
        #expect(refused.code == 69 && refused.errorLines.count == 1, "\(refused.error)")
        for word in ["libavfilter8", "--deinterlace off"] { #expect(refused.error.contains(word)) }
        #expect(!folder.exists("out.mp4"))
        #expect(try await paint("fields.mkv", ["--deinterlace", "off"]).code == 0)
        #expect(try await paint("whole.mkv").code == 0)
    }

    /// What is made of fields is the same in parts as in one.
    @Test func fieldsInShards() async throws {
        try await folder.ffmpeg(
            ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=50:d=1.6", "-vf", "tinterlace=interleave_top"]
                + ["-flags", "+ilme+ildct", "-c:v", "mpeg2video", "-g", "9", "-bf", "2", "in.mkv"])
        let words = "in.mkv --style style.png --style-size 64 --chunk-frames 7 --no-measure"
        let plan = "\"$PROGRAM\" plan \(words) -o shards.mp4 --job job"
        let shards = "\"$PROGRAM\" shard 2/2 job && \"$PROGRAM\" shard 1/2 job && \"$PROGRAM\" join job"
        let outcome = try await Program.shell("\"$PROGRAM\" \(words) -o one.mp4 && \(plan) && \(shards)", in: folder)
        #expect(outcome.code == 0 && outcome.error.contains("interlaced"), "\(outcome.error)")
        #expect(try folder.bytes("one.mp4") == folder.bytes("shards.mp4"))
        let other = try await Program.shell("\"$PROGRAM\" \(words) -o two.mp4 --deinterlace off", in: folder)
        #expect(try other.code == 0 && folder.bytes("two.mp4") != folder.bytes("one.mp4"))
    }
}
