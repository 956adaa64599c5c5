import Imaging
import Pipeline
import Synchronization
import Testing

/// Frames of 2 x 1 whose first byte is a number of the source's own; made as they are asked for.
private final class FakeSource: FrameSource {
    private let count: Int
    private let failsAt: Int?
    private var next = 0
    /// Frames whose picture was asked for.
    private(set) var pictures: [Int] = []

    init(_ count: Int, failsAt: Int? = nil) { (self.count, self.failsAt) = (count, failsAt) }

    static func value(_ number: Int) -> UInt8 { UInt8(truncatingIfNeeded: 31 * number + 7) }

    func advance() throws -> Place? {
        guard next < count else { return nil }
        if next == failsAt { throw Reason.first }
        defer { next += 1 }
        return Place(number: next, presentationTime: Timestamp(Int64(next), timeBase: Rational(1, 25)))
    }

    func picture(into frame: Frame) {
        pictures.append(next - 1)
        frame.number = next - 1
        frame.withMutableBytes { $0[0] = Self.value(next - 1) }
    }
}

private final class FakeSink: FrameSink {
    private(set) var frames: [(number: Int, value: UInt8)] = []
    private let failsAt: Int?

    init(failsAt: Int? = nil) { self.failsAt = failsAt }

    func write(_ frame: Frame) throws {
        if frame.number == failsAt { throw Reason.second }
        frames.append((frame.number, frame.withBytes { $0[0] }))
    }

    func finish() {}
}

private final class FakeMeter: Meter {
    private(set) var seen: [(number: Int, source: UInt8, value: UInt8, startsScene: Bool)] = []

    func add(_ picture: Picture, startsScene: Bool) {
        seen.append(
            (
                picture.number, picture.source.frame.withBytes { $0[0] }, picture.frame.frame.withBytes { $0[0] },
                startsScene
            ))
    }
}

/// A hash of the frame and of all its neighbours, each by its distance; neighbours that are missing count too.
private struct Hash: Effect {
    let name: String
    let reach: Reach

    init(_ name: String, before: Int, after: Int) { (self.name, reach) = (name, Reach(before: before, after: after)) }

    func apply(_ window: Window, into frame: Frame) {
        let neighbours = (-reach.before...reach.after).map { window[$0]?.frame.frame.withBytes { $0[0] } }
        frame.withMutableBytes { $0[0] = Self.value(neighbours) }
        #expect(window[-reach.before - 1] == nil && window[reach.after + 1] == nil)
    }

    static func value(_ neighbours: [UInt8?]) -> UInt8 {
        UInt8(truncatingIfNeeded: neighbours.reduce(17) { ($0 &* 131) ^ ($1.map { Int($0) + 1 } ?? 0) })
    }

    /// What a whole clip comes out as, by the definition.
    func reference(_ values: [UInt8], _ cuts: [Int]) -> [UInt8] {
        values.indices.map { n in
            let first = cuts.last { $0 <= n } ?? 0
            let end = cuts.first { $0 > n } ?? values.count
            return Self.value(
                (n - reach.before...n + reach.after).map { (first..<end).contains($0) ? values[$0] : nil })
        }
    }
}

@Suite struct LineTests {
    private let cuts = [6, 7, 19, 30]

    private func line(
        _ frames: Range<Int>, _ effects: [Hash], source: FakeSource, meter: FakeMeter? = nil, sink: FakeSink
    ) -> Line {
        let cuts = cuts
        return Line(
            source: source, frames: frames, startsScene: { cuts.contains($0) }, effects: effects, meter: meter,
            sink: sink)
    }

    private func play(_ line: Line, _ cancellation: Cancellation = Cancellation()) throws -> Line.Played {
        try line.play(size: (2, 1), cancellation: cancellation, written: { _ in })
    }

    @Test func withoutEffectsFramesPass() throws {
        let sink = FakeSink()
        let told = Mutex<[Int]>([])
        _ = try line(0..<40, [], source: FakeSource(40), sink: sink).play(
            size: (2, 1), cancellation: Cancellation(), written: { count in told.withLock { $0.append(count) } })
        #expect(sink.frames.map(\.number) == Array(0..<40))
        #expect(sink.frames.map(\.value) == (0..<40).map(FakeSource.value))
        #expect(told.withLock { $0 } == Array(1...40))
    }

    /// Any stretch comes out as in the whole, whatever the effects' reach, and no more is read than that takes.
    @Test(arguments: [[(0, 0)], [(2, 1)], [(0, 3), (4, 0)], [(1, 1), (2, 2), (1, 0)], [(9, 9)]])
    func aStretchIsAsInTheWhole(reaches: [(Int, Int)]) throws {
        let effects = reaches.enumerated().map { Hash("effect \($0)", before: $1.0, after: $1.1) }
        let whole = effects.reduce((0..<40).map(FakeSource.value)) { $1.reference($0, cuts) }
        for frames in [0..<40, 0..<1, 5..<8, 12..<25, 19..<30, 29..<31, 39..<40] {
            let (source, sink, meter) = (FakeSource(40), FakeSink(), FakeMeter())
            let spent = try play(line(frames, effects, source: source, meter: meter, sink: sink))
            #expect(sink.frames.map(\.number) == Array(frames) && spent.frames == frames.count)
            #expect(sink.frames.map(\.value) == Array(whole[frames]), "\(frames) of \(reaches)")
            #expect(Set(spent.seconds.keys) == Set(["read", "measure", "write"] + effects.map(\.name)))
            #expect(meter.seen.map(\.number) == Array(frames))
            #expect(meter.seen.allSatisfy { $0.source == FakeSource.value($0.number) && $0.value == whole[$0.number] })
            #expect(meter.seen.allSatisfy { $0.startsScene == cuts.contains($0.number) })
            // Pictures are made of the frames within reach, and of no others.
            let before = reaches.reduce(0) { $0 + $1.0 }, after = reaches.reduce(0) { $0 + $1.1 }
            let first = max(frames.lowerBound - before, cuts.last { $0 <= frames.lowerBound } ?? 0)
            let end = min(frames.upperBound + after, cuts.first { $0 >= frames.upperBound } ?? 40)
            #expect(source.pictures == Array(first..<end))
        }
    }

