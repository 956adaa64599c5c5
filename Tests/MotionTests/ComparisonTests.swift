import Imaging
import Machine
@testable import Motion
import TestSupport
import Testing

/// What `measure` finds along a motion and where there is none, of pairs that are made so.
@Suite struct ComparisonTests {
    private static let (width, height) = (160, 120)
    private let team = ThreadTeam(threads: 2)

    private func compare(_ sources: (Frame, Frame), _ painted: (Frame, Frame)) -> (MotionComparison.Found, Frame) {
        let pyramids = [sources.0, sources.1].map { frame in
            let pyramid = Pyramid(width: Self.width, height: Self.height)
            pyramid.load(frame, team: team)
            return pyramid
        }
        let comparison = MotionComparison(width: Self.width, height: Self.height, team: team)
        let brought = Frame(width: Self.width, height: Self.height)
        comparison.look(from: pyramids[0], to: pyramids[1])
        return (comparison.compare(painted.0, painted.1, brought: brought), brought)
    }

    private func panned(_ way: Double) -> Frame { frame(Self.width, Self.height) { ($0 + way, $1) } }

    /// A painting that is so much lighter in the second frame, and follows the source.
    @Test(arguments: [0, 30]) func theErrorIsThatOfThePainting(_ levels: Int) {
        let (first, second) = (panned(0), panned(6))
        let lighter = Frame(width: Self.width, height: Self.height)
        let own = second.pixels
        lighter.fill { x, y in
            let i = 3 * (y * Self.width + x)
            return own[i..<i + 3].map { UInt8(min(Int($0) + levels, 255)) }
        }
        let (found, _) = compare((first, second), (first, lighter))
        #expect(found.visible > 0.6 && found.visible < 0.97)
        #expect(abs(found.error * 255 - Double(levels)) < 4)
        // Without the motion it is another.
        #expect(compare((first, first), (first, second)).0.error * 255 > 15)
    }

    @Test func whatIsNotVisibleIsTheFirstFramesOwn() {
        let (first, second) = (panned(0), noise(Self.width, Self.height, 1))
        let (found, brought) = compare((first, second), (first, second))
        let (own, other) = (first.pixels, brought.pixels)
        let same = (0..<Self.width * Self.height).filter { own[3 * $0..<3 * $0 + 3] == other[3 * $0..<3 * $0 + 3] }
        #expect(found.visible < 0.5)
        #expect(same.count >= Int((1 - found.visible) * Double(Self.width * Self.height)))
    }

    /// The left half stands still, by its noise; the painting changes there by 7 levels, and elsewhere by more.
    @Test func onlyStillBlocksCount() throws {
        func half(_ left: UInt8, _ right: UInt8) -> Frame {
            let frame = Frame(width: Self.width, height: Self.height)
            frame.fill { x, _ in [UInt8](repeating: x < Self.width / 2 ? left : right, count: 3) }
            return frame
        }
        let blocks = StillBlocks(width: Self.width, height: Self.height, team: team)
        let found = try #require(
            blocks.compare((half(50, 50), half(52, 53)), painted: (half(90, 90), half(97, 190))))
        let change = try #require(found.change)
        #expect(found.share == 0.5 && abs(change - 7) < 1e-4)
        let none = try #require(
            blocks.compare((half(50, 50), half(53, 53)), painted: (half(90, 90), half(90, 90))))
        #expect(none.share == 0 && none.change == nil)
        #expect(
            StillBlocks(width: 12, height: 40, team: team).compare(
                (half(1, 1), half(1, 1)), painted: (half(1, 1), half(1, 1))) == nil)
    }
}
