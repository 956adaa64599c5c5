public import Imaging
internal import Machine

/// Frames on their way: read, changed by effects one after another, measured, written; each step on a thread of its
/// own, joined by short queues. The queues and the effects' reach bound how many frames there are, whatever the
/// stretch's length.
public struct Line {
    /// Stands before the first frame that is needed, or earlier.
    public let source: any FrameSource
    /// The frames to write, by the source's numbers.
    public let frames: Range<Int>
    /// Whether a cut lies before a frame.
    public let startsScene: @Sendable (Int) -> Bool
    public let effects: [any Effect]
    public let meter: (any Meter)?
    public let sink: any FrameSink

    public init(
        source: any FrameSource, frames: Range<Int>, startsScene: @escaping @Sendable (Int) -> Bool,
        effects: [any Effect], meter: (any Meter)? = nil, sink: any FrameSink
    ) {
        (self.source, self.frames, self.startsScene) = (source, frames, startsScene)
        (self.effects, self.meter, self.sink) = (effects, meter, sink)
    }

    /// Two frames are enough to keep the painting, by far the slowest step, from waiting.
    private static let capacity = 2

    /// How many frames are out at once at most: two in each queue, and what each step has in its hands, with all that a
    /// picture carries along up to the meter.
    /// - Parameter reaches: the effects'.
    public static func mostFrames(_ reaches: [Reach]) -> Int {
        var carried = 1
        var most = 1 + capacity
        for reach in reaches {
            most += (reach.before + 1 + reach.after) * carried + 1
            // A second change of the same picture takes the place of the first.
            carried = min(carried + 1, 3)
            most += capacity * carried
        }
        return most + carried + capacity + 1
    }

    /// Returns when all frames are written, or throws what stopped it.
    /// - Parameter written: is told how many frames have been written, after each.
    public func play(
        size: (width: Int, height: Int), format: PixelFormat = .rgb24, cancellation: Cancellation,
        written: @escaping @Sendable (Int) -> Void
    ) throws -> Played {
        func queue() -> BoundedQueue<Picture> { BoundedQueue(capacity: Self.capacity, cancellation: cancellation) }
        func pool() -> FramePool { FramePool(width: size.width, height: size.height, format: format) }
        let needed = needed()
        var next = queue()
        var stages = [reading(needed[0], pool(), into: next, cancellation)]
        for (effect, frames) in zip(effects, needed.dropFirst()) {
            let (before, after) = (next, queue())
            stages.append(applying(effect, to: frames, from: before, pool(), into: after, cancellation))
            next = after
        }
        if let meter {
            let (before, after) = (next, queue())
            stages.append(measuring(meter, from: before, into: after, cancellation))
            next = after
        }
        let count = Monitor(0)
        stages.append(
            writing(from: next, cancellation) { number in
                count.withLock { $0 = number }
                written(number)
            })
        for stage in stages { stage.join() }
        try cancellation.check()
        return Played(
            frames: count.value(),
            seconds: Dictionary(stages.map { ($0.name, $0.clock.seconds) }, uniquingKeysWith: +))
    }

    /// What playing has come to.
    public struct Played: Sendable {
        /// Written: fewer than were asked for where the source has ended before.
        public var frames: Int
        /// That each step was at work, by its name, waits for the team of threads included.
        public var seconds: [String: Double]
    }

    /// The frames that are read, and those that each effect makes: the last one's are those that are written, and each
    /// needs its reach beyond them, as far as the scene goes, and what it must have been shown.
    func needed() -> [[Range<Int>]] {
        var needed = [[frames]]
        for effect in effects.reversed() {
            needed.append(joined(shown(needed.last!, to: effect).map { widened($0, by: effect) }))
        }
        return needed.reversed()
    }

    /// The frames that an effect makes, and before them what it must be shown.
    private func shown(_ made: [Range<Int>], to effect: any Effect) -> [Range<Int>] {
        joined(made.flatMap { effect.shown(before: $0.lowerBound) + [$0] })
    }

