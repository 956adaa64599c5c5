import Foundation
import Imaging
import Media
import Pipeline
import StyleKernel
import SystemPackage
import TestSupport
import Testing

@testable import StyleVideo

@Suite struct HandTests {
    @Test func weightsThatWereRoundedSumToOne() throws {
        var hand = Hand(["a.png", "b.png", "c.png"])
        hand.mix = [0.33, 0.33, 0.33]
        try hand.check()
        #expect(abs(hand.weights.reduce(0, +) - 1) < 1e-12)
    }

    @Test(arguments: [
        ([0.5, 0.5], "there are 2 weights for 3 styles"), ([0.5, 0.5, 0.5], "the weights sum to 1.5, and not to 1"),
        ([1.5, -0.5, 0], "a weight is from 0 to 1, and not 1.5"),
        ([.nan, 0.5, 0.5], "a weight is from 0 to 1, and not nan"),
    ]) func isRefused(_ mix: [Double], _ sentence: String) {
        var hand = Hand(["a.png", "b.png", "c.png"])
        hand.mix = mix
        let error = #expect(throws: HandError.self) { try hand.check() }
        #expect(error?.description == sentence)
    }

    /// By times, and not by numbers: the third frame is shown for a second.
    @Test func cuesFollowTheClock() {
        let styles = [Score.Style(digest: "a", size: 64), Score.Style(digest: "b", size: 64)]
        let times = FrameTimes(ticks: [100, 110, 120, 220, 230, 240], timeBase: Rational(1, 100), start: 1)
        var hand = Hand(["a.png", "b.png"])
        hand.timeline = Timeline(marks: [
            .init(moment: 0.1, weights: [1, 0]), .init(moment: 1.3, weights: [0, 1], strength: 0.4),
            .init(moment: 1.4, weights: [0.5, 0.5], curve: .cut),
        ])
        let cues = Score.Cue.cues(of: hand, styles: styles, times)
        #expect(cues.map(\.frames) == [0..<1, 1..<4, 4..<5, 5..<6])
        func manner(_ frame: Int) -> Score.Manner {
            cues.first { $0.frames.contains(frame) }!.manner(at: times.ticks[frame])
        }
        let expected: [(Double, Double)] = [(0, 1), (0, 1), (1.0 / 12, 0.95), (11.0 / 12, 0.45), (1, 0.4), (0.5, 0.4)]
        for (frame, (weight, strength)) in expected.enumerated() {
            #expect(abs(manner(frame).styles[1].weight - weight) < 1e-12, "frame \(frame)")
            #expect(abs(manner(frame).strength - strength) < 1e-12, "frame \(frame)")
            #expect(abs(manner(frame).styles.reduce(0) { $0 + $1.weight } - 1) < 1e-12)
        }
        #expect(hand.demand == Hand.Demand(styles: 2, strength: 0.4, brushes: [1], regions: 0))
        #expect(hand.notices(on: times).isEmpty)
        hand.timeline!.marks.append(.init(moment: 1.41, weights: [1, 0]))
        #expect(hand.notices(on: times) == ["the timeline's moment at 1.41 s lies behind the last frame, at 1.4 s"])
    }

    @Test func easeBeginsAndEndsSlowly() {
        #expect([0, 0.5, 1].map(Curve.ease.share) == [0, 0.5, 1])
        #expect(Curve.ease.share(0.1) < 0.05 && Curve.ease.share(0.9) > 0.95)
        #expect(Curve.linear.share(0.3) == 0.3)
    }

    private func other(_ place: Scratch) async throws -> FilePath {
        try await place.make("other.png", ["-f", "lavfi", "-i", "testsrc=size=96x80:rate=1", "-frames:v", "1"])
    }

    private func digest(_ job: VideoJob, threads: Int = 2) throws -> String? {
        var job = job
        job.destination = .digest
        return try job.run(Run(threads: threads)).digest
    }

    @Test func aMixOfOneIsTheStyleAndTwoAreBetween() async throws {
        let place = try Scratch()
        var job = try await place.job(place.twoScenes())
        job.audio = .none
        let (own, alone) = (job.hand.styles[0], try digest(job))
        job.hand.styles = [own, try await other(place)]
        job.hand.mix = [1, 0]
        #expect(try digest(job) == alone)
        job.hand.mix = [0.5, 0.5]
        let half = try digest(job)
        #expect(half != alone)
        job.hand.styles = [own, own]
        #expect(try digest(job) == alone)
        job.hand = Hand([own])
        job.hand.strength = 0.7
        #expect(try digest(job) != alone)
    }

