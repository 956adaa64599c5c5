import Foundation
import Glibc
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// Runs that are killed, stopped, or find no room, and the same command again.
@Suite(.timeLimit(.minutes(60))) struct SurvivalTests {
    private let folder: Scratch
    private static let flags = ["--style-size", "64", "--chunk-frames", "4", "-q"]
    private static let paint = ["in.mp4", "--style", "style.png", "-o", "out.mp4"] + flags

    /// Two scenes and sound, 16 frames: four chunks.
    init() async throws {
        folder = try Scratch()
        try folder.take(await Fixture.twoScenes, as: "silent.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        try await folder.ffmpeg(
            ["-i", "silent.mp4", "-f", "lavfi", "-i", "sine=duration=1.6", "-c:v", "copy", "-c:a", "aac", "in.mp4"])
    }

    /// The film of a run that nobody touched.
    private func untouched() async throws -> Data {
        let outcome = try await Program.run(Self.paint.map { $0 == "out.mp4" ? "whole.mp4" : $0 }, in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        return try folder.bytes("whole.mp4")
    }

    /// Starts a run and sends it a signal once the condition holds, or after a while.
    private func stop(by signal: Signal, when condition: () throws -> Bool) async throws -> Program.Outcome {
        try await Slots.shared.withSlot {
            let result = try await Subprocess.run(
                .path(FilePath(Program.path)), arguments: Arguments(Self.paint),
                environment: Program.environment([:]), workingDirectory: folder.path, input: .none,
                output: .string(limit: 1 << 20), error: .string(limit: 1 << 20)
            ) { process in
                while try !condition() { try await Task.sleep(for: .milliseconds(1)) }
                try? process.send(signal: signal)
            }
            return Program.Outcome(
                status: result.terminationStatus, output: result.standardOutput, error: result.standardError)
        }
    }

    /// Whether the folder holds that many complete chunks, or the film is there.
    private func hasChunks(_ count: Int) -> Bool {
        folder.exists("out.mp4") || folder.exists("out.mp4.stylevideo/chunk-0000\(count - 1).json")
    }

    /// A run that was stopped on its way: where it was done before that, once more from nothing.
    private func unlessDone(_ run: () async throws -> Program.Outcome) async throws -> Program.Outcome {
        for _ in 0..<50 {
            let outcome = try await run()
            guard outcome.code == 0 else { return outcome }
            try FileManager.default.removeItem(atPath: folder.file("out.mp4"))
        }
        return try #require(nil as Program.Outcome?, "each of 50 runs was done before it was stopped")
    }

    private func finish(_ film: Data) async throws {
        let outcome = try await Program.run(Self.paint, in: folder)
        // 73: the kill came when all was done.
        #expect(outcome.code == 0 || outcome.code == 73, "\(outcome.error)")
        #expect(try folder.bytes("out.mp4") == film)
        #expect(!folder.names.contains { $0.hasPrefix("out.mp4.") }, "\(folder.names)")
    }

    /// In the first pass, painting, entering, checking, joining: wherever a moment by chance falls.
    @Test func killsAtRandomMomentsCostNoByte() async throws {
        let film = try await untouched()
        var random = Seeded(24)
        var kills = 0
        while kills < 40 {
            try? FileManager.default.removeItem(atPath: folder.file("out.mp4"))
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let end = ContinuousClock.now + .milliseconds(Int.random(in: 20...500, using: &random))
                let outcome = try await stop(by: .kill) { ContinuousClock.now >= end }
                if outcome.code == nil { kills += 1 }
            }
            try await finish(film)
        }
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 75), (SIGUSR1, 75), (SIGHUP, 129)] as [(Int32, Int32)])
    func aStoppedRunSaysHowToGoOn(_ signal: Int32, _ code: Int32) async throws {
        let film = try await untouched()
        let outcome = try await unlessDone { try await stop(by: Signal(rawValue: signal)) { hasChunks(1) } }
        #expect(outcome.code == code)
        #expect(outcome.errorLines.count == 1 && outcome.error.contains("out.mp4.stylevideo"), "\(outcome.error)")
        #expect(outcome.error.contains("the same command goes on"), "\(outcome.error)")
        #expect(!folder.exists("out.mp4") && !folder.exists("out.mp4.stylevideo/job.lock"))
        try await finish(film)
    }

    /// Both want the same film at once: one makes it, and the other says who does.
    @Test func twoRunsAtOnce() async throws {
        let film = try await untouched()
        let outcome = try await Program.shell(
            """
            "$PROGRAM" \(Self.paint.joined(separator: " ")) 2>first & first=$!
            "$PROGRAM" \(Self.paint.joined(separator: " ")) 2>second; echo $?
            wait $first; echo $?
            """, in: folder)
        let codes = outcome.output.split(separator: "\n").compactMap { Int($0) }
        // 73: the other was through before this one began to paint.
        #expect(codes.contains(0) && codes.allSatisfy([0, 73, 75].contains), "\(codes)")
        let said = try ["first", "second"].map { String(decoding: try folder.bytes($0), as: UTF8.self) }.joined()
        if codes.contains(75) { #expect(said.contains("is at work on it"), "\(said)") }
        #expect(try folder.bytes("out.mp4") == film && !folder.exists("out.mp4.stylevideo"))
    }

    /// The same where their work folders differ: one makes it.
    @Test func twoRunsInTwoFolders() async throws {
        let film = try await untouched()
        let paint = Self.paint.joined(separator: " ")
        let outcome = try await Program.shell(
            """
            "$PROGRAM" \(paint) --work-dir one 2>first & first=$!
            "$PROGRAM" \(paint) --work-dir two 2>second; echo $?
            wait $first; echo $?
            """, in: folder)
        let codes = outcome.output.split(separator: "\n").compactMap { Int($0) }
        #expect(codes.contains(0) && codes.allSatisfy([0, 73, 75].contains), "\(codes)")
        #expect(!folder.exists("out.2.mp4") && !folder.exists("one") && !folder.exists("two"))
        try await finish(film)
    }

    /// A loss of power may take a folder whose name was never brought to the disk, with all that was. The layer of the
    /// long tests writes a run's changes down.
    @Test func theFoldersNameIsBroughtToTheDisk() async throws {
        let layer = FilePath(#filePath).removingLastComponent().pushing("../../scripts/torture")
        try folder.makeFolder("job")
        let paint = Self.paint.map { $0 == "out.mp4" ? "\"$PWD/job/out.mp4\"" : $0 }.joined(separator: " ")
        let outcome = try await Program.shell(
            """
            $(command -v gcc || command -v clang) -O1 -shared -fPIC -o layer.so '\(layer)/calls.c' '\(layer)/fate.c' \
                -ldl -lpthread || exit 1
            TORTURE_ROOT="$PWD/job" TORTURE_JOURNAL="$PWD/journal" LD_PRELOAD="$PWD/layer.so" "$PROGRAM" \(paint)
            """, in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        let changes = try Self.changes(folder.bytes("journal"))
        let (root, work) = (folder.file("job"), folder.file("job/out.mp4.stylevideo"))
        let made = try #require(changes.firstIndex { $0 == ("folder", work) })
        let kept = try #require(changes.firstIndex { $0.path.hasPrefix(work + "/chunk-00000.json") })
        #expect(changes[made..<max(made, kept)].contains { $0 == ("sync", root) })
    }

    /// Of the layer's journal: a line each of seven fields, and a write's bytes behind it.
    private static func changes(_ journal: Data) -> [(verb: String, path: String)] {
        var (left, changes) = (journal[...], [(verb: String, path: String)]())
        while let end = left.firstIndex(of: 10) {
            let fields = String(decoding: left[..<end], as: UTF8.self)
                .split(separator: "\t", omittingEmptySubsequences: false)
            guard fields.count == 7, let length = Int(fields[4]) else { return changes }
            changes.append((String(fields[1]), String(fields[5])))
            left = left[(end + 1)...].dropFirst(length)
        }
        return changes
    }

    /// The shell's limit of a file's length, in blocks of 512 bytes, is a disk that is full: for each length that a
    /// chunk, a record or the film cannot have.
    @Test func withoutRoomItStopsAndGoesOnWhenThereIs() async throws {
        let film = try await untouched()
        let most = film.count / 512
        var codes: [Int32?] = []
        for blocks in stride(from: 1, to: most, by: max(1, most / 12)) {
            let outcome = try await Program.shell(
                "ulimit -f \(blocks); exec \"$PROGRAM\" \(Self.paint.joined(separator: " "))", in: folder)
            codes.append(outcome.code)
            #expect(outcome.code == 74 && outcome.errorLines.count == 1, "\(blocks): \(outcome.error)")
            #expect(outcome.error.contains("in all it takes about"), "\(outcome.error)")
            #expect(!folder.exists("out.mp4"))
        }
        #expect(codes.count >= 8)
        try await finish(film)
    }

    /// Taken away in the middle of a run, and given back.
    @Test func aFolderThatMayNotBeWrittenTo() async throws {
        let film = try await untouched()
        let outcome = try await unlessDone {
            try await Program.shell(Self.lockingTheFolder, in: folder)
        }
        #expect(outcome.code == 73 || outcome.code == 74, "\(outcome.error)")
        #expect(!folder.exists("out.mp4") && folder.exists("out.mp4.stylevideo/chunk-00000.json"))
        try await finish(film)
    }

    private static let lockingTheFolder = """
        # The superuser may write to anything, until that is taken from it.
        [ "$(id -u)" = 0 ] && bare='setpriv --bounding-set=-all --inh-caps=-all'
        $bare "$PROGRAM" \(paint.joined(separator: " ")) & run=$!
        while [ ! -e out.mp4.stylevideo/chunk-00000.json ] && kill -0 $run; do :; done
        chmod a-w out.mp4.stylevideo
        wait $run; code=$?
        [ ! -d out.mp4.stylevideo ] || chmod u+w out.mp4.stylevideo
        exit $code
        """

    /// Shards that are killed and started again, and a join that waits for them.
    @Test func shardsAreKilledAndRepeated() async throws {
        let film = try await untouched()
        let outcome = try await Program.shell(
            """
            "$PROGRAM" plan in.mp4 --style style.png -o out.mp4 \(Self.flags.joined(separator: " ")) --job job || exit 1
            for shard in 3/3 1/3 2/3; do
                timeout -s KILL 0.3 "$PROGRAM" shard $shard job -q
                "$PROGRAM" join job -q; [ $? = 75 ] || [ -e out.mp4 ] || exit 2
                "$PROGRAM" shard $shard job -q || exit 3
            done
            "$PROGRAM" join job -q && "$PROGRAM" shard 2/3 job -q && "$PROGRAM" join job -q || exit 4
            "$PROGRAM" plan in.mp4 --style style.png -o out.mp4 --style-size 64 --chunk-frames 4 --job job
            """, in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.errorLines.last?.hasSuffix("finished: out.mp4 is there") == true, "\(outcome.error)")
        #expect(try folder.bytes("out.mp4") == film)
    }

    @Test(arguments: ["0/3", "4/3", "1/0", "x/3", "3", "1/3/4", "-1/3"]) func sharesAreCounted(_ share: String)
        async throws
    {
        let outcome = try await Program.run(["shard", share, "job"], in: folder)
        #expect(outcome.code == 64 && outcome.errorLines.count == 1, "\(outcome.error)")
    }

    @Test(arguments: [["shard", "1/1", "none"], ["join", "none"]]) func withoutAPlanThereIsNothing(
        _ arguments: [String]
    )
        async throws
    {
        let outcome = try await Program.run(arguments, in: folder)
        #expect(outcome.code == 66 && outcome.error.contains("none"), "\(outcome.error)")
    }
}