    /// An effect that remembers is shown what came before, and no more is made of that.
    @Test func whatRemembersIsShownEnough() throws {
        /// The sum of all values since the last multiple of ten, or the last cut.
        final class Sum: Effect, @unchecked Sendable {
            let cuts: [Int]
            private var sum: UInt8 = 0
            private(set) var passed = 0
            init(_ cuts: [Int]) { self.cuts = cuts }
            let name = "sum"
            let reach = Reach(after: 2)
            func begin(_ number: Int) -> Int { max(number / 10 * 10, cuts.last { $0 <= number } ?? 0) }
            func shown(before number: Int) -> [Range<Int>] { [begin(number)..<number].filter { !$0.isEmpty } }
            func pass(_ window: Window) {
                passed += 1
                add(window)
            }
            func apply(_ window: Window, into frame: Frame) {
                add(window)
                frame.withMutableBytes { $0[0] = sum }
            }
            private func add(_ window: Window) {
                if begin(window.centre.number) == window.centre.number { sum = 0 }
                sum &+= window.centre.frame.frame.withBytes { $0[0] }
            }
        }
        func sum(_ number: Int) -> UInt8 {
            (Sum(cuts).begin(number)...number).reduce(0) { $0 &+ FakeSource.value($1) }
        }
        for frames in [0..<40, 5..<8, 9..<10, 17..<18, 28..<32, 39..<40] {
            let (source, sink, effect) = (FakeSource(40), FakeSink(), Sum(cuts))
            let cuts = cuts
            let line = Line(
                source: source, frames: frames, startsScene: { cuts.contains($0) }, effects: [effect], sink: sink)
            _ = try play(line)
            #expect(sink.frames.map(\.number) == Array(frames) && sink.frames.map(\.value) == frames.map(sum))
            #expect(source.pictures.first == effect.begin(frames.lowerBound))
            #expect(effect.passed == frames.lowerBound - effect.begin(frames.lowerBound))
        }
    }

    @Test func anErrorEndsAllStepsAndIsThrown() throws {
        let effect = Hash("effect", before: 1, after: 1)
        #expect(throws: Reason.first) {
            try play(line(0..<40, [effect], source: FakeSource(40, failsAt: 25), sink: FakeSink()))
        }
        let sink = FakeSink(failsAt: 3)
        #expect(throws: Reason.second) { try play(line(0..<40, [effect], source: FakeSource(40), sink: sink)) }
        #expect(sink.frames.map(\.number) == [0, 1, 2])
    }

    @Test func aCancelledLinePlaysNothing() throws {
        let cancellation = Cancellation()
        cancellation.cancel(Reason.second)
        let sink = FakeSink()
        #expect(throws: Reason.second) {
            try play(line(0..<40, [], source: FakeSource(40), sink: sink), cancellation)
        }
        #expect(sink.frames.isEmpty)
    }

    /// However long the clip, as many frames exist as the queues and the reach hold.
    @Test func framesAreUsedAgain() throws {
        final class Counting: FrameSource {
            let source = FakeSource(2000)
            var frames: Set<ObjectIdentifier> = []
            func advance() throws -> Place? { try source.advance() }
            func picture(into frame: Frame) {
                frames.insert(ObjectIdentifier(frame))
                source.picture(into: frame)
            }
        }
        let source = Counting()
        let effects = [Hash("one", before: 2, after: 1), Hash("two", before: 0, after: 3)]
        _ = try Line(
            source: source, frames: 0..<2000, startsScene: { _ in false }, effects: effects, sink: FakeSink()
        ).play(size: (2, 1), cancellation: Cancellation(), written: { _ in })
        #expect(source.frames.count <= Line.mostFrames(effects.map(\.reach)))
        #expect(Line.mostFrames([.none]) == 14)
    }
}

@Suite struct ReadAheadTests {
    @Test func givesEveryFrameInOrder() throws {
        let reading = ReadAhead(FakeSource(30), size: (2, 1), cancellation: Cancellation())
        defer { reading.end() }
        var numbers: [Int] = []
        while let lease = try reading.next() {
            #expect(lease.frame.withBytes { $0[0] } == FakeSource.value(lease.frame.number))
            numbers.append(lease.frame.number)
        }
        #expect(numbers == Array(0..<30))
    }

    @Test func canBeLeftInTheMiddle() throws {
        let cancellation = Cancellation()
        let source = FakeSource(1000)
        let reading = ReadAhead(source, size: (2, 1), cancellation: cancellation)
        #expect(try reading.next()?.frame.number == 0)
        reading.end()
        #expect(cancellation.reason == nil && source.pictures.count < 10)
    }

    @Test func aSourceThatFailsIsTold() throws {
        let reading = ReadAhead(FakeSource(30, failsAt: 3), size: (2, 1), cancellation: Cancellation())
        defer { reading.end() }
        #expect(throws: Reason.first) { while try reading.next() != nil {} }
    }
}
