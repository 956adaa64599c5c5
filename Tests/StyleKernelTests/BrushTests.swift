import Foundation
import Imaging
import Machine
import TestSupport
import Testing

@testable import StyleKernel
@testable import Tensors

/// Strokes of other sizes.
@Suite struct BrushTests {
    /// What a style picture is here: bars of a few colours.
    private static let style: Frame = {
        let frame = Frame(width: 96, height: 64)
        frame.fill { x, y in
            let bar = Int(Double(x) + 6 * sin(Double(y) / 5)) / 7 % 3
            return [[200, 60, 30], [40, 90, 180], [230, 210, 120]][bar]
        }
        return frame
    }()

    /// Soft hills, and a hard square where there is one.
    private static func frame(
        _ width: Int, _ height: Int, _ format: PixelFormat = .rgb24, square: Bool = true, phase: Double = 0
    ) -> Frame {
        let frame = Frame(width: width, height: height, format: format)
        frame.fill { x, y in
            let (u, v) = (Double(x) + phase, Double(y))
            let isInside = square && (60..<100).contains(x) && (30..<70).contains(y)
            let level = isInside ? 250 : 110 + 50 * sin(u / 17) * cos(v / 23)
            let words = [level, level * 0.9 + 8 * sin(v / 11), level * 0.7 + 20].map { UInt16(min(255, $0) * 257) }
            return format == .rgb24
                ? words.map { UInt8($0 >> 8) } : words.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        }
        frame.number = 5
        return frame
    }

    private static func paint(
        _ stylizer: Stylizer, _ frame: Frame, _ style: StyleTokens, size: Double? = nil,
        statistics: BrushStatistics? = nil, cache: Cache = .off
    ) -> Frame {
        let painted = Frame(width: frame.width, height: frame.height, format: frame.format)
        if let size {
            Brush(stylizer, size: size, width: frame.width, height: frame.height, format: frame.format)
                .paint(frame, style: StyleMix(style), statistics: statistics, into: painted, cache: cache)
        } else {
            stylizer.paint(
                frame, style: StyleMix(style), statistics: statistics?.fine, into: painted, cache: cache)
        }
        return painted
    }

    private static func resampled(_ frame: Frame, _ width: Int, _ height: Int) -> Frame {
        let target = Frame(width: width, height: height, format: frame.format)
        Resampler(
            filter: .lanczos3, sourceWidth: frame.width, sourceHeight: frame.height, width: width, height: height,
            format: frame.format)(frame, into: target, team: ThreadTeam(threads: 1))
        return target
    }

    /// Levels of 0 to 255.
    private static func levels(_ frame: Frame) -> [Double] {
        let bytes = frame.pixels
        guard frame.format == .rgb48 else { return bytes.map(Double.init) }
        return (0..<bytes.count / 2).map { Double(Int(bytes[2 * $0]) + 256 * Int(bytes[2 * $0 + 1])) / 257 }
    }

