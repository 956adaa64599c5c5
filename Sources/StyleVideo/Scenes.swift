import Imaging
public import Media
public import Pipeline
import Scenes
import StyleKernel
public import SystemPackage
import Tensors

/// A clip's scenes: where each begins, and what is held still in it.
public struct Scenes: Sendable {
    /// The first frame of each scene, from 0 on.
    public let starts: [Int]
    public let frameCount: Int

    public init(cuts: [Int], frameCount: Int) {
        starts = [0] + cuts
        self.frameCount = frameCount
    }

    public var count: Int { starts.count }

    /// The scene that a frame belongs to.
    public func scene(of frame: Int) -> Int {
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= frame { low = middle } else { high = middle }
        }
        return low
    }

    /// Whether a cut lies before that frame.
    public func startsScene(_ frame: Int) -> Bool { frame > 0 && starts[scene(of: frame)] == frame }

    public func frames(of scene: Int) -> Range<Int> {
        starts[scene]..<(scene + 1 < starts.count ? starts[scene + 1] : frameCount)
    }

    /// Decodes the clip once and finds its cuts.
    /// - Throws: `MediaError`, or the reason of the cancellation.
    public static func find(
        in path: FilePath, selection: Selection, cancellation: Cancellation, progress: ProgressHandler
    ) throws -> Scenes {
        let reader = try VideoReader(path, selection: selection)
        let total = reader.information.estimatedFrameCount(of: selection)
        let frame = reader.makeFrame()
        var detector = SceneDetector()
        while try reader.next(into: frame) {
            try cancellation.check()
            detector.add(Thumbnail(frame))
            progress(Progress(.scenes, done: reader.frameCount, total: total))
        }
        detector.finish()
        return Scenes(cuts: detector.cuts, frameCount: reader.frameCount)
    }

    /// The statistics of some of the scenes, each from up to eight of its frames, by decoding the clip once more.
    func statistics(
        of wanted: Range<Int>, in path: FilePath, selection: Selection, painter: Painter, cancellation: Cancellation,
        progress: ProgressHandler
    ) throws -> [SceneStatistics] {
        let samples = wanted.flatMap { scene in
            let frames = frames(of: scene)
            return SceneStatistics.sampledFrames(of: frames.count).map { (scene, frames.lowerBound + $0) }
        }
        // A scene's are averaged as soon as they are complete: of a long film, all would be tens of megabytes.
        var averages: [SceneStatistics] = []
        var taken: [SceneStatistics] = []
        var next = 0
        let clip = WorkingClip(
            try VideoReader(path, selection: selection), settings: painter.settings, team: painter.team)
        let frame = clip.makeFrame()
        while next < samples.count, try clip.next(into: frame, wanted: { $0 == samples[next].1 }) {
            try cancellation.check()
            guard frame.number == samples[next].1 else { continue }
            taken.append(painter.stylizer.statistics(of: frame))
            let scene = samples[next].0
            next += 1
            if next == samples.count || samples[next].0 != scene {
                averages.append(SceneStatistics.average(taken))
                taken = []
            }
            progress(Progress(.statistics, done: next, total: samples.count))
        }
        guard next == samples.count else { throw Scenes.changed(path) }
        return averages
    }

    /// A clip that gives other frames each time it is read: it is being written to, or its disk is failing.
    static func changed(_ path: FilePath) -> MediaError {
        MediaError(
            .damaged, operation: "read", file: path.string,
            text: "it gave fewer frames when it was read again; it is changing, or its disk is failing")
    }
}
