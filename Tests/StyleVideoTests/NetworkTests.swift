import Imaging
import StyleKernel
@testable import StyleVideo
import Testing

@Suite struct NetworkTests {
    /// What the memory check reckons with is what painting takes, and little more; a clip takes its frames besides.
    @Test(arguments: Stylizer.Precision.allCases)
    func theMemoryThatPaintingTakesIsForeseen(precision: Stylizer.Precision) throws {
        var settings = Settings()
        settings.precision = precision
        let network = try Network(settings, Run(threads: 2))
        let tokens = try network.remember(Frame(width: 64, height: 64), shorterSide: 64)
        let (width, height) = (640, 352)
        let painted = Frame(width: width, height: height)
        network.stylizer.paint(
            Frame(width: width, height: height), style: StyleMix(tokens), statistics: nil, into: painted)
        let taken = network.stylizer.bufferBytes
        let still = network.memoryNeeded(width: width, height: height)
        #expect(taken > 100 * width * height)
        #expect(still >= taken + 3 * width * height)
        #expect(Double(still) < 1.3 * Double(taken) + 2 * 5e6)  // and each thread's scratch
        let clip = network.memoryNeeded(width: width, height: height, source: (width, height))
        let large = network.memoryNeeded(width: width, height: height, source: (4 * width, 4 * height))
        #expect(clip > 2 * still && large > clip + 15 * 6 * width * height)
    }

    @Test func aFrameBeyondTheMemoryIsRefusedBeforeAnyIsTaken() throws {
        let network = try Network(Settings(), Run(threads: 1))
        try network.checkMemory(width: 64, height: 64)
        try network.checkMemory(width: 64, height: 64, source: (64, 64))
        let error = #expect(throws: JobError.self) { try network.checkMemory(width: 1 << 20, height: 1 << 20) }
        guard case .tooLarge(let width, let height, let needed, let available)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(width == 1 << 20 && height == 1 << 20 && needed > 50 << 40 && (1..<needed).contains(available))
    }
}
