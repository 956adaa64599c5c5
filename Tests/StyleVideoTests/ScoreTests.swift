import Foundation
import Imaging
import Media
import Pipeline
import StyleKernel
import TestSupport
import Testing

@testable import StyleVideo

@Suite struct ChunksTests {
    /// Cover every frame once, whatever the cuts.
    @Test func coverEverything() {
        var random = Seeded(5)
        for count in [0, 1, 124, 250, 374, 375, 376, 500, 625, 626, 1000, 5000] {
            for cuts in [0, 1, 10, 300] {
                let places = Set(
                    (0..<min(cuts, max(count - 1, 0))).map { _ in Int.random(in: 1..<count, using: &random) })
                let chunks = Chunks.of(frames: count, cuts: places.sorted())
                #expect(chunks.first?.lowerBound ?? 0 == 0 && chunks.last?.upperBound ?? 0 == count)
                #expect(zip(chunks, chunks.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
                #expect(chunks.allSatisfy { (1...375).contains($0.count) }, "\(count): \(chunks.map(\.count))")
                #expect(chunks.count == 1 || chunks.allSatisfy { $0.count >= 125 }, "\(count): \(chunks.map(\.count))")
            }
        }
    }

    @Test func endAtCutsThatAreNear() {
        #expect(Chunks.of(frames: 1000, cuts: []) == [0..<250, 250..<500, 500..<750, 750..<1000])
        #expect(Chunks.of(frames: 1000, cuts: [100, 240, 300, 610]) == [0..<240, 240..<610, 610..<860, 860..<1000])
        #expect(Chunks.of(frames: 600, cuts: [230, 270]) == [0..<230, 230..<600])
        #expect(Chunks.of(frames: 375, cuts: [250]) == [0..<375])
        #expect(Chunks.of(frames: 375, cuts: [250], length: .max) == [0..<375])
    }
}

@Suite struct ScoreTests {
    private func small(_ place: Scratch) async throws -> VideoJob {
        var job = try await place.job(place.twoScenes())
        job.audio = .none
        return job
    }

    @Test func comesBackFromJSON() async throws {
        let place = try Scratch()
        let score = try await small(place).score(Run(threads: 2))
        #expect(score.scenes.map(\.frames) == [0..<9, 9..<18] && score.frames == 0..<18 && score.chunks == [0..<18])
        #expect(score.cues.map(\.frames) == [0..<18])
        let back = try JSONDecoder().decode(Score.self, from: JSONEncoder().encode(score))
        #expect(back == score)
        #expect(back.fingerprint() == score.fingerprint())
        let text = String(decoding: try JSONEncoder().encode(score), as: UTF8.self)
        #expect(!text.contains(place.path.string) && !text.contains("threads"), "a folder or a machine is in the score")
    }

