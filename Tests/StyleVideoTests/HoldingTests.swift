import Imaging
import Machine
import Media
import Pipeline
import Stillness
import TestSupport
import Testing

@testable import StyleVideo

/// A still picture with noise, and a bar that passes; a place is found by its number.
private final class Tripod: FrameSource {
    private let count: Int
    private var next: Int

    init(_ count: Int, from first: Int = 0) { (self.count, next) = (count, first) }

    func advance() throws -> Place? {
        guard next < count else { return nil }
        defer { next += 1 }
        return Place(number: next, presentationTime: Timestamp(Int64(next), timeBase: Rational(1, 25)))
    }

    func picture(into frame: Frame) {
        frame.number = next - 1
        var random = Seeded(next)
        frame.withMutableBytes { bytes in
            for y in 0..<frame.height {
                for i in 0..<3 * frame.width {
                    let isBar = (i / 3 - next / 2) % 40 == 0
                    bytes[y * frame.rowStride + i] = UInt8(
                        isBar ? 240 : 90 + i % 7 + Int.random(in: -2...2, using: &random))
                }
            }
        }
    }
}

private final class Kept: FrameSink {
    private(set) var pictures: [[UInt8]] = []
    func write(_ frame: Frame) { pictures.append(frame.pixels) }
    func finish() {}
}

@Suite struct HoldingTests {
    private func score(scenes: [Range<Int>]) -> Score {
        let noise = SourceNoise(levels: .init(repeating: 1.5, count: SourceNoise.bands))
        return Score(
            source: .init(
                width: 48, height: 24, timeBase: Rational(1, 25), selection: .all, frames: scenes.last!.upperBound),
            scenes: scenes.map { .init(frames: $0, statistics: .init(channels: [:]), noise: noise) }, cues: [],
            painting: .init(preset: "fast", weights: "", width: 48, height: 24, steady: .hold),
            output: .init(encoding: EncoderSettings(), audio: false))
    }

    private func play(_ frames: Range<Int>, _ score: Score, threads: Int = 1) throws -> [[UInt8]] {
        let sink = Kept()
        func line(_ source: any FrameSource) -> Line {
            Line(
                source: source, frames: frames, startsScene: score.startsScene,
                effects: [Holding(score, team: ThreadTeam(threads: threads))], sink: sink)
        }
        let first = line(Tripod(0)).firstNeeded
        _ = try line(Tripod(score.source.frames, from: first))
            .play(size: (48, 24), cancellation: Cancellation(), written: { _ in })
        return sink.pictures
    }

    /// Wherever a stretch of frames begins, it comes out as in the whole: within a scene, across a cut, and where a long
    /// scene is begun anew.
    @Test func anyPieceIsAsInTheWhole() throws {
        let score = score(scenes: [0..<37, 37..<640, 640..<642, 642..<700])
        let whole = try play(score.frames, score)
        #expect(whole.count == 700)
        let same = zip(whole, whole.dropFirst()).map { before, after in zip(before, after).filter { $0 == $1 }.count }
        let share = Double(same.reduce(0, +)) / Double(699 * 48 * 24 * 3)
        #expect(share > 0.5, "little is held")
        for frames in [36..<38, 90..<91, 330..<345, 400..<401, 630..<645, 699..<700] {
            #expect(try play(frames, score, threads: 3) == Array(whole[frames]), "\(frames)")
        }
    }

    /// What it must be shown is bounded, however long the scene.
    @Test func aFrameFollowsFromABoundedStretch() {
        let score = score(scenes: [0..<100_000])
        let holding = Holding(score, team: ThreadTeam(threads: 1))
        for number in [0, 1, 249, 5_000, 77_777, 99_999] {
            #expect((0...375).contains(number - holding.begins(for: number)))
        }
    }
}
