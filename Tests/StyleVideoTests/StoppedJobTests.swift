import Glibc
import Machine
import Media
import Pipeline
import StyleVideo
import Synchronization
import SystemPackage
import TestSupport
import Testing

import class Foundation.FileHandle
import struct Foundation.Data
import struct Foundation.URL

/// A job that ends early leaves nothing, whatever stage it was in.
@Suite struct StoppedJobTests {
    private struct Stop: Error, Equatable {}

    @Test(arguments: [(Progress.Phase.scenes, 3), (.statistics, 2), (.painting, 1), (.painting, 5)])
    func cancellationStopsEveryStage(_ phase: Progress.Phase, _ step: Int) async throws {
        let place = try Scratch()
        let job = try await place.job(place.noise(frames: 60))
        let cancellation = Cancellation()
        let furthest = Mutex(0)
        #expect(throws: Stop()) {
            try job.run(
                .told(
                    { progress in
                        if progress.phase == .painting { furthest.withLock { $0 = max($0, progress.done) } }
                        if progress.phase == phase, progress.done == step { cancellation.cancel(Stop()) }
                    }, cancellation: cancellation))
        }
        // What lay in the queues may still be written; nothing new is painted.
        #expect(furthest.withLock { $0 } <= (phase == .painting ? step + 2 : 0))
        #expect(place.names == ["in.mp4", "style.png"])
    }

    @Test func aSourceThatShrinksMeanwhileIsAnError() async throws {
        let place = try Scratch()
        let job = try await place.job(place.noise(frames: 120))
        var status = stat()
        #expect(stat(job.input.string, &status) == 0 && status.st_size > 1 << 20, "the clip is too small to shrink")
        let name = job.input.string
        let error = #expect(throws: MediaError.self) {
            try job.run(.told { if $0.phase == .painting, $0.done == 1 { truncate(name, 1 << 18) } })
        }
        #expect(error?.kind == .damaged && error?.file == name)
        #expect(place.names == ["in.mp4", "style.png"])
    }

    /// A recording that goes on while it is painted: what was there at first is painted, and its sound ends with it.
    @Test func aSourceThatGrowsMeanwhileIsPaintedAsItWas() async throws {
        let place = try Scratch()
        let whole = try await place.make(
            "in.ts",
            ["-f", "lavfi", "-i", "color=gray:size=64x48:rate=25,noise=alls=80:allf=t", "-f", "lavfi", "-i", "sine"]
                + ["-frames:v", "100", "-shortest", "-c:v", "libx264", "-g", "10", "-bf", "0", "-preset", "ultrafast"]
                + ["-pix_fmt", "yuv420p", "-c:a", "aac"])
        let bytes = try Data(contentsOf: URL(fileURLWithPath: whole.string))
        let half = bytes.count / 2 / 188 * 188
        try bytes.prefix(half).write(to: URL(fileURLWithPath: whole.string))
        let job = try await place.job(whole)
        let first = Mutex(0)
        let notices = Mutex([String]())
        let report = try job.run(
            .told(
                { progress in
                    if progress.phase == .scenes { first.withLock { $0 = progress.done } }
                    guard progress.phase == .painting, progress.done == 1 else { return }
                    guard let file = FileHandle(forWritingAtPath: whole.string) else { return }
                    file.seekToEndOfFile()
                    file.write(bytes.suffix(from: half))
                    try? file.close()
                }, notice: { text in notices.withLock { $0.append(text) } }))
        let count = first.withLock { $0 }
        #expect((20...80).contains(count) && report.frames == count)
        #expect(notices.withLock { $0 }.contains { $0.contains("has grown") })
        let output = try VideoReader(job.output)
        #expect(output.information.streams.count == 2)
        for stream in output.information.streams {
            let seconds = try #require(stream.duration?.seconds)
            #expect(abs(seconds - Double(count) / 25) < 0.1, "\(stream.kind): \(seconds) s")
        }
    }

    @Test func aTargetThatAppearsMeanwhileIsNotReplaced() async throws {
        let place = try Scratch()
        let job = try await place.job(place.twoScenes())
        let name = job.output.string
        let error = #expect(throws: OutputError.self) {
            try job.run(.told { if $0.phase == .painting, $0.done == 1 { _ = symlink("elsewhere", name) } })
        }
        #expect(error == .taken(file: name, now: place("out.2.mp4").string))
        #expect(place.names == ["in.mp4", "out.2.mp4", "out.mp4", "style.png"])
        var status = stat()
        #expect(lstat(name, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    }

    @Test func aFolderThatVanishesMeanwhileIsAnError() async throws {
        let place = try Scratch()
        var job = try await place.job(place.twoScenes())
        let (folder, moved) = (place("deep").string, place("moved").string)
        #expect(mkdir(folder, 0o755) == 0)
        job.output = place("deep/out.mp4")
        let error = #expect(throws: (any Error).self) {
            try job.run(.told { if $0.phase == .painting, $0.done == 1 { rename(folder, moved) } })
        }
        let kinds: [TroubleKind?] = [.outputFailed, .cannotCreate]
        #expect(kinds.contains((error as? any Trouble)?.trouble))
    }

    /// What can be refused at once is, and not after an hour of decoding.
    @Test func refusalsComeBeforeTheFirstPass() async throws {
        let place = try Scratch()
        let input = try await place.twoScenes()
        let wide = try await place.make(
            "wide.mp4", ["-f", "lavfi", "-i", "testsrc2=size=160x48:rate=10", "-frames:v", "9", "-pix_fmt", "yuv420p"])
        let small = try await place.make(
            "small.mp4", ["-f", "lavfi", "-i", "testsrc2=size=24x24:rate=10", "-frames:v", "9", "-pix_fmt", "yuv420p"])
        let decoded = Mutex(0)
        let progress: ProgressHandler = { _ in decoded.withLock { $0 += 1 } }
        var settings = Settings()
        settings.weights = place("none.safetensors").string
        #expect(throws: (any Error).self) {
            try InfoJob(input: input, settings: settings).run(.told(progress))
        }
        var job = MeasureJob(input: input)
        job.against = wide
        #expect(throws: JobError.self) {
            try job.run(.told(progress))
        }
        #expect(throws: (any Error).self) {
            try MeasureJob(input: small)
                .run(.told(progress))
        }
        #expect(decoded.withLock { $0 } == 0)
    }
}
