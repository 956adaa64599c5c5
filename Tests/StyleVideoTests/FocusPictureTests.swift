import Foundation
import Imaging
import Machine
import Media
import TestSupport
import Testing

@testable import StyleKernel
@testable import StyleVideo

@Suite struct FocusPictureTests {
    private func job(_ folder: Scratch, at point: (x: Int, y: Int)) async throws -> FocusJob {
        let input = try await folder.make(
            "in.png", ["-f", "lavfi", "-i", "testsrc2=size=150x100:rate=1", "-frames:v", "1"])
        var settings = Settings()
        settings.styleSize = 64
        return FocusJob(
            input: input, style: try await folder.style(), output: folder("focus.png"), point: point,
            settings: settings)
    }

    /// The style picture is 96 x 80; prepared 80 x 64, five by four positions.
    @Test func showsTheContentAndEachHead() async throws {
        let folder = try Scratch()
        let report = try await job(folder, at: (97, 41)).run(Run(threads: 2))
        #expect((report.columns, report.rows, report.stride) == (5, 4, 16) && report.heads.count == 8)
        for head in report.heads {
            #expect(head.keptPositions > 0 && head.keptPositions <= 1)
            #expect(head.keptAttention > 0 && head.keptAttention <= 1 + 1e-9)
            #expect(head.threshold! >= 0.25 && head.threshold! <= 1)
            #expect(head.strongest <= 1 && head.spread >= 1 && head.spread <= 20)
            #expect((0...96).contains(head.centre.x) && (0...80).contains(head.centre.y))
        }
        #expect(Set(report.heads.map(\.centre)).count == 8, "heads that look alike")
        // Four tiles of 80 x 64 beside one another, two above one another; the content as high as both.
        let picture = try PictureFile.read(folder("focus.png"))
        #expect((picture.width, picture.height) == (report.width, report.height))
        #expect(report.height == 2 * 64 + 3 * 8)
        #expect(report.width == 4 * 80 + 3 * 8 + 3 * 8 + 204)
        let back = try JSONDecoder().decode(FocusReport.self, from: JSONEncoder().encode(report))
        #expect(back.heads == report.heads && back.point == report.point)
    }

    @Test func whatIsKeptIsWarmAndWhatIsDroppedIsCool() throws {
        let grey = Frame(width: 32, height: 16)
        grey.fill { _, _ in [128, 128, 128] }
        let content = Frame(width: 64, height: 64)
        let head = Focus.Head(attention: [0.75, 0.25], threshold: 0.4)
        let focus = Focus(column: 1, row: 2, stride: 16, columns: 2, rows: 1, heads: [head])
        let drawn = FocusPicture(focus: focus, team: ThreadTeam(threads: 1))
            .drawn(content: content, pixel: (20, 40), style: grey)
        #expect((drawn.width, drawn.height) == (16 + 32 + 24, 32))
        let pixels = drawn.pixels
        func colour(_ x: Int, _ y: Int) -> [Int] { (0..<3).map { Int(pixels[3 * (y * drawn.width + x) + $0]) } }
        // The left end of the tile is the first position alone, the right end the second.
        let (kept, dropped) = (colour(16 + 16 + 2, 16), colour(16 + 16 + 30, 16))
        #expect(kept[0] > kept[2] + 60 && kept[0] > 150, "\(kept)")
        #expect(dropped[2] > dropped[0] + 40 && dropped[2] < 160, "\(dropped)")
        #expect(colour(2, 2) == [24, 24, 24])
        // A mark is drawn on black content.
        #expect((0..<16 * 16).contains { colour(8 + $0 % 16, 8 + $0 / 16) == [255, 255, 255] })
    }

    @Test func gridsOfHeads() {
        #expect([1, 2, 3, 4, 8, 9].map { FocusPicture.grid($0).rows } == [1, 1, 2, 2, 2, 2])
        #expect([1, 2, 3, 4, 8, 9].map { FocusPicture.grid($0).columns } == [1, 2, 2, 2, 4, 5])
    }

    /// A picture that is made smaller is asked at the same place; one without the place is refused.
    @Test func placesOutsideAreRefused() async throws {
        let folder = try Scratch()
        for point in [(150, 0), (0, 100), (-1, 5), (5, -1)] {
            let job = try await job(folder, at: point)
            let error = #expect(throws: JobError.self) { try job.run(Run(threads: 1)) }
            #expect(error?.trouble == .usage && "\(error!)".contains("150 x 100"))
        }
        var last = try await job(folder, at: (149, 99))
        last.settings.maximumSize = 64
        #expect(try last.run(Run(threads: 1)).heads.count == 8)
    }
}