    /// Painted by one thread, in chunks, after a stop and by shards, a job gives the bytes of the whole.
    /// - Returns: the report of what was joined.
    private func expectSameInPieces(_ job: VideoJob, _ place: Scratch) throws -> PaintReport {
        #expect(try digest(job, threads: 1) == digest(job))
        _ = try job.run(Run(threads: 2))
        let bytes = try place.bytes("out.mp4")
        try FileManager.default.removeItem(atPath: job.output.string)
        #expect(job.stop(after: 7) != nil)
        _ = try job.run(Run(threads: 1))
        #expect(try place.bytes("out.mp4") == bytes)
        try FileManager.default.removeItem(atPath: job.output.string)
        let folder = place("shared")
        _ = try PlanJob(job, folder: folder).run(Run(threads: 2))
        for number in [2, 1] { _ = try ShardJob(folder: folder, number: number, of: 2).run(Run(threads: 2)) }
        let report = try JoinJob(folder: folder).run(Run(threads: 2))
        #expect(try place.bytes("out.mp4") == bytes)
        return report
    }

    /// In chunks, interrupted and by shards, a timeline paints the bits of the whole.
    @Test func aTimelineIsTheSameInPieces() async throws {
        let place = try Scratch()
        var job = try await place.chunkedJob()
        job.hand.styles.append(try await other(place))
        job.hand.timeline = Timeline(marks: [
            .init(moment: 0.2, weights: [1, 0]),
            .init(moment: 1.1, weights: [0.25, 0.75], strength: 0.5, curve: .ease),
            .init(moment: 1.5, weights: [0, 1], strength: 1.2),
        ])
        job.measure = false
        #expect(try expectSameInPieces(job, place).styles?.count == 2)
    }

    @Test func anotherHandIsAnotherJob() async throws {
        let place = try Scratch()
        var job = try await place.chunkedJob()
        job.hand.styles.append(try await other(place))
        job.hand.mix = [0.5, 0.5]
        #expect(job.stop(after: 7) != nil)
        let marks = [Timeline.Mark(moment: 1, weights: [1, 0]), .init(moment: 1.5, weights: [0, 1])]
        let changes: [(inout Hand) -> Void] = [
            { $0.mix = [0.4, 0.6] }, { $0.strength = 0.5 }, { $0.timeline = Timeline(marks: marks) },
        ]
        for change in changes {
            var other = job
            change(&other.hand)
            let error = #expect(throws: JobError.self) { try other.run(Run(threads: 2)) }
            #expect("\(error!)".contains("the mix of styles, their strength, brush or times"), "\(error!)")
        }
        var other = job
        (other.hand.mix, other.hand.isCollage) = (nil, true)
        let error = #expect(throws: JobError.self) { try other.run(Run(threads: 2)) }
        #expect("\(error!)".contains("--collage"), "\(error!)")
    }

    private func mask(_ place: Scratch, _ name: String, _ filter: String) async throws -> FilePath {
        try await place.make(name, ["-f", "lavfi", "-i", "color=black:size=70x50:rate=10,\(filter)", "-frames:v", "1"])
    }

    private static let leftHalf = "drawbox=0:0:35:50:white:fill"

