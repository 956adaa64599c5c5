import Imaging
import TestSupport
import Testing

@testable import Media

/// Frames' times on a clock of one rate.
@Suite struct FrameGridTests {
    private static func video(_ rate: Rational, _ timeBase: Rational) async throws -> ClipInformation.Video {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i color=s=16x16:r=25 -frames:v 2 -c:v ffv1 in.mkv")
        var video = try VideoReader(scratch("in.mkv")).information.video
        (video.averageRate, video.timeBase) = (rate, timeBase)
        return video
    }

    private static func copies(_ grid: FrameGrid, _ count: Int) -> [Int] { (0..<count).map { grid.copies(of: $0) } }

    /// Milliseconds cannot say 23.976, and no frame is lost or shown twice for that.
    @Test func roundedTimesAreEven() async throws {
        for (rate, seconds) in [(Rational(24000, 1001), 1001 / 24000.0), (Rational(60000, 1001), 1001 / 60000.0)] {
            let ticks = (0..<2000).map { Int64((Double($0) * seconds * 1000).rounded()) + 77 }
            let grid = FrameGrid(ticks, of: try await Self.video(rate, Rational(1, 1000)))
            #expect(grid.rate == rate && grid.repeated == 0 && grid.dropped == 0)
            #expect(Set(Self.copies(grid, 2000)) == [1])
        }
    }

    /// A container's average of a clip with pauses is no rate that its frames have.
    @Test func pausesAreFilled() async throws {
        let ticks = (0..<90).map { Int64($0 < 50 ? $0 : $0 + 7) * 3003 }
        let grid = FrameGrid(ticks, of: try await Self.video(Rational(2783, 100), Rational(1, 90000)))
        #expect(grid.rate == Rational(30000, 1001) && grid.repeated == 7 && grid.dropped == 0)
        #expect(grid.copies(of: 49) == 8)
        #expect(Self.copies(grid, 90).reduce(0, +) == 97)
    }

    @Test func ratesOfNoTelevisionAreFound() async throws {
        let ticks = (0..<40).map { Int64($0 < 20 ? $0 : $0 + 3) * 700 }
        let grid = FrameGrid(ticks, of: try await Self.video(Rational(0, 1), Rational(1, 9100)))
        #expect(grid.rate == Rational(13, 1) && grid.repeated == 3 && grid.dropped == 0)
    }

    /// A rate that shows each frame once, and beside its time, is no better than one that shows some again.
    @Test func framesKeepTheirTimes() async throws {
        let ticks: [Int64] = [0, 33, 67, 133, 167, 200]
        let grid = FrameGrid(ticks, of: try await Self.video(Rational(2000, 77), Rational(1, 1000)))
        #expect(grid.rate == Rational(30000, 1001) && grid.repeated == 1 && grid.dropped == 0)
        #expect(grid.notice?.hasSuffix("at 30000/1001 a second 1 frame is shown again") == true, "\(grid.notice ?? "")")
        let uneven = FrameGrid(
            [0, 41, 84, 131, 184, 243], of: try await Self.video(Rational(21, 1), Rational(1, 1000)))
        #expect(uneven.notice?.contains("ms beside theirs") == true, "\(uneven.notice ?? "")")
    }

    /// Frames closer than the grid are left out, the last one never.
    @Test func burstsAreThinned() async throws {
        let ticks: [Int64] = [0, 40, 80, 81, 82, 83, 120, 160, 200, 201]
        let grid = FrameGrid(ticks, of: try await Self.video(Rational(25, 1), Rational(1, 1000)))
        #expect(grid.rate == Rational(25, 1) && grid.dropped == 4 && grid.repeated == 0)
        #expect(Self.copies(grid, 10) == [1, 1, 0, 0, 0, 1, 1, 1, 0, 1])
        let one = FrameGrid([5], of: try await Self.video(Rational(25, 1), Rational(1, 1000)))
        #expect(one.copies(of: 0) == 1 && one.notice == nil)
        #expect(one.copies(of: 0, lasting: 200) == 5 && one.copies(of: 0, lasting: 3) == 1)
    }
}
