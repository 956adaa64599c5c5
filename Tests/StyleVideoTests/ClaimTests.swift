import Foundation
import Media
import SystemPackage
import TestSupport
import Testing

@testable import Machine
@testable import StyleVideo

/// Who makes an output: one at a time, in whatever folder; and what is told of others' work.
@Suite struct ClaimTests {
    private let place: Scratch
    private let job: VideoJob

    init() async throws {
        place = try Scratch()
        job = try await place.chunkedJob()
    }

    private var claim: FilePath { place("out.mp4.stylevideo.lock") }
    private var folder: WorkFolder { WorkFolder(place("out.mp4.stylevideo")) }

    /// Runs a job, and others while its first frames are written.
    private func run(_ job: VideoJob, meanwhile: @escaping @Sendable () -> Void) throws {
        let report = try job.run(.told { if $0.phase == .painting, $0.done == 1 { meanwhile() } })
        #expect(report.frames == 18)
    }

    private func expectHeld(_ what: String, _ run: () throws -> Void) {
        let error = #expect(throws: Held.self, "\(what)") { try run() }
        #expect(error?.description.hasPrefix("process \(getpid()) on ") == true, "\(what): \(error as Any)")
    }

    @Test(arguments: [nil, 4]) func oneRunMakesAnOutput(_ chunkLength: Int?) throws {
        let before = place.names
        var (job, other, linked) = (job, job, job)
        #expect(symlink("out.mp4", place.file("link.mp4")) == 0)
        job.chunkLength = chunkLength
        other.workFolder = place("elsewhere")
        (linked.output, linked.overwrite, linked.audio) = (place("link.mp4"), true, .none)
        let others = ["in another folder": other, "by a link": linked]
        try run(job) {
            #expect(access(claim.string, F_OK) == 0)
            for (what, other) in others { expectHeld(what) { _ = try other.run(Run(threads: 1)) } }
        }
        unlink(place.file("link.mp4"))
        #expect(place.names == (before + ["out.mp4"]).sorted())
    }

    /// A join makes an output too.
    @Test func aJoinWaitsForARunInAnotherFolder() throws {
        let shared = place("job")
        _ = try PlanJob(job, folder: shared).run(Run(threads: 2))
        _ = try ShardJob(folder: shared, number: 1, of: 1).run(Run(threads: 2))
        try run(job) { expectHeld("a join") { _ = try JoinJob(folder: shared).run(Run(threads: 1)) } }
        // The film is there by now, and none of the join's.
        let error = #expect(throws: OutputError.self) { try JoinJob(folder: shared).run(Run(threads: 2)) }
        #expect(error?.trouble == .cannotCreate && !place.exists(claim.lastComponent!.string))
    }

    /// Of a run that was killed: whether its film is there or not.
    @Test(arguments: [false, true]) func nothingStaysOfADeadOnes(_ isDone: Bool) throws {
        if isDone { _ = try job.run(Run(threads: 2)) }
        let before = place.names
        let dead = ProcessMark.own.short.replacing(/-[0-9a-z]+$/, with: "-1")
        try place.write(claim.lastComponent!.string, "here 1 \(dead)\n".utf8)
        try place.write("\(claim.lastComponent!.string).\(dead)-abc.part", [])
        if isDone {
            #expect(throws: OutputError.self) { try job.run(Run(threads: 2)) }
        } else {
            _ = try job.run(Run(threads: 2))
        }
        #expect(place.names == Set(before + ["out.mp4"]).sorted())
    }

    /// Who is at work goes by itself, and may leave nothing behind: other settings are refused after that.
    @Test func whoIsAtWorkIsToldBeforeWhatDiffers() throws {
        var other = job
        other.audio = .none
        #expect(job.stop(after: 9) != nil)
        for lock in [folder.lock, folder.lock(3)] {
            let held = try LockFile(lock)
            expectHeld("\(lock)") { _ = try other.run(Run(threads: 2)) }
            held.release()
        }
        let error = #expect(throws: JobError.self) { try other.run(Run(threads: 2)) }
        #expect(error?.trouble == .usage)
    }

    @Test func aPlanTellsWhoIsAtWorkToo() throws {
        let shared = place("job")
        var other = job
        other.audio = .none
        _ = try PlanJob(job, folder: shared).run(Run(threads: 2))
        let held = try LockFile(WorkFolder(shared).lock(2))
        expectHeld("a shard") { _ = try PlanJob(other, folder: shared).run(Run(threads: 2)) }
        held.release()
        let error = #expect(throws: JobError.self) { try PlanJob(other, folder: shared).run(Run(threads: 2)) }
        #expect(error?.trouble == .usage)
    }

    /// Long names are cut, and differ by their digest all the same.
    @Test func claimsOfLongNamesDiffer() {
        let names = ["a", "b"].map { String(repeating: "n", count: 240) + $0 + ".mp4" }
        let claims = names.map { WorkFolder.claim(on: place($0)).lastComponent!.string }
        #expect(claims[0] != claims[1] && claims.allSatisfy { $0.utf8.count <= 143 })
    }
}
