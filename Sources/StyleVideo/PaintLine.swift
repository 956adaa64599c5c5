import Imaging
import Media
import Pipeline
import StyleKernel

/// The stages of a painting: read, paint, measure, write, each on a thread of its own, joined by short queues. The
/// queues bound how many frames there are, whatever the clip's length.
struct PaintLine {
    let clip: WorkingClip
    let painter: Painter
    let scenes: Scenes
    let statistics: [SceneStatistics]
    let meter: SteadinessMeter?
    let writer: VideoWriter
    let cancellation: Cancellation
    let progress: ProgressHandler

    /// Seconds that each stage was at work, waits for the team of threads included.
    struct Spent {
        var read, paint, measure, write: Double
    }

    private struct Painting: Sendable {
        let source: Frame
        let painted: Frame
    }

    /// Two frames are enough to keep the painting, by far the slowest stage, from waiting.
    private static let capacity = 2

    /// Returns when all frames are written, or throws what stopped them.
    func run() throws -> Spent {
        let sources = FramePool(width: clip.width, height: clip.height)
        let paintings = FramePool(width: clip.width, height: clip.height)
        let read = BoundedQueue<Frame>(capacity: Self.capacity, cancellation: cancellation)
        let painted = BoundedQueue<Painting>(capacity: Self.capacity, cancellation: cancellation)
        let measured = BoundedQueue<Frame>(capacity: Self.capacity, cancellation: cancellation)
        let stages = [
            reading(from: sources, into: read), painting(read, from: paintings, into: painted),
            measuring(painted, into: measured), writing(measured),
        ]
        for stage in stages { stage.join() }
        try cancellation.check()
        let seconds = stages.map(\.clock.seconds)
        return Spent(read: seconds[0], paint: seconds[1], measure: seconds[2], write: seconds[3])
    }

    private func reading(from pool: FramePool, into queue: BoundedQueue<Frame>) -> Stage {
        let count = scenes.frameCount
        // Used by this stage alone from here on.
        nonisolated(unsafe) let clip = clip
        return Stage("read", cancellation: cancellation) { clock in
            while true {
                let frame = pool.lease().frame
                // A source that is still being written to has frames beyond those that the first pass saw.
                guard try clock.time({ try clip.next(into: frame) }), frame.number < count else { break }
                try queue.put(frame)
            }
            queue.close()
        }
    }

    private func painting(
        _ queue: BoundedQueue<Frame>, from pool: FramePool, into next: BoundedQueue<Painting>
    ) -> Stage {
        let (painter, scenes, statistics, cancellation) = (painter, scenes, statistics, cancellation)
        return Stage("paint", cancellation: cancellation) { clock in
            while let frame = try queue.take() {
                try cancellation.check()
                let painting = pool.lease().frame
                clock.time {
                    painter.stylizer.paint(
                        frame, tokens: painter.tokens, statistics: statistics[scenes.scene(of: frame.number)],
                        into: painting)
                }
                try next.put(Painting(source: frame, painted: painting))
            }
            next.close()
        }
    }

    private func measuring(_ queue: BoundedQueue<Painting>, into next: BoundedQueue<Frame>) -> Stage {
        let (meter, scenes) = (meter, scenes)
        return Stage("measure", cancellation: cancellation) { clock in
            while let pair = try queue.take() {
                if let meter {
                    try clock.time {
                        try meter.add(
                            source: pair.source, painted: pair.painted,
                            startsScene: scenes.startsScene(pair.source.number))
                    }
                }
                try next.put(pair.painted)
            }
            next.close()
        }
    }

    private func writing(_ queue: BoundedQueue<Frame>) -> Stage {
        let (writer, scenes, progress) = (writer, scenes, progress)
        return Stage("write", cancellation: cancellation) { clock in
            while let frame = try queue.take() {
                try clock.time { try writer.write(frame) }
                progress(Progress(.painting, done: writer.frameCount, total: scenes.frameCount))
            }
        }
    }
}
