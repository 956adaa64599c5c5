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
    var run: Run
    /// Whether the first damage is an error.
    var isStrict = false
    var toneMapping = ToneMapping.hable
    /// The decoder's.
    var threads = VideoReader.passThreads

    /// The cuts, and the reader that has seen them: it has noted where frames lie, and finds them again.
    struct Seen {
        let scenes: Scenes
        let shots: [Shot]
        let reader: VideoReader
        var index: FrameIndex? { reader.index }
    }

    /// Goes through the clip once, without converting a picture, and finds its cuts.
    /// - Throws: `MediaError`, or the reason of the cancellation.
    func look() throws -> Seen {
        let reader = try reader(by: FrameIndex())
        let total = reader.information.estimatedFrameCount(of: selection)
        var (detector, softly) = (SceneDetector(), SoftCutDetector())
        while try reader.advance() != nil {
            try run.cancellation.check()
            let thumbnail = try Thumbnail(reader)
            detector.add(thumbnail)
            softly.add(Glimpse(thumbnail))
            run.progress(Progress(.scenes, done: reader.frameCount, total: total))
        }
        detector.finish()
        softly.finish()
        let scenes = Scenes(cuts: detector.cuts, frameCount: reader.frameCount)
        let shots = (0..<scenes.count).map { Shot(frames: scenes.frames(of: $0), softly) }
        return Seen(scenes: scenes, shots: shots, reader: reader)
    }

    /// Looks; and where anything is damaged once more, by one thread, which sees the same each time. The pass then goes
    /// on so.
    mutating func lookTwice() throws -> Seen {
        do {
            let seen = try look()
            guard !seen.reader.damage.isNone || seen.reader.mayHideDamage else { return seen }
        } catch let error as MediaError where isStrict && error.kind == .damaged {
            // By several threads the first damage that is met is not always the same.
        }
        threads = 1
        return try look()
    }

    /// A reader that finds frames by what has been noted of them.
    func reader(by index: FrameIndex?) throws -> VideoReader {
        let reader = try VideoReader(input, selection: selection, threads: threads, mapping: toneMapping)
        (reader.index, reader.check, reader.isStrict) = (index, run.cancellation.check, isStrict)
        return reader
    }

    /// Scenes with their statistics, from up to eight frames of each stretch, and with the noise between those and
    /// their neighbours: only those are converted, and where key frames lie between them, little more is decoded. The
    /// next frame is looked for while the network encodes one.
    func scored(
        _ shots: [Shot], of clip: WorkingClip, by taker: FigureTaker, steady: Steadiness
    ) throws -> [Score.Scene] {
        let samples = shots.map { $0.stretches.map { Sampling($0, withNeighbours: steady.holds) } }
        let total = samples.joined().reduce(0) { $0 + $1.frames.count }
        let reading = ReadAhead(
            Samples(samples.joined().flatMap(\.all), of: clip), size: clip.size, format: clip.format,
            cancellation: run.cancellation)
        defer { reading.end() }
        var done = 0
        // A stretch's are averaged as soon as they are complete: of a long film, all would be tens of megabytes.
        return try zip(shots, samples).map { shot, samplings in
            var noise = steady.holds ? NoiseMeter(width: clip.width, height: clip.height, team: taker.team) : nil
            let figures = try samplings.map { sampling in
                var last: Lease?
                var taken: [Score.Figures] = []
                for number in sampling.all {
                    try run.cancellation.check()
                    guard let lease = try reading.next() else { throw MediaError.changed(input) }
                    precondition(lease.frame.number == number)
                    if let last, last.frame.number == number - 1 { noise?.add(last.frame, lease.frame) }
                    last = lease
                    guard sampling.frames.contains(number) else { continue }
                    taken.append(taker.figures(of: lease.frame))
                    done += 1
                    run.progress(Progress(.statistics, done: done, total: total))
                }
                return Score.Figures.average(taken)
            }
            return Score.Scene(shot, figures, noise: noise?.noise)
        }
    }
}

extension FirstPass {
    init(_ job: VideoJob, _ run: Run) {
        self.init(
            input: job.input, selection: job.selection, run: run, isStrict: job.isStrict,
            toneMapping: job.settings.toneMapping)
    }
}

/// The frames between two cuts, and the dissolves among them.
struct Shot {
    let frames: Range<Int>
    let softCuts: [Range<Int>]

    init(frames: Range<Int>, _ detector: SoftCutDetector) {
        (self.frames, softCuts) = (frames, detector.softCuts(in: frames))
    }

    /// What lies before, between and behind the dissolves.
    var stretches: [Range<Int>] {
        let edges = [frames.lowerBound] + softCuts.flatMap { [$0.lowerBound, $0.upperBound] } + [frames.upperBound]
        return stride(from: 0, to: edges.count, by: 2).map { edges[$0]..<edges[$0 + 1] }
    }
}

extension Score.Scene {
    /// - Parameter figures: of each stretch of the shot.
    fileprivate init(_ shot: Shot, _ figures: [Score.Figures], noise: SourceNoise?) {
        (frames, self.figures, self.noise) = (shot.frames, figures[0], noise)
        let ramps = zip(shot.softCuts, figures.dropFirst()).map { Ramp(frames: $0, figures: $1) }
        self.ramps = ramps.isEmpty ? nil : ramps
    }
}

/// The frames of a stretch that are looked at.
private struct Sampling {
    /// From which statistics are taken.
    let frames: Set<Int>
    /// Those, and the next of each, or the one before where the stretch ends, in order.
    let all: [Int]

    init(_ stretch: Range<Int>, withNeighbours: Bool) {
        frames = Set(SceneStatistics.sampledFrames(of: stretch.count).map { stretch.lowerBound + $0 })
        let neighbours = frames.map { $0 + 1 < stretch.upperBound ? $0 + 1 : $0 - 1 }.filter(stretch.contains)
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
