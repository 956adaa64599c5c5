import Machine
import Testing

/// Numbers as people read them.
@Suite struct FigureTests {
    @Test func momentsAreRoundedBeforeTheyAreTakenApart() {
        #expect(Figure.moment(12.48) == "0:12.480" && Figure.moment(3601.5) == "60:01.500")
        #expect(Figure.moment(59.9999) == "1:00.000" && Figure.moment(-0.0001) == "0:00.000")
    }

    @Test func timesAndSizesAreShort() {
        #expect([7, 65, 7384.2].map(Figure.clock) == ["7 s", "1:05", "2:03:05"])
        #expect(Figure.clock(.infinity) == "?" && Figure.duration(0.44) == "0.4 s" && Figure.duration(9.96) == "10 s")
        #expect([1, 2048, 3 << 19, 5 << 29].map(Figure.bytes) == ["1 KiB", "2 KiB", "1.5 MiB", "2.5 GiB"])
        #expect(Figure.count(1, "frame") == "1 frame" && Figure.count(0, "frame") == "0 frames")
        #expect(Figure.rate(24) == "24.0 frames/s" && Figure.rate(0.25) == "4.0 s/frame")
    }
}
