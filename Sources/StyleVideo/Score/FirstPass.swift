import Imaging
import Machine
import Media
import Pipeline
import Scenes
import Stillness
import StyleKernel
import SystemPackage

/// What is known of a clip only after it has been looked through: its cuts, and the statistics of each scene.
struct FirstPass {
    let input: FilePath
    let selection: Selection
    let run: Run
    /// Whether the first damage is an error.
    var isStrict = false
    /// The decoder's.
    var threads = VideoReader.passThreads

    /// The cuts, and the reader that has seen them: it has noted where frames lie, and finds them again.
    struct Seen {
        let scenes: Scenes
        let reader: VideoReader
        var index: FrameIndex? { reader.index }
    }

    /// Goes through the clip once, without converting a picture, and finds its cuts.
    /// - Throws: `MediaError`, or the reason of the cancellation.
    func look() throws -> Seen {
        let reader = try reader(by: FrameIndex())
        let total = reader.information.estimatedFrameCount(of: selection)
        var detector = SceneDetector()
        while try reader.advance() != nil {
            try run.cancellation.check()
            detector.add(try Thumbnail(reader))
            run.progress(Progress(.scenes, done: reader.frameCount, total: total))
        }
        detector.finish()
        return Seen(scenes: Scenes(cuts: detector.cuts, frameCount: reader.frameCount), reader: reader)
    }

    /// A reader that finds frames by what has been noted of them.
    func reader(by index: FrameIndex?) throws -> VideoReader {
        let reader = try VideoReader(input, selection: selection, threads: threads)
        (reader.index, reader.check, reader.isStrict) = (index, run.cancellation.check, isStrict)
        return reader
    }

    /// Scenes with their statistics, each from up to eight of its frames, and with the noise between those and their
    /// neighbours: only those are converted, and where key frames lie between them, little more is decoded. The next
    /// frame is looked for while the network encodes one.
    func scored(
        _ scenes: [Range<Int>], of clip: WorkingClip, by network: Network, steady: Steadiness
    ) throws -> [Score.Scene] {
        let samples = scenes.map { Sampling($0, withNeighbours: steady.holds) }
        let total = samples.reduce(0) { $0 + $1.frames.count }
        let reading = ReadAhead(
            Samples(samples.flatMap(\.all), of: clip), size: clip.size, cancellation: run.cancellation)
        defer { reading.end() }
        var done = 0
        // A scene's are averaged as soon as they are complete: of a long film, all would be tens of megabytes.
        return try zip(scenes, samples).map { frames, sampling in
            var noise = steady.holds ? NoiseMeter(width: clip.width, height: clip.height, team: network.team) : nil
            var last: Lease?
            var taken: [SceneStatistics] = []
            for number in sampling.all {
                try run.cancellation.check()
                guard let lease = try reading.next() else { throw MediaError.changed(input) }
                precondition(lease.frame.number == number)
                if let last, last.frame.number == number - 1 { noise?.add(last.frame, lease.frame) }
                last = lease
                guard sampling.frames.contains(number) else { continue }
                taken.append(network.stylizer.statistics(of: lease.frame))
                done += 1
                run.progress(Progress(.statistics, done: done, total: total))
            }
            return Score.Scene(frames: frames, statistics: SceneStatistics.average(taken), noise: noise?.noise)
        }
    }
}

/// The frames of a scene that are looked at.
private struct Sampling {
    /// From which statistics are taken.
    let frames: Set<Int>
    /// Those, and the next of each, or the one before where the scene ends, in order.
    let all: [Int]

    init(_ scene: Range<Int>, withNeighbours: Bool) {
        frames = Set(SceneStatistics.sampledFrames(of: scene.count).map { scene.lowerBound + $0 })
        let neighbours = frames.map { $0 + 1 < scene.upperBound ? $0 + 1 : $0 - 1 }.filter(scene.contains)
        all = frames.union(withNeighbours ? neighbours : []).sorted()
    }
}

/// Some of a clip's frames, by their numbers.
private final class Samples: FrameSource {
    private let clip: WorkingClip
    private var numbers: ArraySlice<Int>

    init(_ numbers: [Int], of clip: WorkingClip) { (self.numbers, self.clip) = (numbers[...], clip) }

    func advance() throws -> Place? { try numbers.popFirst().map(clip.go(to:)) }

    func picture(into frame: Frame) throws { try clip.picture(into: frame) }
}

extension Thumbnail {
    /// Of the frame that a reader stands on.
    init(_ reader: VideoReader) throws {
        var pixels: [Float] = []
        try reader.means(columns: Self.width, rows: Self.height, into: &pixels)
        self.init(pixels: pixels)
    }
}

extension VideoReader {
    /// The decoder's threads where decoding is all there is to do: the cores, as long as each has a frame to itself.
    /// What is decoded does not depend on it.
    static let passThreads = min(Cores.available(), 16)
}

extension MediaError {
    /// A clip that gives other frames each time it is read: it is being written to, or its disk is failing.
    static func changed(_ path: FilePath) -> MediaError {
        MediaError(
            .damaged, operation: "read", file: path.string,
            text: "it gave fewer frames when it was read again; it is changing, or its disk is failing")
    }
}
