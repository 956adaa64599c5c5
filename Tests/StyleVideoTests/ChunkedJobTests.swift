import Foundation
import Media
import Pipeline
import StyleKernel
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Machine
@testable import StyleVideo

/// A clip painted in chunks: in one run, in several, and by several machines.
@Suite struct ChunkedJobTests {
    private let place: Scratch
    private let job: VideoJob

    init() async throws {
        place = try Scratch()
        job = try await place.chunkedJob()
    }

    private var folder: WorkFolder { WorkFolder(place("out.mp4.stylevideo")) }

    /// What an untouched run makes, and tells.
    private func untouched(_ job: VideoJob? = nil) throws -> (film: Data, report: PaintReport) {
        var job = job ?? self.job
        job.output = place("untouched.mp4")
        let report = try job.run(Run(threads: 2))
        #expect(!place.exists("untouched.mp4.stylevideo"))
        return (try place.bytes("untouched.mp4"), report)
    }

    private func stop(after frames: Int) throws -> (any Error)? { job.stop(after: frames) }

    /// All of a report but what another run of the same job may tell otherwise.
    private func same(_ report: PaintReport) throws -> Data {
        var report = report
        (report.output, report.framesPerSecond, report.peakMemoryBytes, report.reuse) = ("", 0, nil, nil)
        (report.settings.cache, report.settings.threads) = (nil, 0)
        report.seconds = try JSONDecoder().decode(
            PaintReport.StageSeconds.self,
            from: Data(#"{"total":0,"firstPass":0,"style":0,"read":0,"paint":0,"measure":0,"write":0}"#.utf8))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try encoder.encode(report)
    }

    private func expectFilm(_ known: (film: Data, report: PaintReport), _ report: PaintReport) throws {
        #expect(try place.bytes("out.mp4") == known.film)
        #expect(try same(report) == same(known.report))
        #expect(!place.exists("out.mp4.stylevideo") && !place.names.contains { $0.hasSuffix(".part") })
    }

    @Test(arguments: [5, 9, 11, 17], Stylizer.Precision.allCases)
    func aStoppedRunGoesOn(_ frames: Int, _ precision: Stylizer.Precision) throws {
        var job = job
        job.settings.precision = precision
        let known = try untouched(job)
        #expect(known.report.temporalLPIPS?.output?.pairs == 16 && known.report.held != nil)
        let error = try #require(job.stop(after: frames) as? any Trouble)
        #expect(error.trouble == .interrupted(signal: 2))
        let kept = folder.recordCount
        #expect(error.description.contains("\(kept) of 4 chunks are kept"), "\(error)")
        #expect((1...3).contains(kept) && !place.exists("out.mp4"))
        let chunks = try #require(try folder.commission()).score.chunks
        let report = try job.run(Run(threads: 1))
        try expectFilm(known, report)
        // Of the frames that this run has painted.
        let painted = chunks.dropFirst(kept).reduce(0) { $0 + $1.count }
        #expect(abs(report.framesPerSecond * report.seconds.total - Double(painted)) < 1e-6 && report.reuse != nil)
        #expect(abs(known.report.framesPerSecond * known.report.seconds.total - 18) < 1e-6)
    }

    @Test func beforeTheFirstChunkNothingIsKept() throws {
        let before = place.names
        #expect(try stop(after: 1) is Stop)
        #expect(place.names == before)
    }

    /// Chunks' files and records that are not what they were.
    @Test(arguments: Harm.allCases) func harmedChunksArePaintedAnew(_ harm: Harm) throws {
        let known = try untouched()
        _ = try stop(after: 17)
        try #require(folder.recordCount >= 3)
        try harm.apply(to: folder)
        let told = Told()
        let report = try job.run(.told({ _ in }, notice: told.take))
        #expect(told.texts.contains { $0.contains("\(harm.whole) of 4 chunks are there") }, "\(told.texts)")
        try expectFilm(known, report)
    }

    enum Harm: CaseIterable {
        case filesSwapped, bothSwapped, truncated, aBitFlipped, recordCut, recordOfAnotherJob, fileOfAnotherJob
        case fileGone, recordGone

        /// How many of three chunks stay.
        var whole: Int { self == .filesSwapped || self == .bothSwapped ? 1 : 2 }

        func apply(to folder: WorkFolder) throws {
            func bytes(_ file: FilePath) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: file.string)) }
            func write(_ data: Data, _ file: FilePath) throws { try data.write(to: URL(fileURLWithPath: file.string)) }
            func swap(_ a: FilePath, _ b: FilePath) throws {
                let (first, second) = (try bytes(a), try bytes(b))
                try write(second, a)
                try write(first, b)
            }
            switch self {
            case .filesSwapped: try swap(folder.chunk(0), folder.chunk(2))
            case .bothSwapped:
                try swap(folder.chunk(0), folder.chunk(1))
                try swap(folder.record(0), folder.record(1))
            case .truncated: try write(bytes(folder.chunk(1)).dropLast(1), folder.chunk(1))
            case .aBitFlipped:
                var data = try bytes(folder.chunk(1))
                data[data.count / 2] ^= 1
                try write(data, folder.chunk(1))
            case .recordCut: try write(bytes(folder.record(0)).prefix(40), folder.record(0))
            case .recordOfAnotherJob:
                var record: ChunkRecord = try #require(folder.read(folder.record(2)))
                record.fingerprint = String(record.fingerprint.reversed())
                try folder.write(record, to: folder.record(2))
            case .fileOfAnotherJob:
                // As whole as ours, and of as many frames.
                let film = folder.path.removingLastComponent().appending("untouched.mp4")
                try write(bytes(film), folder.chunk(2))
            case .fileGone: try FileManager.default.removeItem(atPath: folder.chunk(0).string)
            case .recordGone: try FileManager.default.removeItem(atPath: folder.record(1).string)
            }
        }
    }

    /// Times of files are of the future by then.
    @Test(arguments: [-1, 1]) func aClockThatWasSetCostsNothing(_ years: Int) throws {
        let known = try untouched()
        _ = try stop(after: 11)
        let kept = folder.recordCount
        let dead = ProcessMark.own.short.replacing(/-[0-9a-z]+$/, with: "-1")
        try place.write("out.mp4.stylevideo/chunk-00003.lock", "here 1 \(dead)\n".utf8)
        try place.write("out.mp4.stylevideo/job.lock", "far 77 elsewhere-25-1z\n".utf8)
        let moment = timespec(tv_sec: time(nil) + years * 31_000_000, tv_nsec: 0)
        for name in try place.contents().keys {
            #expect(utimensat(AT_FDCWD, place.file(name), [moment, moment], 0) == 0)
        }
        let told = Told()
        let report = try job.run(.told({ _ in }, notice: told.take))
        #expect(told.texts.contains { $0.contains("\(kept) of 4 chunks are there") }, "\(told.texts)")
        try expectFilm(known, report)
    }

    @Test func anotherJobIsRefusedByName() async throws {
        let painted = try await place.make(
            "other.png", ["-f", "lavfi", "-i", "testsrc2=size=96x80:rate=1", "-frames:v", "1"])
        let weights = try place.otherWeights()
        _ = try stop(after: 9)
        let before = try place.contents()
        func expectRefusal(_ words: String, _ change: (inout VideoJob) throws -> Void) throws {
            var other = job
            try change(&other)
            let error = #expect(throws: JobError.self) { try other.run(Run(threads: 2)) }
            #expect(error?.trouble == .usage && error?.remedy == .startOver)
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
            #expect(try place.contents() == before)
        }
        try expectRefusal("--crf") { $0.encoder = EncoderSettings(crf: 20, preset: "ultrafast", pixelFormat: .yuv444p) }
        try expectRefusal("--encoder-preset") {
            $0.encoder = EncoderSettings(crf: 0, preset: "superfast", pixelFormat: .yuv444p)
        }
        try expectRefusal("--pixel-format") {
            $0.encoder = EncoderSettings(crf: 0, preset: "ultrafast", pixelFormat: .yuv420p)
        }
        try expectRefusal("--steady") { $0.settings.steady = .off }
        try expectRefusal("--precision") { $0.settings.precision = .bfloat16 }
        try expectRefusal("the weights") { $0.settings.weights = weights.string }
        try expectRefusal("--style-size") { $0.settings.styleSize = 80 }
        try expectRefusal("the style pictures") { $0.hand.styles = [painted] }
        try expectRefusal("the stretch") { $0.selection = Selection(frames: 18) }
        try expectRefusal("the sound") { $0.audio = .none }
        try expectRefusal("measured") { $0.measure = false }
        try expectRefusal("--max-size") { $0.settings.maximumSize = 60 }
        try expectRefusal("the chunks' length") { $0.chunkLength = 5 }
        // With the same length and times, for neither tells.
        let bytes = try place.bytes("sound.mp4")
        var times = [timespec](repeating: timespec(), count: 2)
        var status = stat()
        #expect(stat(job.input.string, &status) == 0)
        times = [status.st_atim, status.st_mtim]
        var changed = bytes
        changed[changed.count - 1] ^= 1
        try changed.write(to: URL(fileURLWithPath: job.input.string))
        utimensat(AT_FDCWD, job.input.string, &times, 0)
        let error = #expect(throws: JobError.self) { try job.run(Run(threads: 2)) }
        #expect(error?.description.contains("the input") == true)
        try bytes.write(to: URL(fileURLWithPath: job.input.string))

        // Begun by another program, as its job tells.
        for (words, change) in [
            ("the preset", { $0.painting.preset = "paper" }), ("its score", { $0.source.height += 2 }),
        ] as [(String, (inout Score) -> Void)] {
            let known = try #require(try folder.commission())
            var foreign = known
            change(&foreign.look.score)
            foreign.fingerprint = foreign.score.fingerprint()
            try folder.write(foreign, to: folder.job)
            let error = #expect(throws: JobError.self) { try job.run(Run(threads: 2)) }
            #expect(
                error?.trouble == .usage && error?.description.hasSuffix("in \(words)") == true,
                "\(String(describing: error))")
            try folder.write(known, to: folder.job)
        }

        var other = job
        (other.restart, other.audio) = (true, .none)
        #expect(try other.run(Run(threads: 2)).frames == 18)
        #expect(place.exists("out.mp4") && !place.exists("out.mp4.stylevideo"))
    }

    @Test(arguments: [#"{"schema":1}"#, "", "[]", #"{"schema":2,"#]) func aDamagedJobIsRefused(_ text: String) throws {
        _ = try stop(after: 9)
        try place.write("out.mp4.stylevideo/job.json", text.utf8)
        let error = #expect(throws: JobError.self) { try job.run(Run(threads: 2)) }
        #expect(error?.trouble == .badData && error?.remedy == .startOver)
        var other = job
        other.restart = true
        _ = try other.run(Run(threads: 2))
        #expect(place.exists("out.mp4"))
    }

    /// A run that is killed when the film has its name, and the folder is not away yet.
    @Test func aFilmThatIsThereIsNotMadeAgain() throws {
        let known = try untouched()
        _ = try stop(after: 17)
        let commission = try #require(try folder.commission())
        let kept = try place.contents().filter { $0.key.hasPrefix("out.mp4.stylevideo/") }
        _ = try job.run(Run(threads: 2))
        try place.makeFolder("out.mp4.stylevideo")
        for (name, bytes) in kept { try place.write(name, bytes) }
        try folder.write(try #require(FilmMark(job.output)), to: folder.film)
        #expect(folder.holds(film: job.output) && commission.isSound)
        let report = try job.run(Run(threads: 2))
        #expect(report.frames == 18 && !place.exists("out.mp4.stylevideo"))
        #expect(try place.bytes("out.mp4") == known.film)
        // Another file of that name is no film of the folder's.
        try place.makeFolder("out.mp4.stylevideo")
        for (name, bytes) in kept { try place.write(name, bytes) }
        try place.write("out.mp4", "precious".utf8)
        let error = #expect(throws: OutputError.self) { try job.run(Run(threads: 2)) }
        #expect(error?.trouble == .cannotCreate)
        #expect(try place.bytes("out.mp4") == Data("precious".utf8))
    }

    /// In any order, some twice: the bytes and the report of the plain run.
    @Test(arguments: [1, 2, 3, 7]) func shardsMakeTheSame(_ count: Int) throws {
        let known = try untouched()
        let shared = place("job")
        let first = try PlanJob(job, folder: shared).run(Run(threads: 2))
        #expect(first.chunks == 4 && first.left == 4 && !first.isFinished)
        // Once more it changes nothing.
        let before = try place.contents()
        _ = try PlanJob(job, folder: shared).run(Run(threads: 2))
        #expect(try place.contents() == before)
        let early = #expect(throws: JobError.self) { try JoinJob(folder: shared).run(Run(threads: 2)) }
        #expect(early?.trouble == .comeAgain && early?.description.contains("0 to 3") == true)
        var random = Seeded(count)
        let order = Array(1...count).shuffled(using: &random) + [1]
        let reports = try order.map { try ShardJob(folder: shared, number: $0, of: count).run(Run(threads: 1)) }
        #expect(reports.dropLast().flatMap(\.painted).sorted() == [0, 1, 2, 3] && reports.last!.painted.isEmpty)
        #expect(try PlanJob(job, folder: shared).run(Run(threads: 2)).left == 0)
        let report = try JoinJob(folder: shared).run(Run(threads: 2))
        try expectFilm(known, report)
        #expect(report.framesPerSecond == 0 && report.reuse == nil)
        let plan = try PlanJob(job, folder: shared).run(Run(threads: 2))
        #expect(plan.isFinished && plan.left == 0 && plan.chunks == 4)
        // Submitted again, all is done.
        #expect(try ShardJob(folder: shared, number: 1, of: count).run(Run(threads: 2)).painted.isEmpty)
        #expect(try same(JoinJob(folder: shared).run(Run(threads: 2))) == same(known.report))
    }

    @Test func aShardLeavesToOthersWhatTheyPaint() throws {
        let shared = place("job")
        _ = try PlanJob(job, folder: shared).run(Run(threads: 2))
        let lock = try LockFile(WorkFolder(shared).lock(1))
        let error = #expect(throws: JobError.self) {
            try ShardJob(folder: shared, number: 1, of: 1).run(Run(threads: 2))
        }
        #expect(error?.trouble == .comeAgain && error?.description.hasSuffix(": 1") == true)
        var plain = job
        plain.workFolder = shared
        #expect(throws: Held.self) { try plain.run(Run(threads: 2)) }
        lock.release()
        #expect(try ShardJob(folder: shared, number: 1, of: 1).run(Run(threads: 2)).painted == [1])
        // A plain run takes over what shards have painted.
        let report = try plain.run(Run(threads: 2))
        #expect(report.frames == 18 && place.exists("out.mp4"))
    }

    @Test func aShardNeedsWhatWasPlanned() throws {
        let shared = place("job")
        #expect(throws: JobError.self) { try ShardJob(folder: shared, number: 1, of: 1).run(Run(threads: 2)) }
        #expect(throws: JobError.self) { try JoinJob(folder: shared).run(Run(threads: 2)) }
        _ = try PlanJob(job, folder: shared).run(Run(threads: 2))
        #expect(try ShardJob(folder: shared, number: 1, of: 2).environment().isEmpty)
        let (style, bytes) = (job.hand.styles[0].lastComponent!.string, try place.bytes("style.png"))
        try FileManager.default.removeItem(atPath: job.hand.styles[0].string)
        let missing = #expect(throws: MediaError.self) {
            try ShardJob(folder: shared, number: 1, of: 2).run(Run(threads: 2))
        }
        #expect(missing?.trouble == .missingInput)
        try place.write(style, bytes)
        // Of another machine, by what its job says.
        let folder = WorkFolder(shared)
        var commission = try #require(try folder.commission())
        commission.level = "another"
        commission.fingerprint = commission.score.fingerprint(
            versions: commission.versions, level: commission.level)
        try folder.write(commission, to: folder.job)
        let shard = ShardJob(folder: shared, number: 1, of: 2)
        #expect(try shard.environment() == ["STYLEVIDEO_CPU": "another"])
        let error = #expect(throws: JobError.self) { try shard.run(Run(threads: 2)) }
        #expect(error?.trouble == .unavailable && error?.description.contains("kernels") == true)
    }
}

/// What a job has told.
private final class Told: Sendable {
    private let all = Mutex([String]())
    var texts: [String] { all.withLock { $0 } }
    func take(_ text: String) { all.withLock { $0.append(text) } }
}
