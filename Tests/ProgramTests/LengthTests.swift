import Foundation
import TestSupport
import Testing

/// Memory against a clip's length.
@Suite struct LengthTests {
    @Test func doesNotGrowWithTheClip() async throws {
        let (width, height, short, long) = (320, 180, 60, 300)
        let folder = try Scratch()
        try folder.take(await Fixture.silent(width, height, frames: long, rate: 25), as: "in.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        func peak(_ frames: Int) async throws -> Int {
            let outcome = try await Program.run(
                Refusal.paint() + ["--frames", "\(frames)", "--json", "--overwrite", "--encoder-preset", "ultrafast"],
                in: folder)
            let report = try Report(outcome)
            #expect(report.frames == frames)
            return try #require(report.whole["peakMemoryBytes"] as? Int)
        }
        let (less, more) = (try await peak(short), try await peak(long))
        // By 60 frames every queue, pool and the encoder's look-ahead are full. One frame kept of each step would add
        // 240 x 172,800 bytes, 41 MB; a quarter of that is more than allocators vary by, and less than any leak of one
        // plane of a frame.
        #expect(more - less < (long - short) * width * height * 3 / 4, "\(less) bytes became \(more)")
        #expect(more > width * height * 3)
    }

    /// Batch systems limit addresses.
    @Test func tooFewAddressesAreRefused() async throws {
        let folder = try Scratch()
        try folder.take(await Fixture.clip, as: "in.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        let outcome = try await Program.shell(
            "ulimit -v 1300000; exec \"$PROGRAM\" in.mp4 --style style.png -o out.mp4 --style-size 64 --threads 2",
            in: folder)
        #expect(outcome.code == 69 && outcome.errorLines.count == 1, "\(outcome.error)")
        #expect(outcome.error.contains("ulimit -v") && outcome.error.contains("--threads"))
        #expect(try Set(folder.contents().keys) == ["in.mp4", "style.png"])
    }

    /// Hardly more than the program takes when it starts: what asks for more is refused, and everything ends.
    @Test(
        arguments: [
            "--version", "info in.mp4", "measure in.mp4", "image style.png --style style.png -o out.png",
            "preview in.mp4 --at 0 --style style.png -o out.png", "none.mp4 --style style.png",
        ], [400_000, 600_000])
    func whereAddressesAreScarceItEnds(_ words: String, _ limit: Int) async throws {
        let folder = try Scratch()
        try folder.take(await Fixture.clip, as: "in.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        let outcome = try await Program.shell(
            "ulimit -v \(limit); exec timeout -s KILL 1800 \"$PROGRAM\" \(words)",
            in: folder)
        #expect(outcome.code == (words == "--version" ? 0 : words.hasPrefix("none") ? 66 : 69), "\(outcome.error)")
        #expect(outcome.errorLines.count == (words == "--version" ? 0 : 1), "\(outcome.error)")
        #expect(try Set(folder.contents().keys) == ["in.mp4", "style.png"])
    }

    /// `taskset`, Slurm and containers give a program fewer cores than the machine has.
    @Test func itUsesTheCoresThatItMayUse() async throws {
        let folder = try Scratch()
        try folder.take(await Fixture.clip, as: "in.mp4")
        let outcome = try await Program.shell(
            """
            one=$(sed -n 's/^Cpus_allowed_list:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/self/status)
            exec taskset -c "$one" "$PROGRAM" info in.mp4 --json
            """, in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect((try Report(outcome).whole["plan"] as? [String: Any])?["threads"] as? Int == 1)
    }
}
