import Foundation
import Imaging
import Machine
import Media
import SystemPackage
import TestSupport
import Testing

@testable import StyleVideo

/// A clip's transparency on its way into an output that holds it.
@Suite struct TransparencyTests {
    private static let team = ThreadTeam(threads: 2)

    /// 18 frames of moving colours, whose soft edge moves too.
    private static func clip(_ place: Scratch) async throws -> FilePath {
        try await place.make(
            "in.mkv",
            ["-f", "lavfi", "-i", "testsrc2=size=70x50:rate=10,format=gbrap"]
                + ["-vf", "geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='clip(8*(X-10-N),0,255)'"]
                + ["-frames:v", "18", "-c:v", "ffv1", "-pix_fmt", "bgra"])
    }

    private static func opacities(_ path: FilePath) throws -> [[UInt8]] {
        let reader = try VideoReader(path, content: .opacity)
        let frame = reader.makeFrame()
        var all: [[UInt8]] = []
        while try reader.next(into: frame) { all.append(frame.pixels) }
        return all
    }

    private static func job(_ place: Scratch, _ output: String, _ pixels: EncodedPixels, codec: VideoCodec)
        async throws -> VideoJob
    {
        var job = try await place.job(try await clip(place))
        job.output = place(output)
        let container = try #require(OutputFormat.named(job.output)).container
        job.encoder = try EncoderSettings(container: container, codec: codec, pixelFormat: pixels)
        return job
    }

    /// The painting has its source's opacity, whatever the effects and however it is cut into chunks; stopped and gone
    /// on with, or by shards, it has the same bytes.
    @Test(arguments: [
        ("out.mkv", EncodedPixels.yuva444p, VideoCodec.ffv1), ("out.mkv", .yuva444p10le, .ffv1),
        ("out.webm", .yuva420p, .vp9), ("out.mov", .yuva444p10le, .prores),
    ])
    func paintingsKeepIt(output: String, pixels: EncodedPixels, codec: VideoCodec) async throws {
        let place = try Scratch()
        var job = try await Self.job(place, output, pixels, codec: codec)
        (job.chunkLength, job.measure) = (4, false)
        let notices = try job.run(Run(threads: 2)).notices
        #expect(!notices.contains { $0.contains("black") }, "\(notices)")
        let film = try place.bytes(output)
        let (found, wanted) = (try Self.opacities(job.output), try Self.opacities(job.input))
        try #require(found.count == 18 && wanted.count == 18)
        for (own, source) in zip(found, wanted) {
            let worst = zip(own, source).map { abs(Int($0) - Int($1)) }.max()!
            #expect(worst <= (codec == .vp9 ? 24 : 0), "\(worst)")
        }
        #expect(Set(found).count == 18)
        // In another way.
        job.overwrite = true
        try FileManager.default.removeItem(atPath: job.output.string)
        #expect(job.stop(after: 9) != nil)
        #expect(WorkFolder(for: job.output).recordCount > 0)
        _ = try job.run(Run(threads: 1))
        #expect(try place.bytes(output) == film)
        try FileManager.default.removeItem(atPath: job.output.string)
        let shared = place("job")
        _ = try PlanJob(job, folder: shared).run(Run(threads: 2))
        for number in [2, 1] { _ = try ShardJob(folder: shared, number: number, of: 2).run(Run(threads: 2)) }
        _ = try JoinJob(folder: shared).run(Run(threads: 2))
        #expect(try place.bytes(output) == film)
    }

    /// Without a painting the colours that are seen are the source's own.
    @Test func coloursStayStraight() async throws {
        let place = try Scratch()
        var job = try await Self.job(place, "out.mkv", .yuva444p, codec: .ffv1)
        (job.settings.isUnpainted, job.settings.steady, job.measure) = (true, .off, false)
        let notices = try job.run(Run(threads: 2)).notices
        #expect(!notices.contains { $0.contains("black") }, "\(notices)")
        let (source, film) = (try VideoReader(job.input), try VideoReader(job.output))
        let (from, to) = (source.makeFrame(), film.makeFrame())
        let (fromOpacity, toOpacity) = (source.makeFrame(), film.makeFrame())
        while try source.advance() != nil {
            #expect(try film.advance() != nil)
            try source.picture(into: from, opacity: fromOpacity)
            try film.picture(into: to, opacity: toOpacity)
            #expect(fromOpacity.pixels == toOpacity.pixels)
            // Once to YCbCr and back.
            #expect(zip(from.pixels, to.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 3 })
        }
    }

    /// ProRes 4444 keeps it by itself, if there is any; nothing else does.
    @Test func fullProResKeepsItByItself() async throws {
        let place = try Scratch()
        var job = try await Self.job(place, "out.mov", .yuv444p10le, codec: .prores)
        (job.settings.isUnpainted, job.settings.steady, job.measure) = (true, .off, false)
        job.mayKeepOpacity = true
        var report = try job.run(Run(threads: 2))
        #expect(report.settings.pixelFormat == "yuva444p10le")
        #expect(try VideoReader(job.output).hasOpacity)
        (job.mayKeepOpacity, job.overwrite) = (false, true)
        report = try job.run(Run(threads: 2))
        #expect(try !VideoReader(job.output).hasOpacity)
        #expect(report.notices.contains { $0.contains("painted as black") && $0.contains("yuva444p10le") })
        (job.mayKeepOpacity, job.input) = (true, try await place.twoScenes())
        _ = try job.run(Run(threads: 2))
        #expect(try !VideoReader(job.output).hasOpacity)
    }

    /// Means count pixels by how opaque they are: a red that is keyed out of green stays as red at its edge.
    @Test(arguments: [PixelFormat.rgb24, .rgb48]) func reducedColoursAreThoseThatAreSeen(format: PixelFormat)
        async throws
    {
        let place = try Scratch()
        let path = try await place.make(
            "disc.mov",
            ["-f", "lavfi", "-i", "color=red:size=128x96:rate=10,format=rgba"]
                + [
                    "-vf",
                    "geq=r='if(lt(hypot(X-64,Y-48),30),200,0)':g='if(lt(hypot(X-64,Y-48),30),0,255)':b=0"
                        + ":a='if(lt(hypot(X-64,Y-48),30),255,0)'",
                ]
                + ["-frames:v", "2", "-c:v", "png"])
        var settings = Settings()
        settings.maximumSize = 50
        let clip = WorkingClip(
            try VideoReader(path), settings: settings, format: format, keepsOpacity: true, team: Self.team)
        let frame = clip.makeFrame()
        #expect(try clip.advance() != nil)
        try clip.picture(into: frame)
        let opacity = try #require(frame.opacity).frame
        #expect(frame.width == 50 && opacity.isLike(frame))
        let bytes = format.bytesPerComponent
        func level(_ pixels: [UInt8], _ component: Int) -> Int { Int(pixels[component * bytes + bytes - 1]) }
        let (colours, shares) = (frame.pixels, opacity.pixels)
        var (edges, discs) = (0, 0)
        for pixel in 0..<frame.width * frame.height {
            let share = level(shares, 3 * pixel)
            let colour = (0..<3).map { level(colours, 3 * pixel + $0) }
            if share == 0 && shares[3 * pixel * bytes] == 0 {
                #expect(colour == [0, 0, 0])
            } else if share > 8 {
                #expect(abs(colour[0] - 200) <= 4 && colour[1] <= 1 && colour[2] <= 1, "\(colour), \(share)")
                if share < 247 { edges += 1 } else { discs += 1 }
            }
        }
        #expect(edges > 20 && discs > 300)
    }
}