    @Test func ofSizeOneIsTheNetworkAlone() throws {
        let stylizer = try Stylizer.shipped()
        let style = stylizer.remember(style: Self.style)
        let frame = Self.frame(161, 107)
        let brush = Brush(stylizer, size: 1, width: 161, height: 107)
        let statistics = brush.statistics(of: frame)
        #expect(statistics == BrushStatistics(fine: stylizer.statistics(of: frame)))
        let painted = Self.paint(stylizer, frame, style, size: 1, statistics: statistics)
        #expect(painted.pixels == Self.paint(stylizer, frame, style).pixels && painted.number == 5)
        #expect(
            Brush.bytes(stylizer, size: 1, width: 161, height: 107) == stylizer.bytes(width: 161, height: 107))
    }

    @Test(arguments: [PixelFormat.rgb24, .rgb48]) func belowOneIsThePaintingOfTheEnlargedFrame(_ format: PixelFormat)
        throws
    {
        let stylizer = try Stylizer.shipped()
        let style = stylizer.remember(style: Self.style)
        let frame = Self.frame(131, 77, format)
        let enlarged = Self.resampled(frame, 262, 154)
        let brush = Brush(stylizer, size: 0.5, width: 131, height: 77, format: format)
        let statistics = brush.statistics(of: frame)
        #expect(statistics == BrushStatistics(fine: stylizer.statistics(of: enlarged)))
        let expected = Self.resampled(Self.paint(stylizer, enlarged, style), 131, 77)
        let painted = Self.paint(stylizer, frame, style, size: 0.5, statistics: statistics)
        #expect(painted.pixels == expected.pixels && painted.number == 5)
        #expect(painted.pixels == Self.paint(stylizer, frame, style, size: 0.5).pixels)
    }

    /// Every step as it is written down, in double, between the network's paintings and the resampler's frames.
    @Test(arguments: [(PixelFormat.rgb24, 2.0, 161, 107), (.rgb48, 2, 161, 107), (.rgb24, 2.7, 150, 91)])
    func aboveOneFineStrokesAreWhereEdgesAre(format: PixelFormat, size: Double, width: Int, height: Int) throws {
        let stylizer = try Stylizer.shipped()
        let style = stylizer.remember(style: Self.style)
        let frame = Self.frame(width, height, format)
        let (w, h) = (Int((Double(width) / size).rounded()), Int((Double(height) / size).rounded()))
        let reduced = Self.resampled(frame, w, h)
        let coarse = Self.levels(Self.resampled(Self.paint(stylizer, reduced, style), width, height))
        let fine = Self.levels(Self.paint(stylizer, frame, style))

        let small = Self.levels(reduced)
        func at(_ plane: [Double], _ y: Int, _ x: Int) -> Double {
            plane[min(max(y, 0), h - 1) * w + min(max(x, 0), w - 1)]
        }
        func plane(_ body: (Int, Int) -> Double) -> [Double] { (0..<w * h).map { body($0 / w, $0 % w) } }
        let luma = plane { y, x in
            let p = 3 * (y * w + x)
            return 0.2126 * small[p] + 0.7152 * small[p + 1] + 0.0722 * small[p + 2]
        }
        func sobel(_ y: Int, _ x: Int, _ dy: Int, _ dx: Int) -> Double {
            // (dy, dx) is the direction; across it 1, 2, 1.
            [-1, 0, 1].reduce(0) { sum, k in
                let weight = k == 0 ? 2.0 : 1.0
                return sum + weight
                    * (at(luma, y + dy + k * dx, x + dx + k * dy) - at(luma, y - dy + k * dx, x - dx + k * dy))
            }
        }
        let gradient = plane { y, x in hypot(sobel(y, x, 0, 1), sobel(y, x, 1, 0)) / 8 }
        let largest = plane { y, x in
            (-1...1).flatMap { dy in (-1...1).map { at(gradient, y + dy, x + $0) } }.max()!
        }
        let weight = plane { y, x in
            let smooth = (-1...1).reduce(0.0) { sum, dy in
                (-1...1).reduce(sum) {
                    $0 + Double((2 - abs(dy)) * (2 - abs($1))) / 16 * at(largest, y + dy, x + $1)
                }
            }
            let share = min(max((smooth - 12) / 20, 0), 1)
            return share * share * (3 - 2 * share)
        }
        func place(_ i: Int, _ small: Int, _ large: Int) -> (Int, Double) {
            let p = min(max((Double(i) + 0.5) * Double(small) / Double(large) - 0.5, 0), Double(small - 1))
            return (Int(p), p - Double(Int(p)))
        }
        var counts = (coarse: 0, fine: 0)
        let expected = (0..<3 * width * height).map { i -> Double in
            let ((y, v), (x, u)) = (place(i / 3 / width, h, height), place(i / 3 % width, w, width))
            let upper = at(weight, y, x) * (1 - u) + at(weight, y, x + 1) * u
            let lower = at(weight, y + 1, x) * (1 - u) + at(weight, y + 1, x + 1) * u
            let own = upper * (1 - v) + lower * v
            if own == 0 { counts.coarse += 1 }
            if own > 0.999 { counts.fine += 1 }
            return coarse[i] + own * (fine[i] - coarse[i])
        }
        #expect(counts.coarse > expected.count / 4 && counts.fine > expected.count / 100, "\(counts)")
        let painted = Self.paint(stylizer, frame, style, size: size)
        let step = format == .rgb48 ? 1.0 / 257 : 1
        let worst = zip(Self.levels(painted), expected).map { abs($0 - $1) }.max()!
        #expect(worst <= 0.5 * step + 0.01, "\(worst)")
        #expect(painted.number == 5)
    }

    /// Width at half height of the autocorrelation of the luma's gradient, along x and along y.
    private static func strokes(_ frame: Frame) -> Double {
        let (levels, width, height) = (levels(frame), frame.width, frame.height)
        func luma(_ y: Int, _ x: Int) -> Double {
            let p = 3 * (y * width + x)
            return 0.2126 * levels[p] + 0.7152 * levels[p + 1] + 0.0722 * levels[p + 2]
        }
        func halfWidth(_ gradient: (Int, Int) -> Double, _ dy: Int, _ dx: Int) -> Double {
            var last = 1.0
            var zero = 0.0
            for lag in 0..<60 {
                let (rows, columns) = (height - 1 - lag * dy, width - 1 - lag * dx)
                var sum = 0.0
                for y in 0..<rows {
                    for x in 0..<columns { sum += gradient(y, x) * gradient(y + lag * dy, x + lag * dx) }
                }
                sum /= Double(rows * columns)
                if lag == 0 { zero = sum }
                if sum / zero < 0.5 { return 2 * (Double(lag) - 1 + (last - 0.5) / (last - sum / zero)) }
                last = sum / zero
            }
            return 120
        }
        let gradients: [(Int, Int) -> Double] = [
            { luma($0, $1 + 1) - luma($0, $1) }, { luma($0 + 1, $1) - luma($0, $1) },
        ]
        return gradients.reduce(0) { $0 + (halfWidth($1, 0, 1) + halfWidth($1, 1, 0)) / 4 }
    }

    /// Where the source has no edges.
    @Test func strokesGrowByTheSize() throws {
        let stylizer = try Stylizer.shipped()
        let style = stylizer.remember(style: Self.style)
        let frame = Self.frame(320, 256, square: false)
        let lengths = [0.5, 1, 2, 4].map { Self.strokes(Self.paint(stylizer, frame, style, size: $0)) }
        #expect(lengths[0] < 0.85 * lengths[1], "\(lengths)")
        #expect(lengths[2] > 1.6 * lengths[1], "\(lengths)")
        #expect(lengths[3] > 2.2 * lengths[1], "\(lengths)")
    }

    @Test func threadsTheCacheAndTheOrderChangeNothing() throws {
        let frames = [0, 0.5, 9].map { Self.frame(181, 107, phase: $0) }
        var paintings: [Double: Set<[[UInt8]]>] = [:]
        for (threads, cache) in [(1, Cache.off), (3, .off), (2, .exact)] {
            let stylizer = try Stylizer.shipped(threads: threads)
            let style = StyleMix(stylizer.remember(style: Self.style))
            for size in [0.7, 2, 3] {
                let brush = Brush(stylizer, size: size, width: 181, height: 107)
                let statistics = BrushStatistics.average(frames.map { brush.statistics(of: $0) })
                var painted = frames.map { _ in [UInt8]() }
                for number in threads == 3 ? [2, 0, 1] : [0, 1, 2] {
                    let into = Frame(width: 181, height: 107)
                    brush.paint(frames[number], style: style, statistics: statistics, into: into, cache: cache)
                    painted[number] = into.pixels
                }
                paintings[size, default: []].insert(painted)
            }
        }
        #expect(paintings.count == 3 && paintings.values.allSatisfy { $0.count == 1 && Set($0.first!).count == 3 })
        #expect(Set(paintings.values).count == 3, "sizes that paint alike")
    }

    /// What paints is asked for each size by its own stylizer, and both know which frame it is.
    @Test func whoPaintsIsTheCallers() throws {
        let stylizer = try Stylizer.shipped()
        let frame = Self.frame(100, 60)
        for (size, expected) in [(1.0, ["100x60"]), (2, ["50x30", "100x60"]), (0.5, ["200x120"])] {
            let brush = Brush(stylizer, size: size, width: 100, height: 60)
            let statistics = brush.statistics(of: frame)
            #expect((statistics.coarse != nil) == (size > 1))
            var calls: [String] = []
            brush.paint(frame, statistics: statistics, into: Frame(width: 100, height: 60)) {
                calls.append("\($1.width)x\($1.height)")
                #expect($1.number == 5 && $3.isLike($1))
                #expect($2 == (size > 1 && $1.width == 50 ? statistics.coarse : statistics.fine))
                if $1.width == 100 { #expect($0 === stylizer) }
                if $1.width == 50 { #expect($0 !== stylizer) }
            }
            #expect(calls == expected)
        }
    }

    @Test(arguments: [(1, 1), (3, 2), (2, 40)], [0.5, 2, 4]) func tinyFramesAreFrames(
        _ sides: (width: Int, height: Int), _ size: Double
    ) throws {
        let stylizer = try Stylizer.shipped(threads: 1)
        let style = stylizer.remember(style: Self.style)
        let frame = Self.frame(sides.width, sides.height)
        let painted = Self.paint(stylizer, frame, style, size: size)
        #expect(Set(painted.pixels).count > 1 && painted.number == 5)
    }

    @Test func statisticsAreAveragedAndMixedByTheirParts() {
        func one(_ value: Double) -> SceneStatistics {
            SceneStatistics(channels: ["z8": SceneStatistics.Channels(mean: [value], variance: [value * value])])
        }
        let (a, b) = (BrushStatistics(fine: one(1), coarse: one(2)), BrushStatistics(fine: one(3), coarse: one(6)))
        let average = BrushStatistics.average([a, b])
        #expect(average.fine == .average([one(1), one(3)]) && average.coarse == .average([one(2), one(6)]))
        let mixed = a.mixed(with: b, share: 0.25)
        #expect(mixed.fine == one(1).mixed(with: one(3), share: 0.25))
        #expect(mixed.coarse == one(2).mixed(with: one(6), share: 0.25))
        #expect(BrushStatistics.average([BrushStatistics(fine: one(1))]).coarse == nil)
    }
}
