import Foundation
import Media
import SystemPackage
import TestSupport
import Testing

@testable import Machine
@testable import StyleVideo

/// What a job does in its folder, and in one that holds other things too.
@Suite struct WorkFolderTests {
    private let place: Scratch
    private let job: VideoJob

    init() async throws {
        place = try Scratch()
        job = try await place.chunkedJob()
    }

    private var folder: WorkFolder { WorkFolder(place("out.mp4.stylevideo")) }

    /// The user's own folder, with names that are like ours.
    @Test func othersFilesStay() throws {
        for name in ["film.mp4", "film.mkv", "job.txt", "job.json.bak", "chunk-00001.txt", "chunk-00001.mp4.part"] {
            try place.write(name, name.utf8)
        }
        let before = try place.contents()
        var job = job
        job.workFolder = place.path
        #expect(job.stop(after: 1) is Stop)
        #expect(try place.contents() == before)
        _ = try PlanJob(job, folder: place.path).run(Run(threads: 2))
        #expect(place.exists("job.json"))
        job.restart = true
        #expect(job.stop(after: 9) != nil)
        #expect(try before.allSatisfy { try place.bytes($0.key) == $0.value })
        // What a killed run has left of a chunk's file goes too.
        try place.write("chunk-00002.mp4.\(ProcessMark.own.short)-abc.part", [])
        _ = try job.run(Run(threads: 2))
        var after = try place.contents()
        #expect(after.removeValue(forKey: "out.mp4") != nil && after == before)
    }

    /// A part that is written would take their place.
    @Test func filesByOurNamesAreRefused() throws {
        var job = job
        job.workFolder = place("work")
        try place.makeFolder("work")
        try place.write("work/chunk-00002.mp4", place.bytes("sound.mp4"))
        try FileManager.default.createSymbolicLink(
            atPath: place.file("link.mp4"), withDestinationPath: "work/chunk-00002.mp4")
        let before = try place.contents()
        func expectRefusal(_ change: (inout VideoJob) -> Void) throws {
            var other = job
            change(&other)
            let error = #expect(throws: OutputError.self) { try other.run(Run(threads: 2)) }
            #expect(
                error?.trouble == .cannotCreate && error?.description.contains("chunk-0000") == true
                    || error?.description.contains("link.mp4") == true)
            #expect(try place.contents() == before)
        }
        try expectRefusal { $0.input = place("work/chunk-00002.mp4") }
        try expectRefusal { $0.input = place("link.mp4") }
        try expectRefusal { $0.output = place("work/chunk-00003.mp4") }
        try expectRefusal { ($0.input, $0.restart) = (place("link.mp4"), true) }
    }

    /// A run that is killed on the way leaves what speaks of the rest.
    @Test func recordsGoAfterTheirChunks() throws {
        let folder = WorkFolder(place("a"))
        try folder.make()
        let order = [
            ["chunk-00000.mp4", "chunk-123456.mp4", "chunk-00001.lock"], ["chunk-00000.json", "chunk-123456.json"],
            ["job.json", "job.lock"], ["film.json"],
        ]
        for name in order.joined() { try place.write("a/" + name, []) }
        var left = folder.remains()[...]
        for names in order {
            #expect(Set(left.prefix(names.count)) == Set(names))
            left = left.dropFirst(names.count)
        }
        #expect(left.isEmpty && Set(folder.remains(keepingJob: true)) == Set(order[0]))
        folder.clear(keepingJob: true)
        #expect(place.exists("a/chunk-00000.json") && place.exists("a/film.json"))
        folder.clear()
        #expect(!place.exists("a"))
    }

    /// The folder's name is as long as a path may be, and its lock's is longer.
    @Test func aFolderThatCannotBeLockedGoes() throws {
        var path = place.path
        while path.string.utf8.count < 3880 { path.append(String(repeating: "a", count: 200)) }
        path.append(String(repeating: "a", count: 4089 - path.string.utf8.count))
        try FileManager.default.createDirectory(
            atPath: path.removingLastComponent().string, withIntermediateDirectories: true)
        let folder = WorkFolder(path)
        #expect(throws: OutputError.self) { try folder.enter() }
        #expect(access(path.string, F_OK) != 0 && access(path.removingLastComponent().string, F_OK) == 0)
        // One that was there stays.
        try folder.make()
        #expect(throws: OutputError.self) { try folder.enter() }
        #expect(access(path.string, F_OK) == 0)
    }

    /// Lets things happen while a run is in its first pass, before it has the folder's lock.
    private func run(
        _ job: VideoJob, _ notice: @escaping @Sendable (String) -> Void = { _ in },
        meanwhile: @escaping @Sendable () -> Void
    )
        throws -> PaintReport
    {
        try job.run(.told({ if $0.phase == .scenes, $0.done == 1 { meanwhile() } }, notice: notice))
    }

    @Test func anotherJobThatIsBegunMeanwhileIsNotOverwritten() throws {
        var other = job
        other.audio = .none
        #expect(other.stop(after: 9) != nil)
        let (folder, aside) = (folder.path.string, place.file("aside"))
        #expect(rename(folder, aside) == 0)
        let begun = try place.contents().filter { $0.key.hasPrefix("aside/") }
        #expect(begun.count >= 3)
        let error = #expect(throws: JobError.self) { try run(job) { rename(aside, folder) } }
        #expect(error?.trouble == .usage && error?.description.contains("the sound") == true)
        let after = try place.contents().filter { $0.key.hasPrefix("out.mp4.stylevideo/") }
        #expect(Set(after.values) == Set(begun.values) && after.count == begun.count)
        // A plan is a job too.
        #expect(rename(folder, aside) == 0)
        var plan = job
        plan.workFolder = self.folder.path
        #expect(throws: JobError.self) {
            try plan.plan(.told { if $0.phase == .scenes, $0.done == 1 { rename(aside, folder) } })
        }
        #expect(try place.contents().filter { $0.key.hasPrefix("out.mp4.stylevideo/") } == after)
    }

    @Test func theSameJobThatIsDoneMeanwhileIsNotDoneAgain() throws {
        #expect(job.stop(after: 17) != nil)
        let (folder, aside, kept) = (folder.path.string, place.file("aside"), place.file("kept"))
        try FileManager.default.copyItem(atPath: folder, toPath: kept)
        _ = try job.run(Run(threads: 2))
        let film = try place.bytes("out.mp4")
        #expect(rename(job.output.string, aside) == 0)
        try WorkFolder(FilePath(kept)).write(try #require(FilmMark(FilePath(aside))), to: FilePath(kept + "/film.json"))
        let output = job.output.string
        let report = try run(job) {
            rename(aside, output)
            rename(kept, folder)
        }
        #expect(try report.frames == 18 && place.bytes("out.mp4") == film && !place.exists("out.mp4.stylevideo"))
    }
}
