import Foundation
import Imaging
import Media
import SystemPackage
import TestSupport
import Testing

/// Colours come in by the source's matrix and range, and go out by the same, with the same tags.
@Suite struct ColourTests {
    /// 32 patches of 24 x 24 pixels: greys, primaries and their mixes, skin, sky.
    static let patches: [[UInt8]] = [
        [0, 0, 0], [32, 32, 32], [96, 96, 96], [128, 128, 128], [192, 192, 192], [255, 255, 255], [255, 0, 0],
        [0, 255, 0],
        [0, 0, 255], [255, 255, 0], [0, 255, 255], [255, 0, 255], [128, 0, 0], [0, 128, 0], [0, 0, 128], [128, 128, 0],
        [0, 128, 128], [128, 0, 128], [224, 172, 140], [140, 90, 60], [120, 180, 240], [40, 90, 50], [250, 240, 200],
        [10, 20, 60], [200, 30, 40], [60, 200, 120], [90, 60, 200], [240, 140, 20], [30, 160, 190], [180, 180, 60],
        [210, 120, 170], [70, 70, 90],
    ]
    static let side = 24

    /// The middles of the patches, away from the chroma of their neighbours.
    private func middles(_ shot: Shot) -> [UInt8] {
        ColourTests.patches.indices.flatMap { index in
            (8..<16).flatMap { y in
                (8..<16).flatMap { x in
                    shot.pixel(index % 8 * ColourTests.side + x, index / 8 * ColourTests.side + y)
                }
            }
        }
    }

    private var truth: [UInt8] { ColourTests.patches.flatMap { patch in (0..<64).flatMap { _ in patch } } }

    /// Ten frames of the patches, in the top left corner of a picture of some size, as ffmpeg converts and encodes
    /// them.
    private func clip(
        _ scratch: Scratch, size: (Int, Int) = (192, 96), matrix: String, range: String, format: String = "yuv420p",
        tags: String, codec: String = "-c:v libx264 -preset ultrafast -crf 2"
    ) async throws {
        let frame = Frame(width: size.0, height: size.1)
        frame.fill { x, y in
            let (column, row) = (x / ColourTests.side, y / ColourTests.side)
            return column < 8 && row < 4 ? ColourTests.patches[row * 8 + column] : [128, 128, 128]
        }
        try Data(frame.pixels).write(to: URL(fileURLWithPath: scratch("patches.rgb").string))
        try await scratch.ffmpeg(
            "-f rawvideo -pix_fmt rgb24 -s \(size.0)x\(size.1) -framerate 10 -stream_loop 4 -i patches.rgb -vf "
                + "scale=out_color_matrix=\(matrix):out_range=\(range):flags=accurate_rnd+full_chroma_int+bicubic,"
                + "format=\(format) \(codec) \(tags) in.mkv")
    }

    private static func tags(_ matrix: String, _ range: String) -> String {
        "-colorspace \(matrix) -color_range \(range) -color_primaries bt709 -color_trc bt709"
    }

    @Test(arguments: [
        ("bt709", "bt709", "tv"), ("bt709", "bt709", "pc"), ("smpte170m", "bt601", "tv"), ("bt470bg", "bt470", "pc"),
        ("smpte240m", "smpte240m", "tv"), ("fcc", "fcc", "tv"), ("bt2020nc", "bt2020", "tv"),
    ])
    func theNamedMatrixAndRangeAreUsedAndKept(tag: String, matrix: String, range: String) async throws {
        let scratch = try Scratch()
        try await clip(scratch, matrix: matrix, range: range, tags: ColourTests.tags(tag, range))
        try await expectNeutral(scratch, isTagged: true)
    }

    /// Without tags players take BT.601 for small pictures, BT.709 for large ones.
    @Test(arguments: [(192, 96, "bt601"), (1280, 96, "bt709"), (192, 720, "bt709")])
    func untaggedColoursAreAsPlayersTakeThem(width: Int, height: Int, matrix: String) async throws {
        let scratch = try Scratch()
        try await clip(scratch, size: (width, height), matrix: matrix, range: "tv", tags: "")
        try await expectNeutral(scratch, isTagged: false)
    }

