import Imaging
import StyleKernel
import StyleVideo
import Testing

@Suite struct PainterTests {
    /// What the memory check reckons with is what painting takes, and little more; a clip takes its frames besides.
    @Test func theMemoryThatPaintingTakesIsForeseen() throws {
        var settings = Settings(threads: 2)
        settings.styleSize = 64
        let painter = try Painter(settings: settings, style: Frame(width: 64, height: 64))
        let (width, height) = (640, 352)
        let painted = Frame(width: width, height: height)
        painter.stylizer.paint(
            Frame(width: width, height: height), tokens: painter.tokens, statistics: nil, into: painted)
        let taken = painter.stylizer.bufferBytes
        let still = painter.memoryNeeded(width: width, height: height)
        #expect(taken > 100 * width * height)
        #expect(still >= taken + 3 * width * height)
        #expect(Double(still) < 1.3 * Double(taken) + 2 * 5e6)  // and each thread's scratch
        let clip = painter.memoryNeeded(width: width, height: height, source: (width, height))
        let large = painter.memoryNeeded(width: width, height: height, source: (4 * width, 4 * height))
        #expect(clip > 2 * still && large > clip + 15 * 6 * width * height)
    }

    @Test func aFrameBeyondTheMemoryIsRefusedBeforeAnyIsTaken() throws {
        var settings = Settings(threads: 1)
        settings.styleSize = 64
        let painter = try Painter(settings: settings, style: Frame(width: 64, height: 64))
        try painter.checkMemory(width: 64, height: 64)
        try painter.checkMemory(width: 64, height: 64, source: (64, 64))
        let error = #expect(throws: JobError.self) { try painter.checkMemory(width: 1 << 20, height: 1 << 20) }
        guard case .tooLarge(let width, let height, let needed, let available)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(width == 1 << 20 && height == 1 << 20 && needed > 100 << 40 && (1..<needed).contains(available))
    }
}