    @Test func aScoreOfAnotherFormOrWithGapsIsNotRead() async throws {
        let place = try Scratch()
        let score = try await small(place).score(Run(threads: 2))
        func expectRefusal(_ change: (inout Score) -> Void) throws {
            var other = score
            change(&other)
            let data = try JSONEncoder().encode(other)
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(Score.self, from: data) }
        }
        try expectRefusal { $0.schema = 1 }
        try expectRefusal { $0.scenes[0].frames = 0..<8 }
        try expectRefusal { $0.scenes[0].noise = nil }
        try expectRefusal { $0.scenes[0].noise!.levels.removeLast() }
        try expectRefusal { $0.painting.steady = .off }
        try expectRefusal { $0.cues[0].manner.styles = [] }
    }

    /// Made twice, on other numbers of threads, it is the same; made of anything else, another.
    @Test func theFingerprintNamesWhatTheBitsDependOn() async throws {
        let place = try Scratch()
        let job = try await small(place)
        let score = try job.score(Run(threads: 1))
        let own = score.fingerprint()
        #expect(own.count == 64)
        #expect(try job.score(Run(threads: 3)).fingerprint() == own)
        var others: [Score] = []
        func change(_ body: (inout Score) -> Void) {
            var other = score
            body(&other)
            others.append(other)
        }
        change { $0.source.digest = String(repeating: "0", count: 64) }
        change { $0.source.frames += 1 }
        change { $0.source.selection = Selection(start: 0) }
        change { $0.scenes[1].figures.statistics.channels["z8"]!.mean[3] += 1e-12 }
        change { $0.scenes[0].frames = 0..<8 }
        change { $0.cues[0].manner.styles[0].weight = 0.5 }
        change { $0.cues[0].manner.styles[0].style.size += 16 }
        change { $0.painting.weights = "" }
        change { $0.painting.width += 2 }
        change { $0.painting.steady = .hold }
        change { $0.painting.precision = .bfloat16 }
        change { $0.scenes[0].noise!.levels[7] += 0.001 }
        change { $0.output.encoding.crf += 0.5 }
        change { $0.output.audio = .aac }
        var prints = others.map { $0.fingerprint() }
        prints.append(score.fingerprint(versions: ["libx264": "165"]))
        prints.append(score.fingerprint(level: "another"))
        #expect(!prints.contains(own) && Set(prints).count == prints.count)
    }

    /// A score that was written down, read, and played in pieces, each by a network of its own, in any order, gives the
    /// frames of the whole run.
    @Test func playedInPiecesItIsTheWhole() async throws {
        let place = try Scratch()
        let job = try await small(place)
        let score = try JSONDecoder().decode(
            Score.self, from: JSONEncoder().encode(job.score(Run(threads: 2))))
        func play(_ frames: Range<Int>, threads: Int) throws -> [[UInt8]] {
            let run = Run(threads: threads)
            let studio = try Studio(job.settings, job.hand, run)
            let clip = WorkingClip(try VideoReader(job.input), settings: job.settings, team: studio.network.team)
            let sink = Kept()
            _ = try Player(score: score, studio: studio).play(frames, of: clip, into: sink, run)
            return sink.pictures
        }
        let whole = try play(0..<18, threads: 2)
        #expect(whole.count == 18 && Set(whole).count > 9)
        for (frames, threads) in [(13..<14, 1), (7..<11, 3), (0..<9, 2), (9..<18, 1)] {
            #expect(try play(frames, threads: threads) == Array(whole[frames]), "\(frames)")
        }
        // Written by the run's own writer they are the run's own file.
        _ = try job.run(Run(threads: 2))
        let reader = try VideoReader(job.output)
        #expect(reader.information.video.frameCount == 18)
    }
}

/// Keeps what it is given.
private final class Kept: FrameSink {
    private(set) var pictures: [[UInt8]] = []
    func write(_ frame: Frame) { pictures.append(frame.pixels) }
    func finish() {}

    @Test func statisticsRampOverADissolve() throws {
        func statistics(_ mean: Double, _ deviation: Double) -> SceneStatistics {
            SceneStatistics(channels: ["z4": .init(mean: [mean], variance: [deviation * deviation])])
        }
        let ramp = Score.Scene.Ramp(frames: 20..<29, figures: .init(statistics(10, 3)))
        let scene = Score.Scene(frames: 5..<60, statistics: statistics(0, 1), noise: nil, ramps: [ramp])
        #expect([5, 19].allSatisfy { scene.figures(of: $0) == scene.figures })
        #expect([29, 59].allSatisfy { scene.figures(of: $0) == ramp.figures })
        for (step, frame) in (20..<29).enumerated() {
            let channel = try #require(scene.figures(of: frame).statistics.channels["z4"])
            #expect(abs(channel.mean[0] - Double(step + 1)) < 1e-12)
            #expect(abs(channel.variance[0].squareRoot() - (1 + 0.2 * Double(step + 1))) < 1e-12)
        }
    }
}
