import Foundation
import Media
import Pipeline
import SystemPackage
import TestSupport
import Testing

@testable import Machine
@testable import StyleVideo

/// What runs have left that were killed in their last moments, and the same command again.
@Suite struct LeftoverTests {
    private let place: Scratch
    private let job: VideoJob

    init() async throws {
        place = try Scratch()
        job = try await place.chunkedJob()
    }

    private var folder: WorkFolder { WorkFolder(place("out.mp4.stylevideo")) }

    /// Paints the film, and puts the folder back as it was before it was cleared.
    private func finishAndPutBack() throws -> Data {
        #expect(job.stop(after: 17) != nil)
        let kept = try place.contents().filter { $0.key.hasPrefix("out.mp4.stylevideo/") }
        _ = try job.run(Run(threads: 2))
        try place.makeFolder("out.mp4.stylevideo")
        for (name, bytes) in kept { try place.write(name, bytes) }
        try folder.write(try #require(FilmMark(job.output)), to: folder.film)
        return try place.bytes("out.mp4")
    }

    /// What opens the output, to see whether it can be made, is gone before chunks are painted: a run that is killed at
    /// the end would leave it beside the film.
    @Test func noFileWaitsBesideTheOutput() throws {
        let (place, seen, looks) = (place, Monitor(Set<String>()), Monitor(0))
        let cancellation = Cancellation()
        func run(stops: Bool) throws {
            _ = try job.run(
                .told(
                    {
                        guard $0.phase == .painting else { return }
                        let parts = place.names.filter { $0.hasSuffix(".part") }
                        seen.withLock { $0.formUnion(parts) }
                        looks.withLock { $0 += 1 }
                        if stops, $0.done >= 9 { cancellation.cancel(Stop()) }
                    }, cancellation: stops ? cancellation : Cancellation()))
        }
        #expect(throws: (any Error).self) { try run(stops: true) }
        try run(stops: false)
        #expect(looks.withLock { $0 } >= 18 && seen.withLock { $0.isEmpty }, "\(seen.withLock { $0 })")
    }

    /// Killed when the film had its name, and its other name was still there.
    @Test(arguments: [true, false]) func theFilmsOtherNameGoes(_ joins: Bool) throws {
        let shared = place("job")
        if joins {
            _ = try PlanJob(job, folder: shared).run(Run(threads: 2))
            _ = try ShardJob(folder: shared, number: 1, of: 1).run(Run(threads: 2))
            _ = try JoinJob(folder: shared).run(Run(threads: 2))
        } else {
            _ = try finishAndPutBack()
        }
        let film = try place.bytes("out.mp4")
        let dead = ProcessMark.own.short.replacing(/-[0-9a-z]+$/, with: "-1")
        #expect(link(place.file("out.mp4"), place.file("out.mp4.\(dead)-abc.part")) == 0)
        _ = joins ? try JoinJob(folder: shared).run(Run(threads: 2)) : try job.run(Run(threads: 2))
        #expect(try place.bytes("out.mp4") == film)
        #expect(!place.names.contains { $0.hasPrefix("out.mp4.") }, "\(place.names)")
    }

    /// Killed anywhere while it cleared the folder, down to an empty one.
    @Test func aFolderThatIsHalfClearedGoes() throws {
        let film = try finishAndPutBack()
        let order = folder.remains()
        let kept = try place.contents().filter { $0.key.hasPrefix("out.mp4.stylevideo/") }
        #expect(order.count >= 5)
        for gone in 0...order.count {
            try place.makeFolder("out.mp4.stylevideo")
            for (name, bytes) in kept { try place.write(name, bytes) }
            for name in order.prefix(gone) { unlink(place.file("out.mp4.stylevideo/\(name)")) }
            do {
                #expect(try job.run(Run(threads: 2)).frames == 18)
            } catch let error as OutputError {
                #expect(error.trouble == .cannotCreate, "\(gone) gone")
            }
            #expect(try place.bytes("out.mp4") == film)
            #expect(!place.names.contains { $0.hasPrefix("out.mp4.") }, "\(gone) gone: \(place.names)")
        }
    }
}
