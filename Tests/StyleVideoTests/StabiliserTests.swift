import Imaging
import Machine
import Pipeline
@testable import StyleVideo
import TestSupport
import Testing

/// The stabiliser on a line, behind an effect that paints by noise.
@Suite struct StabiliserTests {
    private static let (width, height) = (64, 48)

    private final class Pan: FrameSource {
        private var number = -1
        func advance() -> Place? {
            number += 1
            return number < 12 ? Place(number: number) : nil
        }
        func picture(into frame: Frame) {
            frame.number = number
            frame.fill { x, y in [UInt8(truncatingIfNeeded: (x + 2 * self.number) * 5 ^ y * 3), UInt8(4 * y), 90] }
        }
    }

    private struct Noise: Effect {
        var name: String { "paint" }
        var reach: Reach { .none }
        func apply(_ window: Window, into frame: Frame) {
            var random = Seeded(window.centre.number)
            let source = window.centre.frame.frame.pixels
            frame.fill { x, y in
                (0..<3).map { source[3 * (y * StabiliserTests.width + x) + $0] &+ .random(in: 0...9, using: &random) }
            }
        }
    }

    private final class Kept: FrameSink {
        var frames: [Int: [UInt8]] = [:]
        func write(_ frame: Frame) { frames[frame.number] = frame.pixels }
        func finish() {}
    }

    private func play(_ frames: Range<Int>, isSteady: Bool = true, threads: Int = 2) throws -> [Int: [UInt8]] {
        let size = (width: Self.width, height: Self.height)
        let team = ThreadTeam(threads: threads)
        let stabiliser = Stabiliser(width: size.width, height: size.height, team: team)
        let sink = Kept()
        let effects: [any Effect] = isSteady ? [Noise(), try #require(stabiliser)] : [Noise()]
        _ = try Line(source: Pan(), frames: frames, startsScene: { $0 == 7 || $0 == 12 }, effects: effects, sink: sink)
            .play(size: size, cancellation: Cancellation()) { _ in }
        return sink.frames
    }

    @Test func aStretchIsThatOfTheWhole() throws {
        let (whole, painted) = (try play(0..<12), try play(0..<12, isSteady: false))
        #expect(whole.count == 12 && whole.allSatisfy { painted[$0.key] != $0.value })
        for stretch in [3..<6, 5..<9, 11..<12] {
            #expect(try play(stretch, threads: 3) == whole.filter { stretch.contains($0.key) })
        }
    }

    @Test func framesTooSmallToSeeMotionInAreLeftAlone() {
        #expect(Stabiliser(width: 7, height: 400, team: ThreadTeam(threads: 1)) == nil)
    }
}