    /// On its side each is the bits of its own whole painting, where nothing steadies them.
    @Test func regionsArePaintedByTheirOwnStyles() async throws {
        let place = try Scratch()
        var job = try await place.job(place.twoScenes())
        (job.audio, job.settings.steady, job.measure) = (.none, .off, false)
        let (own, other) = (job.hand.styles[0], try await other(place))
        let film = try await frames(of: job, place)
        job.hand.regions = [.init(mask: try await mask(place, "left.png", Self.leftHalf), style: other)]
        let masked = try await frames(of: job, place)
        job.hand = Hand([other])
        let second = try await frames(of: job, place)
        #expect(film != second)
        for (number, frame) in masked.enumerated() {
            for y in 0..<50 {
                let row = 210 * y
                #expect(frame[row..<row + 105] == second[number][row..<row + 105], "frame \(number), row \(y)")
                #expect(
                    frame[row + 105..<row + 210] == film[number][row + 105..<row + 210], "frame \(number), row \(y)")
            }
        }
        // What is left over is the source.
        job.hand = Hand([])
        (job.hand.regions, job.hand.leavesBackground) = ([.init(mask: place("left.png"), style: own)], true)
        let left = try await frames(of: job, place)
        job.settings.isUnpainted = true
        let source = try await frames(of: job, place)
        for number in source.indices {
            #expect(
                (0..<50).allSatisfy {
                    left[number][210 * $0..<210 * $0 + 105] == film[number][210 * $0..<210 * $0 + 105]
                })
            #expect(
                (0..<50).allSatisfy {
                    left[number][210 * $0 + 105..<210 * $0 + 210] == source[number][210 * $0 + 105..<210 * $0 + 210]
                })
        }
    }

    /// However the clip is steadied, and however noisy it is: what a mask that moves has left, or is to reach, is the
    /// source as it was read.
    @Test(arguments: [Steadiness.hold, .full]) func aBackgroundIsTheSourcesOwn(_ steady: Steadiness) async throws {
        let place = try Scratch()
        let clip = try await place.make(
            "noisy.mkv",
            [
                "-f", "lavfi", "-i", "testsrc2=size=70x50:rate=10:duration=1", "-vf", "noise=alls=12:allf=t",
                "-c:v", "ffv1",
            ])
        var job = try await place.job(clip)
        (job.audio, job.settings.steady, job.measure) = (.none, steady, false)
        let style = job.hand.styles[0]
        let moving = try await place.make(
            "moving.mkv",
            [
                "-f", "lavfi", "-i", "color=black:size=70x50:rate=10:duration=1", "-vf",
                "format=gray,geq=lum='255*between(X,4*N,4*N+19)'", "-c:v", "ffv1",
            ])
        job.hand = Hand([])
        (job.hand.regions, job.hand.leavesBackground) = ([.init(mask: moving, style: style)], true)
        let film = try await frames(of: job, place)
        job.settings.isUnpainted = true
        let source = try await frames(of: job, place)
        for number in source.indices {
            func isSource(_ components: Range<Int>) -> [Bool] {
                (0..<50).map { y in
                    let row = 210 * y + components.lowerBound..<210 * y + components.upperBound
                    return film[number][row] == source[number][row]
                }
            }
            let (left, right) = (12 * number, 12 * number + 60)
            #expect(!isSource(0..<left).contains(false) && !isSource(right..<210).contains(false), "frame \(number)")
            #expect(!isSource(left..<right).contains(true), "frame \(number)")
        }
    }

    private final class Kept: FrameSink {
        private(set) var frames: [[UInt8]] = []
        func write(_ frame: Frame) { frames.append(frame.pixels) }
        func finish() {}
    }

    /// A job's paintings before they are encoded.
    private func frames(of job: VideoJob, _ place: Scratch) async throws -> [[UInt8]] {
        let sink = Kept()
        let workshop = try Workshop(job, Run(threads: 2))
        _ = try job.whole(workshop, workshop.lookThrough(), into: sink)
        return sink.frames
    }

    /// A mask that is a clip, brushes and colours: in chunks, by shards and after a stop the bits are the same.
    @Test(arguments: [Hand.Colours.source, .palette]) func allOfItIsTheSameInPieces(_ colours: Hand.Colours)
        async throws
    {
        let place = try Scratch()
        var job = try await place.chunkedJob()
        let other = try await other(place)
        job.hand.colours = colours
        if colours == .source {
            let moving = try await place.make(
                "mask.mkv",
                [
                    "-f", "lavfi", "-i", "testsrc=size=140x100:rate=5:duration=2.2", "-vf", "negate,format=gray",
                    "-c:v", "ffv1",
                ])
            job.hand.regions = [.init(mask: moving, style: other)]
        } else {
            job.hand.styles.append(other)
            job.hand.mix = [0.4, 0.6]
        }
        job.hand.timeline = Timeline(marks: [
            .init(moment: 0.2, brush: 1, region: colours == .source ? 1 : nil),
            .init(moment: 0.9, strength: 0.5, brush: 2, region: colours == .source ? 0.5 : nil),
            .init(moment: 1.3, brush: 0.5),
        ])
        job.measure = false
        var plain = job
        plain.hand.colours = .style
        #expect(try digest(plain) != digest(job))
        _ = try expectSameInPieces(job, place)
    }

    /// A mask need not last longer than the stretch that is painted.
    @Test func aMaskMayEndWithTheStretch() async throws {
        let place = try Scratch()
        var job = try await place.job(place.twoScenes())
        (job.audio, job.measure) = (.none, false)
        let moving = try await place.make(
            "mask.mkv", ["-f", "lavfi", "-i", "testsrc=size=70x50:rate=10:duration=1", "-c:v", "ffv1"])
        job.hand.regions = [.init(mask: moving, style: try await other(place))]
        let error = #expect(throws: JobError.self) { try digest(job) }
        #expect("\(error!)".contains("ends at 1.0 s"), "\(error!)")
        job.selection.frames = 10
        #expect(try digest(job) != nil)
    }

    /// What is painted behind a cut of the timeline does not depend on what was before, though neighbours steady it.
    @Test func aCutIsSharp() async throws {
        let place = try Scratch()
        var job = try await place.job(place.twoScenes())
        (job.audio, job.measure) = (.none, false)
        let (own, other) = (job.hand.styles[0], try await other(place))
        func film(_ first: FilePath, _ curve: Curve) async throws -> [[UInt8]] {
            job.hand = Hand([first, own])
            job.hand.timeline = Timeline(marks: [
                .init(moment: 0.2, weights: [1, 0]), .init(moment: 0.4, weights: [0, 1], curve: curve),
            ])
            return try await frames(of: job, place)
        }
        let (a, b) = (try await film(other, .cut), try await film(own, .cut))
        #expect(a[4...] == b[4...] && (0..<4).allSatisfy { a[$0] != b[$0] })
        let (c, d) = (try await film(other, .linear), try await film(own, .linear))
        #expect(c[4] != d[4], "nothing is steadied, and this test sees nothing")
    }

    /// The clip's own opacity is a mask.
    @Test func whereTheClipIsOpaqueIsARegion() async throws {
        let place = try Scratch()
        let clip = try await place.make(
            "in.mkv",
            ["-f", "lavfi", "-i", "testsrc2=size=70x50:rate=10:duration=0.5", "-f", "lavfi", "-i"]
                + ["color=black:size=70x50:rate=10:duration=0.5,\(Self.leftHalf),format=gray", "-filter_complex"]
                + ["[0:v]format=gbrp[a];[a][1:v]alphamerge,format=gbrap", "-c:v", "ffv1"])
        var job = try await place.job(clip)
        (job.audio, job.settings.steady, job.measure) = (.none, .off, false)
        let style = job.hand.styles[0]
        job.hand = Hand([])
        (job.hand.regions, job.hand.leavesBackground) = ([.init(mask: nil, style: style)], true)
        let painted = try await frames(of: job, place)
        job.settings.isUnpainted = true
        let source = try await frames(of: job, place)
        #expect(painted.count == 5)
        for number in source.indices {
            let rows = (0..<50).map { 210 * $0 }
            #expect(rows.allSatisfy { painted[number][$0 + 105..<$0 + 210] == source[number][$0 + 105..<$0 + 210] })
            #expect(painted[number] != source[number])
        }
        var opaque = try await place.job(place.twoScenes())
        opaque.hand.regions = [.init(mask: nil, style: style)]
        let error = #expect(throws: MediaError.self) { try opaque.run(Run(threads: 2)) }
        #expect("\(error!)".contains("no transparency"), "\(error!)")
    }

    /// A preview has the bits that the frame has in the film.
    @Test func aPreviewIsAFrameOfTheTimeline() async throws {
        let place = try Scratch()
        var job = try await place.job(place.twoScenes())
        (job.audio, job.settings.steady) = (.none, .off)
        job.hand.styles.append(try await other(place))
        job.hand.timeline = Timeline(marks: [
            .init(moment: 0.2, weights: [1, 0]), .init(moment: 1.1, weights: [0, 1], strength: 0.5),
        ])
        _ = try job.run(Run(threads: 2))
        let film = try VideoReader(job.output)
        let frame = film.makeFrame(.rgb24)
        for _ in 0...6 { _ = try film.advance() }
        try film.picture(into: frame)
        let preview = PreviewJob(
            input: job.input, hand: job.hand, output: place("still.png"), moment: 0.65, settings: job.settings)
        let report = try preview.run(Run(threads: 2))
        #expect(report.frame == 6)
        let both = try PictureFile.read(preview.output)
        let (own, shown, length) = (frame.pixels, both.pixels, 3 * frame.width)
        var difference = 0
        for y in 0..<frame.height {
            for x in 0..<length {
                let (a, b) = (own[y * length + x], shown[(2 * y + 1) * length + x])
                difference = max(difference, abs(Int(a) - Int(b)))
            }
        }
        // The film was encoded in 4:4:4 without loss: what is left is the colours' rounding.
        #expect(difference <= 3, "\(difference)")
    }
}
