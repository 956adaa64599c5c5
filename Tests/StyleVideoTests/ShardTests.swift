import Foundation
import Machine
import Media
import SystemPackage
import TestSupport
import Testing

@testable import StyleVideo

/// Several machines' work on one job, and what becomes of it while another is at it.
@Suite struct ShardTests {
    private let place: Scratch
    private let job: VideoJob
    private var shared: FilePath { place("job") }
    private var folder: WorkFolder { WorkFolder(shared) }

    init() async throws {
        place = try Scratch()
        job = try await place.chunkedJob()
    }

    private func shard(_ number: Int = 1, of count: Int = 1, by run: Run = Run(threads: 2)) throws -> ShardReport {
        try ShardJob(folder: shared, number: number, of: count).run(run)
    }

    @Test func theyPaintInThePlansPrecision() throws {
        var plain = job
        (plain.output, plain.measure) = (place("float32.mp4"), false)
        _ = try plain.run(Run(threads: 2))
        (plain.output, plain.settings.precision) = (place("bfloat16.mp4"), .bfloat16)
        _ = try plain.run(Run(threads: 2))
        plain.output = job.output
        _ = try PlanJob(plain, folder: shared).run(Run(threads: 2))
        for number in 1...2 { _ = try shard(number, of: 2) }
        let report = try JoinJob(folder: shared).run(Run(threads: 2))
        #expect(report.settings.precision == "bfloat16")
        let film = try place.bytes("out.mp4")
        #expect(try film == place.bytes("bfloat16.mp4") && film != place.bytes("float32.mp4"))
    }

    /// Another shard completes a chunk that was missing when this one began.
    @Test func whatOthersHavePaintedIsNotCounted() throws {
        _ = try PlanJob(job, folder: shared).run(Run(threads: 2))
        _ = try shard()
        let files = [0, 2, 3].flatMap { [folder.chunk($0), folder.record($0)] }
        try place.makeFolder("aside")
        let aside = place("aside")
        for file in files { rename(file.string, aside.appending(file.lastComponent!).string) }
        let report = try shard(
            by:
                .told { progress in
                    guard progress.phase == .painting else { return }
                    for file in files.filter({ $0.string.contains("chunk-00002") }) {
                        rename(aside.appending(file.lastComponent!).string, file.string)
                    }
                })
        let ledger = try Ledger(planned: folder)
        #expect(report.painted == [0, 3] && report.frames == ledger.frames(in: [0, 3]))
        #expect(report.chunks == 4)
    }

    /// A join that has looked at the job before it was planned anew.
    @Test func aJoinGoesByTheJobThatIsThere() throws {
        _ = try PlanJob(job, folder: shared).run(Run(threads: 2))
        let ledger = try Ledger(planned: folder)
        var other = job
        (other.audio, other.restart) = (.none, true)
        _ = try PlanJob(other, folder: shared).run(Run(threads: 2))
        _ = try shard()
        _ = try JoinJob(folder: shared).run(by: ledger, Run(threads: 2))
        #expect(try VideoReader(job.output).information.streams.count == 1)
    }

    /// The film is whole, and its chunks have done their work.
    @Test(arguments: [true, false]) func aFilmUnderAnotherNameIsAFilm(_ joins: Bool) throws {
        _ = try PlanJob(job, folder: shared).run(Run(threads: 2))
        _ = try shard()
        let (shared, output) = (shared, job.output.string)
        let taken: Run = .told { if $0.phase == .joining, $0.done > 0 { _ = symlink("elsewhere", output) } }
        var plain = job
        plain.workFolder = shared
        let error = #expect(throws: OutputError.self) {
            _ = try joins ? JoinJob(folder: shared).run(taken) : plain.run(taken)
        }
        #expect(error == .taken(file: output, now: place("out.2.mp4").string))
        #expect(folder.recordCount == 4 && folder.remains(keepingJob: true).isEmpty)
        #expect(try VideoReader(place("out.2.mp4")).information.video.frameCount == 18)
    }

    /// Figures of a part are none of the film.
    @Test(arguments: [true, false]) func figuresAreOfAllFramesOrNone(_ isGone: Bool) throws {
        _ = try PlanJob(job, folder: shared).run(Run(threads: 2))
        _ = try shard()
        let whole = try JoinJob(folder: shared).run(Run(threads: 2))
        #expect(whole.held != nil && whole.temporalLPIPS != nil)
        if isGone {
            unlink(folder.record(2).string)
        } else {
            var record: ChunkRecord = try #require(folder.read(folder.record(2)))
            record.fingerprint = String(record.fingerprint.reversed())
            try folder.write(record, to: folder.record(2))
        }
        let part = try JoinJob(folder: shared).run(Run(threads: 2))
        #expect(part.held == nil && part.temporalLPIPS == nil && part.frames == 18)
    }

    @Test func aChunkThatVanishesIsNoMissingInput() throws {
        _ = try PlanJob(job, folder: shared).run(Run(threads: 2))
        var ledger = try Ledger(planned: folder)
        let content = ChunkContent(frames: 4, first: 0, last: 3, end: 4, lead: 0, tail: 1)
        let error = #expect(throws: OutputError.self) { try ledger.enter(0, content, Measures()) }
        #expect(error == .failed(operation: "read", file: folder.chunk(0).string, code: ENOENT))
        try place.makeFolder("job/chunk-00000.mp4")
        let unread = #expect(throws: OutputError.self) { try ledger.enter(0, content, Measures()) }
        #expect(unread?.trouble == .outputFailed && ledger.entered.isEmpty)
    }
}
