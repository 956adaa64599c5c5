import Imaging
import Machine
import Tensors
import TestSupport
import Testing

@testable import StyleKernel

/// Frames of any size, and what a painted frame may depend on.
@Suite struct StylizerTests {
    /// Waves and blocks, other ones for every seed.
    static func frame(_ width: Int, _ height: Int, seed: Int) -> Frame {
        let frame = Frame(width: width, height: height)
        frame.withMutableBytes { bytes in
            for y in 0..<height {
                for x in 0..<width {
                    for c in 0..<3 {
                        let wave = (x * x * (seed + 1) + y * y * 3 + x * y * 2 + c * 700 + seed * 900) / 64
                        let block = ((x / 9 + 2 * (y / 7) + c * seed) % 5) * 23
                        bytes[y * frame.rowStride + 3 * x + c] = UInt8((wave + block) % 256)
                    }
                }
            }
        }
        return frame
    }

    /// A `paper` network in small.
    private static func paper(threads: Int, _ precision: Precision = .float32) throws -> Stylizer {
        try Stylizer(try Golden("paper-small").parameters, precision, team: ThreadTeam(threads: threads))
    }

    private static func paint(
        _ stylizer: Stylizer, _ frame: Frame, tokens: StyleTokens, _ statistics: SceneStatistics? = nil
    ) -> [UInt8] { stylizer.painting(of: frame, by: StyleMix(tokens), statistics) }

    @Test(arguments: [(1, 1), (2, 2), (3, 50), (47, 33), (48, 48), (65, 49), (130, 20)])
    func paintsAnySize(width: Int, height: Int) throws {
        let stylizer = try Stylizer.shipped()
        let tokens = stylizer.remember(style: Self.frame(64, 48, seed: 3))
        let frame = Self.frame(width, height, seed: 1)
        let painted = Self.paint(stylizer, frame, tokens: tokens)
        // Padded by hand, to and fro, the frame's part of the picture is the same.
        let size = stylizer.paddedSize(width: width, height: height)
        let padded = Self.reflected(frame, size.width, size.height)
        let whole = Self.paint(stylizer, padded, tokens: tokens)
        let part = (0..<height).flatMap { y in whole[y * size.width * 3..<(y * size.width + width) * 3] }
        #expect(painted == part)
        #expect(size.width % 16 == 0 && size.height % 16 == 0 && min(size.width, size.height) >= 48)
        #expect(painted != frame.pixels, "nothing was painted")
        if width * height > 100 { #expect(Set(painted).count > 8, "a picture of few values") }
    }

    private static func reflected(_ frame: Frame, _ width: Int, _ height: Int) -> Frame {
        func walk(_ side: Int, _ length: Int) -> [Int] {
            var (place, step) = (0, 1)
            return (0..<length).map { _ in
                defer {
                    if side > 1 {
                        if place + step < 0 || place + step >= side { step = -step }
                        place += step
                    }
                }
                return place
            }
        }
        let (columns, rows) = (walk(frame.width, width), walk(frame.height, height))
        let padded = Frame(width: width, height: height)
        frame.withBytes { from in
            padded.withMutableBytes { to in
                for y in 0..<height {
                    for x in 0..<3 * width {
                        to[y * padded.rowStride + x] = from[rows[y] * frame.rowStride + 3 * columns[x / 3] + x % 3]
                    }
                }
            }
        }
        return padded
    }

    /// Both presets, at a size that is no multiple, with scene statistics of other frames.
    @Test(arguments: ["fast", "paper"], Precision.allCases)
    func sameBitsForAnyNumberOfThreads(preset: String, precision: Precision) throws {
        var pictures: Set<[UInt8]> = []
        for threads in [1, 2, 3, 5] {
            let stylizer =
                try preset == "fast"
                ? Stylizer.shipped(threads: threads, precision) : Self.paper(threads: threads, precision)
            let tokens = stylizer.remember(style: Self.frame(80, 64, seed: 5))
            let scene = SceneStatistics.average((0..<3).map { stylizer.statistics(of: Self.frame(181, 107, seed: $0)) })
            pictures.insert(Self.paint(stylizer, Self.frame(181, 107, seed: 1), tokens: tokens, scene))
        }
        #expect(pictures.count == 1)
    }

    @Test func aFramePaintedAloneIsTheSameInSequence() throws {
        let sequence = try Stylizer.shipped()
        let tokens = sequence.remember(style: Self.frame(64, 64, seed: 7))
        let frames = (0..<4).map { Self.frame(100, 60, seed: $0) }
        let scene = SceneStatistics.average(frames.map(sequence.statistics))
        var painted = frames.map { Self.paint(sequence, $0, tokens: tokens, scene) }
        // A frame of another size between them makes the buffers anew.
        _ = Self.paint(sequence, Self.frame(50, 50, seed: 9), tokens: tokens)
        painted += [Self.paint(sequence, frames[2], tokens: tokens, scene)]
        let alone = try Stylizer.shipped()
        let ownTokens = alone.remember(style: Self.frame(64, 64, seed: 7))
        #expect(Self.paint(alone, frames[2], tokens: ownTokens, scene) == painted[2])
        #expect(painted[4] == painted[2])
        #expect(Set(painted).count == 4, "frames that differ are painted differently")
    }

    /// The kernels at stride 4 never exist whole: they alone would be 234 MB of a 1080p frame's 251.
    @Test func aFrameOf1080pTakesLittleMemory() throws {
        let plan = Plan(try Golden("fast").painting, height: 1088, width: 1920)
        #expect(plan.byteCount < 300 << 20)
    }

    @Test func ownStatisticsAreThoseOfTheFrame() throws {
        let stylizer = try Stylizer.shipped()
        let tokens = stylizer.remember(style: Self.frame(64, 64, seed: 7))
        let frame = Self.frame(90, 70, seed: 2)
        let own = stylizer.statistics(of: frame)
        #expect(Self.paint(stylizer, frame, tokens: tokens) == Self.paint(stylizer, frame, tokens: tokens, own))
        let other = stylizer.statistics(of: Self.frame(90, 70, seed: 3))
        #expect(Self.paint(stylizer, frame, tokens: tokens) != Self.paint(stylizer, frame, tokens: tokens, other))
    }

    @Test func takesPlaceAndTimes() throws {
        let stylizer = try Stylizer.shipped()
        let frame = Self.frame(48, 48, seed: 2)
        frame.number = 17
        frame.presentationTime = Timestamp(34, timeBase: Rational(1, 50))
        let painted = Frame(width: 48, height: 48)
        stylizer.paint(frame, style: StyleMix(stylizer.remember(style: frame)), statistics: nil, into: painted)
        #expect(painted.number == 17 && painted.presentationTime == frame.presentationTime)
    }
}

@Suite struct StatisticsTests {
    /// The average of two frames is the statistics of both frames' positions together, where they have as many.
    @Test func averageIsThatOfAllPositions() {
        let values: [[Double]] = [0, 11].map { start in (0..<40).map { Double(($0 * 37 + start) % 23) / 3 } }
        func statistics(_ x: [Double]) -> SceneStatistics {
            let mean = x.reduce(0, +) / Double(x.count)
            let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
            return SceneStatistics(channels: ["z8": .init(mean: [mean], variance: [variance])])
        }
        let average = SceneStatistics.average(values.map(statistics))[.eight]
        let all = statistics(values[0] + values[1])[.eight]
        #expect(abs(average.mean[0] - all.mean[0]) < 1e-12)
        #expect(abs(average.variance[0] - all.variance[0]) < 1e-12)
        let held = Tensor(height: 2, width: 1, channels: 1)
        average.fill(held)
        #expect(held[0, 0, 0] == Float(all.mean[0]))
        #expect(abs(Double(held[1, 0, 0]) - (all.variance[0] + 1e-5).squareRoot()) < 1e-6)
    }