    private func widened(_ frames: Range<Int>, by effect: any Effect) -> Range<Int> {
        let reach = effect.reach
        var (first, end) = (frames.lowerBound, frames.upperBound)
        func isEdge(_ number: Int) -> Bool { startsScene(number) || effect.startsAnew(at: number) }
        for _ in 0..<reach.before where first > 0 && !isEdge(first) { first -= 1 }
        // Whether the source ends before is its own to tell.
        for _ in 0..<reach.after where !isEdge(end) { end += 1 }
        return first..<end
    }

    /// In order, and those that touch as one.
    private func joined(_ ranges: [Range<Int>]) -> [Range<Int>] {
        ranges.sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) { joined, range in
            if let last = joined.last, range.lowerBound <= last.upperBound {
                joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
    }

    private func reading(
        _ needed: [Range<Int>], _ pool: FramePool, into queue: BoundedQueue<Picture>, _ cancellation: Cancellation
    ) -> Stage {
        // Used by this stage alone from here on.
        nonisolated(unsafe) let source = source
        return Stage("read", cancellation: cancellation) { clock in
            for frames in needed {
                try clock.time { try source.skip(to: frames.lowerBound) }
                while let place = try clock.time({ try source.advance() }), place.number < frames.upperBound {
                    guard place.number >= frames.lowerBound else { continue }
                    let lease = pool.lease()
                    try clock.time { try source.picture(into: lease.frame) }
                    try queue.put(Picture(source: lease, frame: lease))
                }
            }
            queue.close()
        }
    }

    private func applying(
        _ effect: any Effect, to made: [Range<Int>], from queue: BoundedQueue<Picture>, _ pool: FramePool,
        into next: BoundedQueue<Picture>, _ cancellation: Cancellation
    ) -> Stage {
        let startsScene = startsScene
        let shown = shown(made, to: effect)
        return Stage(effect.name, cancellation: cancellation) { clock in
            let window = Window(reach: effect.reach)
            func make(_ number: Int) throws {
                guard shown.contains(where: { $0.contains(number) }), window.stand(at: number) else { return }
                try cancellation.check()
                guard made.contains(where: { $0.contains(number) }) else {
                    return try clock.time { try effect.pass(window) }
                }
                let lease = pool.lease()
                try clock.time { try effect.apply(window, into: lease.frame) }
                lease.frame.place = window.centre.source.frame.place
                lease.frame.opacity = window.centre.source.frame.opacity
                let (source, content) = (window.centre.source, effect.makesContent ? lease : window.centre.content)
                try next.put(Picture(source: source, content: content, frame: lease))
            }
            while let picture = try queue.take() {
                let number = picture.number
                if startsScene(number) || effect.startsAnew(at: number) || window.end ?? number != number {
                    for late in window.unmade { try make(late) }
                    window.empty()
                }
                window.take(picture)
                try make(number - effect.reach.after)
            }
            for late in window.unmade { try make(late) }
            next.close()
        }
    }

    private func measuring(
        _ meter: any Meter, from queue: BoundedQueue<Picture>, into next: BoundedQueue<Picture>,
        _ cancellation: Cancellation
    ) -> Stage {
        let startsScene = startsScene
        nonisolated(unsafe) let meter = meter
        return Stage("measure", cancellation: cancellation) { clock in
            while let picture = try queue.take() {
                try clock.time { try meter.add(picture, startsScene: startsScene(picture.number)) }
                // Nobody needs the source from here on.
                try next.put(Picture(source: picture.frame, frame: picture.frame))
            }
            next.close()
        }
    }

    private func writing(
        from queue: BoundedQueue<Picture>, _ cancellation: Cancellation, _ written: @escaping @Sendable (Int) -> Void
    ) -> Stage {
        nonisolated(unsafe) let sink = sink
        return Stage("write", cancellation: cancellation) { clock in
            var count = 0
            while let picture = try queue.take() {
                try clock.time { try sink.write(picture.frame.frame) }
                count += 1
                written(count)
            }
        }
    }
}
