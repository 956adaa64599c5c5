import TestSupport
import Testing

/// Frames that go through as they are: what every other test of media leans on.
@Suite struct UnpaintedTests {
    @Test(arguments: [[], ["--chunk-frames", "4"]]) func framesGoThroughAsTheyAre(_ flags: [String]) async throws {
        let folder = try Scratch()
        // Colours that survive halving: hard edges of pure ones do not.
        try folder.take(await Fixture.clip("soft.mp4", ["-vf", "gblur=4,eq=saturation=0.4"]), as: "in.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        let lossless = ["--unpainted", "--no-measure", "--crf", "0"]
        let outcome = try await Program.run(Refusal.paint("in.mp4") + lossless + flags, in: folder)
        try #require(outcome.code == 0, "\(outcome.error)")
        let words = ["-v", "error", "-i", "in.mp4", "-i", "out.mp4", "-lavfi"]
        let compared = try await Program.command(
            "ffmpeg", words + ["psnr=stats_file=-", "-f", "null", "-"], in: folder)
        let frames = compared.output.split(separator: "\n").filter { $0.contains("psnr_avg") }
        #expect(frames.count == 10)
        for frame in frames {
            let value = try #require(frame.split(separator: " ").first { $0.hasPrefix("psnr_avg:") }).dropFirst(9)
            #expect(value == "inf" || Double(value)! > 45, "\(frame)")
        }
    }

    @Test func aPictureGoesThroughAsItIs() async throws {
        let folder = try Scratch()
        try folder.take(await Fixture.style, as: "style.png")
        let words = ["image", "style.png", "--style", "style.png", "-o", "out.png", "--unpainted"]
        let outcome = try await Program.run(words, in: folder)
        try #require(outcome.code == 0, "\(outcome.error)")
        let sums = try await Program.command(
            "ffmpeg",
            ["-v", "error", "-i", "style.png", "-i", "out.png", "-map", "0", "-map", "1", "-f", "streamhash", "-"],
            in: folder)
        #expect(Set(sums.output.split(separator: "\n").compactMap { $0.split(separator: "=").last }).count == 1)
    }
}
