import Imaging
import Machine
import TestSupport
import Testing

@testable import Tensors

/// Rectangles that are kept together, and where they come from.
@Suite struct RegionsTests {
    /// Rectangles are few, and hold all that was put in.
    @Test func regionsHoldWhatIsPutIn() {
        var random = Seeded(4)
        for count in [1, 2, 9, 23, 24, 25, 100] {
            var regions = Regions()
            let put = (0..<count).map { _ in
                let (y, x) = (Int.random(in: 0..<900, using: &random), Int.random(in: 0..<900, using: &random))
                return Region(rows: y..<y + 5, columns: x..<x + 9)
            }
            for region in put { regions.insert(region) }
            let held = (0..<regions.count).map { regions[$0] }
            #expect(held.count <= 24 && held.count >= min(count, 2))
            #expect(put.allSatisfy { one in held.contains { $0.union(one) == $0 } })
            if count <= 23 { #expect(regions.positions <= 45 * count * 9 / 8) }
        }
    }

    @Test func framesAreComparedInBlocks() {
        let team = ThreadTeam(threads: 2)
        let frame = Frame(width: 70, height: 40)
        let kept = KeptFrame(width: 70, height: 40)
        func changes() -> [Region] {
            let regions = kept.take(frame, team: team)
            return (0..<regions.count).map { regions[$0] }
        }
        #expect(changes() == [Region(rows: 0..<40, columns: 0..<70)])
        #expect(changes().isEmpty)
        frame.withMutableBytes { $0[39 * frame.rowStride + 3 * 69 + 2] = 1 }
        #expect(changes() == [Region(rows: 32..<40, columns: 64..<70)])
        // Bytes beyond a row are none of the picture.
        frame.withMutableBytes { $0[frame.rowStride - 1] = 1 }
        #expect(changes().isEmpty)
        for x in [0, 20] { frame.withMutableBytes { $0[3 * x] = 9 } }
        #expect(changes() == [Region(rows: 0..<16, columns: 0..<32)])
        kept.forget()
        #expect(changes() == [Region(rows: 0..<40, columns: 0..<70)])
    }
}
