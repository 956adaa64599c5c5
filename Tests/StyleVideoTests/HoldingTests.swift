import Imaging
import Machine
import Media
import Pipeline
import Stillness
import TestSupport
import Testing

@testable import StyleVideo

/// A still picture with noise, and a bar that passes; it goes to where it is told.
private final class Tripod: FrameSource {
    private let count: Int
    private var next = 0
    /// Frames whose picture was asked for.
    private(set) var pictures = 0

    private let hasBar: Bool

    private let light: (Int) -> Int

    init(_ count: Int, hasBar: Bool, light: @escaping (Int) -> Int) {
        (self.count, self.hasBar, self.light) = (count, hasBar, light)
    }

    func skip(to number: Int) { next = number }

    func advance() throws -> Place? {
        guard next < count else { return nil }
        defer { next += 1 }
        return Place(number: next, presentationTime: Timestamp(Int64(next), timeBase: Rational(1, 25)))
    }

    func picture(into frame: Frame) {
        frame.number = next - 1
        pictures += 1
        var random = Seeded(next)
        frame.withMutableBytes { bytes in
            for y in 0..<frame.height {
                for i in 0..<3 * frame.width {
                    let isBar = hasBar && (i / 3 - next / 2) % 40 == 0
                    bytes[y * frame.rowStride + i] = UInt8(
                        isBar ? 240 : 90 + light(next - 1) + i % 7 + Int.random(in: -2...2, using: &random))
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
            painting: .init(preset: "fast", weights: "", width: 48, height: 24, steady: .hold, precision: .float32),
            output: .init(encoding: EncoderSettings(), audio: .none))
    }

    private func play(
        _ frames: Range<Int>, _ score: Score, threads: Int = 1, hasBar: Bool = true,
        light: @escaping (Int) -> Int = { _ in 0 }
    ) throws -> [[UInt8]] {
        let sink = Kept()
        let source = Tripod(score.source.frames, hasBar: hasBar, light: light)
        let line = Line(
            source: source, frames: frames, startsScene: score.startsScene,
            effects: [Holding(score, team: ThreadTeam(threads: threads))], sink: sink)
        _ = try line.play(size: (48, 24), cancellation: Cancellation(), written: { _ in })
        // However long the scene, what it must be shown is bounded.
        #expect(source.pictures <= frames.count + 375 + 2 * StillPicture.lookahead + 1)
        return sink.pictures
    }

    /// Wherever a stretch of frames begins, it comes out as in the whole: within a scene, across a cut, and where a
    /// long scene is begun anew.
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

    /// What has stood since the scene began is the same at its end.
    @Test func aStillPlaceDoesNotDrift() throws {
        let score = score(scenes: [0..<2000])
        let first = try play(8..<9, score, hasBar: false)[0]
        for number in [100, 990, 1990] {
            let later = try play(number..<number + 1, score, hasBar: false)[0]
            let same = zip(first, later).filter { $0 == $1 }.count
            #expect(Double(same) > 0.98 * Double(first.count), "frame \(number)")
        }
    }

    /// A light that settles in a scene's first frames, or is another when a long scene is begun anew, is no reason to
    /// paint anew what stands.
    @Test(arguments: [12, 40]) func whatStandsInAnotherLightIsTheSame(drop: Int) throws {
        let score = score(scenes: [0..<500])
        func light(_ number: Int) -> Int { number < 8 ? number / 3 : number < 100 ? 2 : 2 - min(number - 100, drop) }
        let (before, after) = (
            try play(249..<250, score, hasBar: false, light: light)[0],
            try play(250..<251, score, hasBar: false, light: light)[0]
        )
        // The light's own step from a stretch to the next is below a level; a stretch's own mean would be beyond.
        let near = zip(before, after).filter { abs(Int($0) - Int($1)) <= (drop < 16 ? 0 : 1) }.count
        #expect(Double(near) > 0.95 * Double(before.count), "\(before.count - near) of \(before.count)")
    }
}