    @Test func samplesAreSpread() {
        #expect(SceneStatistics.sampledFrames(of: 1) == [0])
        #expect(SceneStatistics.sampledFrames(of: 3) == [0, 1, 2])
        #expect(SceneStatistics.sampledFrames(of: 8) == Array(0..<8))
        #expect(SceneStatistics.sampledFrames(of: 16) == [1, 3, 5, 7, 9, 11, 13, 15])
        #expect(SceneStatistics.sampledFrames(of: 100) == [6, 18, 31, 43, 56, 68, 81, 93])
    }
}

@Suite struct StylePictureTests {
    @Test(arguments: [
        // width, height, wanted: cut x, y, width, height; prepared
        (800, 600, 512, [0, 0, 800, 600, 688, 512]), (600, 800, 512, [0, 0, 600, 800, 512, 688]),
        (5000, 1000, 512, [500, 0, 4000, 1000, 2048, 512]), (10, 101, 100, [0, 30, 10, 40, 96, 384]),
        (1, 1, 1, [0, 0, 1, 1, 48, 48]), (640, 640, 520, [0, 0, 640, 640, 528, 528]),
    ])
    func layouts(width: Int, height: Int, wanted: Int, expected: [Int]) {
        let l = StylePicture.layout(width: width, height: height, shorterSide: wanted)
        #expect([l.x, l.y, l.width, l.height, l.preparedWidth, l.preparedHeight] == expected)
    }

    @Test func preparesTheMiddle() {
        // Red in the middle, green at both ends, which are cut off.
        let picture = Frame(width: 500, height: 100)
        picture.withMutableBytes { bytes in
            for y in 0..<100 {
                for x in 0..<500 { bytes[y * picture.rowStride + 3 * x + (x < 50 || x >= 450 ? 1 : 0)] = 200 }
            }
        }
        let prepared = StylePicture.prepare(picture, shorterSide: 64, team: ThreadTeam(threads: 2))
        #expect(prepared.width == 256 && prepared.height == 64)
        let pixels = prepared.pixels
        #expect((0..<pixels.count).allSatisfy { pixels[$0] == ($0 % 3 == 0 ? 200 : 0) })
    }
}
