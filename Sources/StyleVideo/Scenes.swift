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

    /// Where the frames lie, so that few of them are found again without decoding all; nil where it is not known.
    let index: FrameIndex?

    public init(cuts: [Int], frameCount: Int) { self.init(cuts: cuts, frameCount: frameCount, index: nil) }

    init(cuts: [Int], frameCount: Int, index: FrameIndex?) {
        (starts, self.frameCount, self.index) = ([0] + cuts, frameCount, index)
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
        let reader = try VideoReader(path, selection: selection, threads: VideoReader.passThreads)
        reader.index = FrameIndex()
        let total = reader.information.estimatedFrameCount(of: selection)
        var detector = SceneDetector()
        while try reader.advance() != nil {
            try cancellation.check()
            detector.add(try Thumbnail(reader))
            progress(Progress(.scenes, done: reader.frameCount, total: total))
        }
        detector.finish()
        return Scenes(cuts: detector.cuts, frameCount: reader.frameCount, index: reader.index)
    }

    /// A reader for `statistics`, which finds its frames by what the pass over the clip has noted.
    func reader(of path: FilePath, selection: Selection) throws -> VideoReader {
        let reader = try VideoReader(path, selection: selection, threads: VideoReader.passThreads)
        reader.index = index
        return reader
    }

    /// The statistics of some of the scenes, each from up to eight of its frames: only those are converted, and where
    /// key frames lie between them, little more is decoded.
    func statistics(
        of wanted: Range<Int>, from clip: WorkingClip, painter: Painter, cancellation: Cancellation,
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
        let frame = clip.makeFrame()
        while next < samples.count {
            try cancellation.check()
            try clip.reader.seek(toFrame: samples[next].1)
            guard try clip.next(into: frame), frame.number == samples[next].1 else { break }
            taken.append(painter.stylizer.statistics(of: frame))
            let scene = samples[next].0
            next += 1
            if next == samples.count || samples[next].0 != scene {
                averages.append(SceneStatistics.average(taken))
                taken = []
            }
            progress(Progress(.statistics, done: next, total: samples.count))
        }
        guard next == samples.count else { throw Scenes.changed(FilePath(clip.reader.information.file)) }
        return averages
    }

    /// A clip that gives other frames each time it is read: it is being written to, or its disk is failing.
    static func changed(_ path: FilePath) -> MediaError {
        MediaError(
            .damaged, operation: "read", file: path.string,
            text: "it gave fewer frames when it was read again; it is changing, or its disk is failing")
    }
}

extension Thumbnail {
    /// Of the frame that a reader stands on.
    init(_ reader: VideoReader) throws {
        var pixels: [Float] = []
        try reader.means(columns: Self.width, rows: Self.height, into: &pixels)
        self.init(pixels: pixels)
    }
}
