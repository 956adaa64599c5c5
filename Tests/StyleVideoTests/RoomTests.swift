import Machine
import SystemPackage
import TestSupport
import Testing

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