    /// Reads right, and a painting that changes nothing leaves colours and tags as they were.
    private func expectNeutral(_ scratch: Scratch, isTagged: Bool) async throws {
        let before = try shots(scratch("in.mkv"))
        #expect(psnr(middles(before[2]), truth) > 45, "read wrongly")
        try carry(scratch("in.mkv"), to: scratch("out.mp4"))
        let after = try shots(scratch("out.mp4"))
        #expect(psnr(middles(before[2]), middles(after[2])) > 45, "written wrongly")
        let entries = "stream=color_range,color_space,color_transfer,color_primaries,chroma_location"
        let old = try await scratch.ffprobe(scratch("in.mkv"), entries, stream: "v:0")
        let new = try await scratch.ffprobe(scratch("out.mp4"), entries, stream: "v:0")
        // H.264 says a limited range by saying nothing, where it says nothing else either.
        func said(_ stream: [String: String]) -> [String: String] {
            stream.filter { $0.value != "unknown" && $0 != ("color_range", "tv") }
        }
        #expect(try said(#require(old.first)) == said(#require(new.first)))
        if isTagged { #expect(old == new) }
    }

    /// Streams of RGB have no matrix to keep: the customary one is written, and named.
    @Test func rgbGetsANamedMatrix() async throws {
        let scratch = try Scratch()
        try await clip(scratch, matrix: "bt709", range: "pc", format: "gbrp", tags: "", codec: "-c:v ffv1")
        try carry(scratch("in.mkv"), to: scratch("out.mp4"))
        #expect(psnr(middles(try shots(scratch("in.mkv"))[2]), truth) > 55)
        #expect(psnr(middles(try shots(scratch("out.mp4"))[2]), truth) > 45)
        let stream = try await scratch.ffprobe(scratch("out.mp4"), "stream=color_range,color_space", stream: "v:0")
            .first
        #expect(stream == ["color_range": "tv", "color_space": "smpte170m"])
    }

    /// Where a smaller output would be guessed otherwise than its source, the matrix is named.
    @Test func aGuessSurvivesAChangeOfSize() async throws {
        let scratch = try Scratch()
        try await clip(scratch, size: (1280, 96), matrix: "bt709", range: "tv", tags: "")
        let reader = try VideoReader(scratch("in.mkv"))
        let writer = try VideoWriter(scratch("out.mp4"), like: reader.information, width: 192, height: 96)
        let frame = reader.makeFrame()
        let small = Frame(width: 192, height: 96)
        while try reader.next(into: frame) {
            let shot = Shot(frame)
            small.fill { x, y in shot.pixel(x, y) }
            small.place = frame.place
            try writer.write(small)
        }
        try writer.finish()
        let stream = try await scratch.ffprobe(scratch("out.mp4"), "stream=color_space", stream: "v:0").first
        #expect(stream == ["color_space": "bt709"])
        #expect(psnr(middles(try shots(scratch("out.mp4"))[2]), truth) > 45)
    }

    /// High dynamic range that nobody maps keeps its pixels and its tags, and what eight bits lose is said.
    @Test func highDynamicRangeIsKeptWhereAsked() async throws {
        let scratch = try Scratch()
        try await clip(
            scratch, matrix: "bt2020", range: "tv", format: "yuv420p10le",
            tags: "-colorspace bt2020nc -color_range tv -color_primaries bt2020 -color_trc smpte2084",
            codec: "-c:v ffv1")
        let notices = try carry(scratch("in.mkv"), to: scratch("out.mp4"), mapping: .off)
        #expect(notices.contains { $0.contains("10 bits") } && notices.contains { $0.contains("smpte2084") })
        #expect(psnr(middles(try shots(scratch("in.mkv"), mapping: .off)[2]), truth) > 45)
        let stream = try await scratch.ffprobe(scratch("out.mp4"), "stream=pix_fmt,color_transfer", stream: "v:0").first
        #expect(stream == ["pix_fmt": "yuv420p", "color_transfer": "smpte2084"])
    }

    /// A colour edge stays where it is for each place where chroma may sit, and not for another.
    @Test(arguments: ["left", "center", "topleft"], ["yuv420p", "yuv420p10le"])
    func chromaIsTakenFromWhereItSits(location: String, format: String) async throws {
        let scratch = try Scratch()
        let frame = Frame(width: 192, height: 96)
        // Waves of colour short enough that half a pixel shows, long enough for half the resolution.
        frame.fill { x, y in
            [0, 2.1, 4.2].map { UInt8(128 + 90 * sin(Double(x) * 0.55 + $0) * cos(Double(y) * 0.5 + $0)) }
        }
        try Data(frame.pixels).write(to: URL(fileURLWithPath: scratch("waves.rgb").string))
        try await scratch.ffmpeg(
            "-f rawvideo -pix_fmt rgb24 -s 192x96 -framerate 10 -stream_loop 4 -i waves.rgb -vf "
                + "zscale=matrix=170m:range=tv:chromal=\(location):filter=bicubic,format=\(format) -c:v ffv1 waves.mkv")
        var errors: [String: Double] = [:]
        for tag in ["left", "center", "topleft"] {
            try await scratch.ffmpeg("-i waves.mkv -c:v libx264 -crf 1 -chroma_sample_location \(tag) \(tag).mp4")
            errors[tag] = psnr(try shots(scratch("\(tag).mp4"))[1].pixels, frame.pixels)
        }
        #expect(errors.max { $0.value < $1.value }?.key == location, "\(errors)")
    }

    @Test(arguments: [
        ("in.mov", "-c:v png -pix_fmt rgba"),
        ("vp8.webm", "-c:v libvpx -pix_fmt yuva420p -auto-alt-ref 0 -b:v 2M -deadline realtime -cpu-used 8"),
        ("vp9.webm", "-c:v libvpx-vp9 -pix_fmt yuva420p -lossless 1 -deadline realtime -cpu-used 8"),
    ])
    func transparencyLiesOverBlack(name: String, recipe: String) async throws {
        let scratch = try Scratch()
        let pixels = (0..<(64 * 48)).flatMap { place -> [UInt8] in
            place % 64 < 32 ? [200, 30, 60, 0] : [0, 0, 255, 255]
        }
        try Data(pixels).write(to: URL(fileURLWithPath: scratch("in.rgba").string))
        try await scratch.ffmpeg(
            "-f rawvideo -pix_fmt rgba -s 64x48 -framerate 10 -stream_loop 4 -i in.rgba \(recipe) \(name)")
        let reader = try VideoReader(scratch(name))
        let frame = reader.makeFrame()
        #expect(try reader.next(into: frame))
        #expect(Shot(frame).pixel(16, 40) == [0, 0, 0])
        let blue = Shot(frame).pixel(50, 16)
        #expect(name == "in.mov" ? blue == [0, 0, 255] : psnr(blue, [0, 0, 255]) > 35, "\(blue)")
        while try reader.next(into: frame) {}
        #expect(reader.notices.contains { $0.contains("transparent") })
    }
}
