import Foundation
import TestSupport
import Testing

/// Where a limit of processes is lower than a job's threads, it says so before it begins: at once, and in one sentence.
@Suite struct ThreadLimitTests {
    /// Root has no such limit, so then it is a user of whom nothing else runs.
    private static func limited(to limit: Int, _ words: String) -> String {
        """
        exec timeout -s KILL 1800 bash -c 'ulimit -u \(limit); user=$((50000 + $$ % 10000))
        test "$(id -u)" = 0 || exec "$PROGRAM" \(words)
        exec setpriv --reuid $user --clear-groups "$PROGRAM" \(words)'
        """
    }

    @Test(
        arguments: [
            "in.mp4 --style style.png -o out.mp4", "info in.mp4", "measure in.mp4", "measure in.mp4 --against in.mp4",
            "image style.png --style style.png -o out.png",
            "preview in.mp4 --at 0 --style style.png -o out.png", "plan in.mp4 --style style.png --job job",
        ], [1, 2, 4])
    func tooFewAreRefused(_ words: String, _ limit: Int) async throws {
        let folder = try Scratch()
        try folder.take(await Fixture.clip, as: "in.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        let outcome = try await Program.shell(Self.limited(to: limit, "\(words) --threads 4"), in: folder)
        #expect(outcome.code == 69 && outcome.errorLines.count == 1, "\(outcome.status) \(outcome.error)")
        for word in ["threads at once", "ulimit -u is \(limit)", "--threads"] { #expect(outcome.error.contains(word)) }
        #expect(try Set(folder.contents().keys) == ["in.mp4", "style.png"])
    }
}
