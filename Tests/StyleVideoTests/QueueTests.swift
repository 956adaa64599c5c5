import Foundation
import Machine
import Pipeline
import SystemPackage
import TestSupport
import Testing

@testable import StyleVideo

/// Several films, one after another.
@Suite struct QueueTests {
    /// Two clips and a file that is none, in that order with the last in the middle.
    private func jobs(_ place: Scratch) async throws -> [VideoJob] {
        let first = try await place.job(place.twoScenes())
        var second = first
        second.input = try await place.make(
            "second.mkv", ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=0.8", "-c:v", "ffv1"])
        try place.write("bad.mp4", "no clip".utf8)
        var bad = first
        bad.input = place("bad.mp4")
        bad.output = place("bad.out.mp4")
        second.output = place("second.out.mp4")
        second.settings.maximumSize = 48
        return [first, bad, second]
    }

    private func states(_ outcomes: [QueueJob.Outcome]) -> [String] {
        outcomes.map { outcome in
            switch outcome {
            case .painted: "painted"
            case .wasThere: "there"
            case .skipped: "skipped"
            case .failed(let error): "failed: \(error)"
            case .incomplete(_, let error): "incomplete: \(error)"
            case .notReached: "not reached"
            }
        }
    }

    private func bytes(_ path: FilePath) -> Data? { FileManager.default.contents(atPath: path.string) }

    private func ledgers(_ place: Scratch) throws -> [String] {
        try place.contents().keys.filter { $0.contains(".queue") }
    }

    /// What a film is made after does not change it, and what fails stops no other; the same queue tries only that.
    @Test func eachFilmIsThatOfItsOwnRun() async throws {
        let place = try Scratch()
        let jobs = try await jobs(place)
        var alone: [Data?] = []
        for job in [jobs[0], jobs[2]] {
            _ = try job.run(Run(threads: 2))
            alone.append(bytes(job.output))
            unlink(job.output.string)
        }
        let first = try QueueJob(jobs).run(Run(threads: 2))
        let found = states(first)
        #expect(found[0] == "painted" && found[2] == "painted")
        #expect(found[1].hasPrefix("failed: cannot open"), "\(found[1])")
        #expect([bytes(jobs[0].output), bytes(jobs[2].output)] == alone)
        #expect(try ledgers(place).count == 1)

        try place.write("bad.mp4", #require(bytes(jobs[2].input)))
        let marks = [jobs[0], jobs[2]].map { FilmMark($0.output) }
        #expect(states(try QueueJob(jobs).run(Run(threads: 2))) == ["there", "painted", "there"])
        #expect([jobs[0], jobs[2]].map { FilmMark($0.output) } == marks)
        #expect(try ledgers(place).isEmpty)
    }

    /// What was made otherwise, or has been changed since, is not taken for this queue's.
    @Test func aLedgerKnowsItsOwnFilmsAlone() async throws {
        let place = try Scratch()
        var jobs = try await jobs(place)
        _ = try QueueJob(jobs).run(Run(threads: 2))
        jobs[0].encoder.crf = 30
        try place.write("second.out.mp4", "changed".utf8)
        let again = states(try QueueJob(jobs).run(Run(threads: 2)))
        #expect(again[0].contains("exists already") && again[2].contains("exists already"), "\(again)")
        jobs[0].overwrite = true
        #expect(states(try QueueJob(jobs).run(Run(threads: 2)))[0] == "painted")
        #expect(states(try QueueJob(jobs).run(Run(threads: 2)))[0] == "there")
    }

    /// What fails behind a film does not lose it, and is tried again.
    @Test func aFilmMayLackWhatGoesWithIt() async throws {
        let place = try Scratch()
        var queue = try QueueJob([try await jobs(place)[0]])
        queue.completes = { _, _, _, _ in throw OutputError.exists(file: "page") }
        let found = states(try queue.run(Run(threads: 2)))
        #expect(found[0].hasPrefix("incomplete: page"), "\(found)")
        #expect(try ledgers(place).count == 1)
        queue.completes = { _, _, film, _ in
            guard case .wasThere = film else { throw OutputError.exists(file: "again") }
        }
        #expect(states(try queue.run(Run(threads: 2))) == ["there"])
        #expect(try ledgers(place).isEmpty)
    }

    @Test func whatIsThereMayBeLeft() async throws {
        let place = try Scratch()
        let jobs = try await jobs(place)
        try place.write("out.mp4", "another's".utf8)
        var queue = try QueueJob(jobs)
        queue.skipsExisting = true
        let found = states(try queue.run(Run(threads: 2)))
        #expect(found[0] == "skipped" && found[2] == "painted")
        #expect(bytes(place("out.mp4")) == Data("another's".utf8))
    }

    /// A queue that is stopped says what it has not reached, and goes on later.
    @Test func aStoppedQueueGoesOn() async throws {
        let place = try Scratch()
        let jobs = try await jobs(place)
        var run = Run(threads: 2)
        let cancellation = Cancellation()
        run.cancellation = cancellation
        var queue = try QueueJob(jobs)
        queue.ended = { number, _, _ in if number == 0 { cancellation.cancel(Stop()) } }
        #expect(states(try queue.run(run)) == ["painted", "not reached", "not reached"])
        let found = states(try QueueJob(jobs).run(Run(threads: 2)))
        #expect(found[0] == "there" && found[2] == "painted", "\(found)")
    }

    /// What a scout has seen is what the job sees; what it could not see, or has changed since, is nothing.
    @Test func scoutsSeeWhatTheJobSees() async throws {
        let place = try Scratch()
        let jobs = try await jobs(place)
        let run = Run(threads: 2)
        let (found, own) = (Scout(jobs[0], run).find(for: run), try FirstPass(jobs[0], run).look())
        #expect(found?.seen.shots.map(\.frames) == own.shots.map(\.frames) && own.shots.count == 2)
        #expect(found?.seen.index == own.index)
        #expect(Scout(jobs[1], run).find(for: run) == nil)
        let scout = Scout(jobs[0], run)
        try place.write("in.mp4", #require(bytes(jobs[2].input)))
        #expect(scout.find(for: run) == nil)
        Scout(jobs[2], run).end()
        var large = jobs[0]
        large.input = try await place.make(
            "large.mkv", ["-f", "lavfi", "-i", "color=size=1280x960:rate=10:duration=0.2", "-c:v", "ffv1"])
        #expect(Scout(large, run).find(for: run) == nil)
    }

    @Test func oneQueueIsWorkedOnOnce() async throws {
        let place = try Scratch()
        let jobs = try await jobs(place)
        let lock = try LockFile(FilePath(QueueLedger(jobs).path.string + ".lock"))
        #expect(throws: Held.self) { try QueueJob(jobs).run(Run(threads: 2)) }
        lock.release()
    }

    @Test func namesThatMeetAreRefused() async throws {
        let place = try Scratch()
        var jobs = try await jobs(place)
        jobs[2].output = FilePath(place.file("x/../out.mp4"))
        #expect(throws: QueueError.self) { try QueueJob(jobs) }
        jobs[2].output = jobs[0].input
        #expect(throws: QueueError.self) { try QueueJob(jobs) }
    }
}
