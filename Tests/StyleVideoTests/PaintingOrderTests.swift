import Foundation
import Imaging
import Media
import Pipeline
import StyleKernel
@testable import StyleVideo
import SystemPackage
import TestSupport
import Testing

/// A painted frame depends on itself, the style and its scene's statistics, and on nothing that was painted before it.
@Suite struct PaintingOrderTests {
    /// Paints the frames of a clip in a given order with one painter, each by its scene's statistics.
    private func paint(_ job: VideoJob, _ scenes: Scenes, order: [Int]) throws -> [Int: Frame] {
        let studio = try Studio(job.settings, job.hand, Run(threads: 2))
        let stylizer = studio.network.stylizer
        let frames = try frames(of: job.input)
        let statistics = (0..<scenes.count).map { scene in
            let range = scenes.frames(of: scene)
            return SceneStatistics.average(
                SceneStatistics.sampledFrames(of: range.count).map {
                    stylizer.statistics(of: frames[range.lowerBound + $0])
                })
        }
        var paintings: [Int: Frame] = [:]
        for number in order {
            let painted = Frame(width: frames[number].width, height: frames[number].height)
            stylizer.paint(
                frames[number], style: StyleMix(studio.styles.tokens(of: studio.pictures[0])),
                statistics: statistics[scenes.scene(of: number)], into: painted)
            paintings[number] = painted
        }
        return paintings
    }

    private func frames(of path: FilePath) throws -> [Frame] {
        let reader = try VideoReader(path)
        var frames: [Frame] = []
        while true {
            let frame = reader.makeFrame()
            guard try reader.next(into: frame) else { return frames }
            frames.append(frame)
        }
    }

    @Test func aFramePaintedAloneIsTheSameInSequence() async throws {
        let place = try Scratch()
        var job = try await place.job(place.twoScenes())
        job.audio = .none
        job.settings.steady = .off
        let report = try job.run(Run(threads: 2))
        #expect(report.sceneStarts == [0, 9] && report.frames == 18)

        let scenes = try FirstPass(input: job.input, selection: .all, run: Run()).look().scenes
        let forwards = try paint(job, scenes, order: Array(0..<18))
        let backwards = try paint(job, scenes, order: (0..<18).reversed())
        let alone = try paint(job, scenes, order: [13])
        #expect((0..<18).allSatisfy { forwards[$0]!.pixels == backwards[$0]!.pixels })
        #expect(alone[13]!.pixels == forwards[13]!.pixels)
        #expect(Set(forwards.values.map(\.pixels)).count > 9, "the paintings are alike")

        // The run's own frames: written by the same writer, these make the same file.
        let reader = try VideoReader(job.input)
        let writer = try VideoWriter(place("again.mp4"), like: reader.information, settings: job.encoder)
        for number in 0..<18 { try writer.write(backwards[number]!) }
        try writer.finish()
        #expect(try bytes(place("again.mp4")) == bytes(job.output))

        // And a preview paints the frame as it is in the whole clip.
        var preview = PreviewJob(
            input: job.input, hand: job.hand, output: place("still.png"), moment: 1.3, settings: job.settings)
        preview.overwrite = false
        #expect(try preview.run(Run(threads: 2)).frame == 13)
        let still = try PictureFile.read(place("still.png"))
        #expect(still.width == 140 && still.height == 50)
        let (rows, painted) = (still.pixels, forwards[13]!.pixels)
        #expect(
            (0..<50).allSatisfy {
                Array(rows[$0 * 420 + 210..<$0 * 420 + 420]) == Array(painted[$0 * 210..<$0 * 210 + 210])
            })
    }

    /// However far its frame's neighbours reach, and in the midst of a scene that is held in several stretches.
    @Test(arguments: Steadiness.allCases) func aPreviewIsTheWholesFrame(steady: Steadiness) async throws {
        let place = try Scratch()
        let input = try await place.make(
            "noisy.mp4",
            ["-f", "lavfi", "-i", "color=gray:size=64x48:rate=25,drawbox=8:8:20:20:red,noise=alls=12:allf=t"]
                + ["-f", "lavfi", "-i", "testsrc2=size=16x16:rate=25", "-filter_complex", "overlay=x=n/10:y=20"]
                + ["-frames:v", "430", "-c:v", "libx264", "-g", "60", "-pix_fmt", "yuv420p"])
        var job = try await place.job(input)
        (job.audio, job.measure, job.settings.steady) = (.none, false, steady)
        let report = try job.run(Run(threads: 2))
        #expect(report.scenes == 1 && (steady == .off) == (report.held == nil))
        for number in [300, 429] {
            let preview = PreviewJob(
                input: input, hand: job.hand, output: place("still\(number).png"), moment: Double(number) / 25,
                settings: job.settings)
            #expect(try preview.run(Run(threads: 1)).frame == number)
            let still = try PictureFile.read(place("still\(number).png"))
            let painted = still.pixels.indices.filter { $0 % 384 >= 192 }.map { still.pixels[$0] }
            let reader = try VideoReader(job.output)
            let frame = reader.makeFrame()
            for _ in 0...number { _ = try reader.next(into: frame) }
            // Lossless but for the way to Y'CbCr and back.
            #expect(zip(frame.pixels, painted).allSatisfy { abs(Int($0) - Int($1)) <= 3 }, "frame \(number)")
        }
    }

    /// The last frame, behind several key frames: it is the whole's, and nothing is said of a file that is whole.
    @Test func aPreviewOfTheLastFrameSaysNothing() async throws {
        let place = try Scratch()
        let input = try await place.make(
            "long.mp4",
            ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25", "-frames:v", "90", "-c:v", "libx264", "-g", "15"]
                + ["-pix_fmt", "yuv420p"])
        let preview = PreviewJob(
            input: input, style: try await place.style(), output: place("still.png"), moment: 89.0 / 25)
        let report = try preview.run(Run(threads: 2))
        #expect(report.frame == 89 && report.notices == [])
    }

    @Test func statisticsOfAnotherSceneWouldShow() async throws {
        let place = try Scratch()
        let job = try await place.job(place.twoScenes())
        let whole = try paint(job, Scenes(cuts: [], frameCount: 18), order: [13])
        let own = try paint(job, Scenes(cuts: [9], frameCount: 18), order: [13])
        #expect(whole[13]!.pixels != own[13]!.pixels)
    }

    @Test func aSelectionIsItsOwnClip() async throws {
        let place = try Scratch()
        var job = try await place.job(place.twoScenes())
        (job.selection, job.measure) = (Selection(start: 0.5, end: 1.4), false)
        let report = try job.run(Run(threads: 2))
        #expect(report.frames == 9 && report.sceneStarts == [0, 4] && report.temporalLPIPS == nil)
    }

    private func bytes(_ path: FilePath) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path.string)) }
}
