import Machine
import Media
import Scenes
import StyleKernel
import SystemPackage

/// What is known of a clip only after it has been looked through: its cuts, and the statistics of each scene.
struct FirstPass {
    let input: FilePath
    let selection: Selection
    let run: Run

    /// Goes through the clip once and finds its cuts.
    /// - Throws: `MediaError`, or the reason of the cancellation.
    func scenes() throws -> Scenes {
        let reader = try VideoReader(input, selection: selection)
        let total = reader.information.estimatedFrameCount(of: selection)
        var detector = SceneDetector()
        var means = [Float](repeating: 0, count: 3 * Thumbnail.width * Thumbnail.height)
        while try reader.advance() != nil {
            try run.cancellation.check()
            try reader.means(columns: Thumbnail.width, rows: Thumbnail.height, into: &means)
            detector.add(Thumbnail(pixels: means))
            run.progress(Progress(.scenes, done: reader.frameCount, total: total))
        }
        detector.finish()
        return Scenes(cuts: detector.cuts, frameCount: reader.frameCount)
    }

    /// Scenes with their statistics, each from up to eight of its frames, by going through the clip once more.
    func scored(_ scenes: [Range<Int>], _ network: Network, _ settings: Settings) throws -> [Score.Scene] {
        let clip = WorkingClip(try VideoReader(input, selection: selection), settings: settings, team: network.team)
        let frame = clip.makeFrame()
        let total = scenes.reduce(0) { $0 + SceneStatistics.sampledFrames(of: $1.count).count }
        var done = 0
        // A scene's are averaged as soon as they are complete: of a long film, all would be tens of megabytes.
        return try scenes.map { frames in
            let taken = try SceneStatistics.sampledFrames(of: frames.count).map { sample in
                try clip.read(frames.lowerBound + sample, into: frame, run.cancellation)
                defer {
                    done += 1
                    run.progress(Progress(.statistics, done: done, total: total))
                }
                return network.stylizer.statistics(of: frame)
            }
            return Score.Scene(frames: frames, statistics: SceneStatistics.average(taken))
        }
    }
}

extension MediaError {
    /// A clip that gives other frames each time it is read: it is being written to, or its disk is failing.
    static func changed(_ path: FilePath) -> MediaError {
        MediaError(
            .damaged, operation: "read", file: path.string,
            text: "it gave fewer frames when it was read again; it is changing, or its disk is failing")
    }
}
