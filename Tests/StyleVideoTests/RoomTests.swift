import Media
import Pipeline
import SystemPackage
import TestSupport
import Testing

@testable import Machine
@testable import StyleVideo

/// The disk that a painting takes, before it is begun.
@Suite struct RoomTests {
    @Test func aDiskThatWillNotDoIsRefused() async throws {
        let place = try Scratch()
        let job = try await place.job(place.twoScenes())
        var score = try job.score(Run(threads: 2))
        score.source.frames = 100_000
        score.scenes[1].frames = 9..<100_000
        let room = Room(score: score)
        /// Of two folders, on disks that have so much room.
        func check(_ films: Disk?, _ chunks: Disk?) throws {
            try room.check(["films", "chunks"]) { $0 == "films" ? films : chunks }
        }
        func expectRefusal(_ films: Disk, _ chunks: Disk) throws -> (folder: String, needed: Int) {
            let error = #expect(throws: JobError.self) { try check(films, chunks) }
            guard case .noRoom(let folder, let needed, let available)? = error else {
                throw try #require(error)
            }
            #expect(available == 1 << 20 && error?.trouble == .outputFailed)
            return (folder, needed)
        }
        let (little, much) = (1 << 20, 1 << 40)
        let apart = try expectRefusal(Disk(device: 1, available: little), Disk(device: 2, available: much))
        #expect(apart.folder == "films" && apart.needed > 1 << 20)
        let other = try expectRefusal(Disk(device: 1, available: much), Disk(device: 2, available: little))
        #expect(other.folder == "chunks" && other.needed == apart.needed)
        // On one disk it is there twice.
        let shared = try expectRefusal(Disk(device: 1, available: little), Disk(device: 1, available: little))
        #expect(shared.folder == "films" && shared.needed == 2 * apart.needed)
        try check(Disk(device: 1, available: apart.needed), Disk(device: 2, available: apart.needed))
        try check(nil, Disk(device: 2, available: apart.needed))
        // Better quality takes more.
        score.output.encoding.crf = 30
        try Room(score: score).check(["films"]) { _ in Disk(device: 1, available: apart.needed / 2) }
        let full = OutputError.failed(operation: "write", file: "a", code: 28)
        let told = room.explain(full, written: (10, 1 << 20)) as? any Trouble
        #expect(told?.trouble == .outputFailed && told?.description.contains("about 20000 MiB") == true, "\(told!)")
        #expect(room.explain(JobError.noJob(folder: "a"), written: (1, 1)) is JobError)
    }

    /// By a few frames, before the start: never too little, and not far too much.
    @Test func whatAPaintingTakesIsReckoned() async throws {
        let place = try Scratch()
        let input = try await place.make(
            "in.mp4",
            ["-f", "lavfi", "-i", "testsrc2=size=96x64:rate=25,noise=alls=12:all_seed=3:allf=t", "-frames:v", "620"]
                + ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"])
        var job = try await place.job(input)
        job.encoder = EncoderSettings()
        let workshop = try Workshop(job, Run(threads: 2))
        let look = try workshop.look()
        let forecast = try #require(try Forecast(look, workshop))
        #expect(workshop.studio.network.stylizer.reuse == nil && workshop.findings.distances.take(0..<620).isEmpty)
        let told = Monitor([String]())
        let report = try job.run(.told({ _ in }, notice: { text in told.withLock { $0.append(text) } }))
        #expect(told.value().contains { $0.hasPrefix("620 frames will take about ") && $0.contains("MiB of disk") })
        #expect(!report.notices.contains { $0.contains("will take") })
        let film = try place.bytes("out.mp4").count
        #expect(forecast.film > film && forecast.film < 4 * film, "\(forecast.film) for \(film)")
        #expect(forecast.seconds > 0 && forecast.seconds.isFinite)
        #expect(forecast.memory > report.peakMemoryBytes! / 2)
        // A short one is not worth it.
        var short = job
        short.selection = Selection(frames: 100)
        let brief = try Workshop(short, Run(threads: 2))
        #expect(try Forecast(brief.look(), brief) == nil)
    }

    /// What was tried decides, and of what is left only that.
    @Test func aTriedRoomIsAskedForByTheByte() async throws {
        let place = try Scratch()
        let job = try await place.chunkedJob()
        var score = try job.score(Run(threads: 2))
        score.output.chunkLength = 4
        let film = 10 << 20 + 1
        let room = Room(score: score, film: film)
        func check(_ films: Int, _ chunks: Int, left: Double) throws {
            try room.check(["films", "chunks"], left: left) {
                Disk(device: $0 == "films" ? 1 : 2, available: $0 == "films" ? films : chunks)
            }
        }
        try check(film, film, left: 1)
        try check(film, (film + 1) / 2, left: 0.5)
        for (films, chunks) in [(film - 1, film), (film, film - 1)] {
            let error = #expect(throws: JobError.self) { try check(films, chunks, left: 1) }
            // Up, so that who makes room for it has enough; and what is free is rounded down.
            let words = "about 11 MiB of disk, and 10 MiB are free"
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }
        #expect(throws: JobError.self) { try check(film, film / 2 - 1, left: 0.5) }
        let full = OutputError.failed(operation: "write", file: "a", code: 28)
        #expect("\(room.explain(full, written: (0, 0)))".hasSuffix("about 21 MiB"))
        #expect("\(room.explain(full, written: (9, film)))".hasSuffix("about 41 MiB"))
    }

    @Test func foldersOfOneDiskAreKnown() throws {
        let place = try Scratch()
        try place.makeFolder("a")
        let disks = [place.path, place("a"), "/proc"].map(Disk.init)
        #expect(disks[0] != nil && disks[0]?.device == disks[1]?.device && disks[0]?.device != disks[2]?.device)
        #expect(Disk(place("none")) == nil)
        // A work folder that is not made yet is asked for where it will be.
        #expect(WorkFolder(place("b")).ground == place.path && WorkFolder(place("a")).ground == place("a"))
    }
}
