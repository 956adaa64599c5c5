import Foundation
import Imaging
import Media
import SystemPackage
import TestSupport
import Testing

/// Orientation, pixel shape and size.
@Suite struct ShapeTests {
    /// A display matrix (a b, c d), and where it shows a stored point (x, y) of a picture w wide and h high.
    struct Turn: Sendable, CustomTestStringConvertible {
        let name: String
        let matrix: [Int32]
        let shown: @Sendable (_ x: Int, _ y: Int, _ w: Int, _ h: Int) -> (Int, Int)
        var testDescription: String { name }
    }

    static let turns: [Turn] = [
        Turn(name: "upright", matrix: [1, 0, 0, 1]) { x, y, _, _ in (x, y) },
        Turn(name: "90", matrix: [0, 1, -1, 0]) { x, y, _, h in (h - 1 - y, x) },
        Turn(name: "180", matrix: [-1, 0, 0, -1]) { x, y, w, h in (w - 1 - x, h - 1 - y) },
        Turn(name: "270", matrix: [0, -1, 1, 0]) { x, y, w, _ in (y, w - 1 - x) },
        Turn(name: "mirrored", matrix: [-1, 0, 0, 1]) { x, y, w, _ in (w - 1 - x, y) },
        Turn(name: "upside down", matrix: [1, 0, 0, -1]) { x, y, _, h in (x, h - 1 - y) },
        Turn(name: "transposed", matrix: [0, 1, 1, 0]) { x, y, _, _ in (y, x) },
        Turn(name: "transverse", matrix: [0, -1, -1, 0]) { x, y, w, h in (h - 1 - y, w - 1 - x) },
    ]

    /// The file with another matrix in its track's header ("tkhd", version 0: 40 bytes on).
    private func write(_ matrix: [Int32], from source: FilePath, to target: FilePath) throws {
        var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: source.string)))
        let tag = Array("tkhd".utf8)
        let place = try #require((0..<bytes.count - 4).first { Array(bytes[$0..<$0 + 4]) == tag })
        let one: Int32 = 1 << 16
        let numbers = [matrix[0] * one, matrix[1] * one, 0, matrix[2] * one, matrix[3] * one, 0, 0, 0, 1 << 30]
        for (index, number) in numbers.enumerated() {
            for byte in 0..<4 {
                bytes[place + 44 + index * 4 + byte] = UInt8(truncatingIfNeeded: number >> (24 - 8 * Int32(byte)))
            }
        }
        try Data(bytes).write(to: URL(fileURLWithPath: target.string))
    }

    @Test(arguments: turns)
    func everyOrientationComesOutUpright(turn: Turn) async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=98x66:r=10:d=0.5 -vf setsar=4/3 -c:v libx264 -preset ultrafast base.mp4")
        try write(turn.matrix, from: scratch("base.mp4"), to: scratch("turned.mp4"))
        let stored = try #require(try shots(scratch("base.mp4")).first)
        let upright = try #require(try shots(scratch("turned.mp4")).first)
        let isOnItsSide = turn.matrix[0] == 0
        #expect((upright.width, upright.height) == (isOnItsSide ? (66, 98) : (98, 66)))
        for y in 0..<stored.height {
            for x in 0..<stored.width {
                let place = turn.shown(x, y, stored.width, stored.height)
                guard stored.pixel(x, y) == upright.pixel(place.0, place.1) else {
                    Issue.record("the point \(x), \(y) is not at \(place)")
                    return
                }
            }
        }
        let information = try VideoReader(scratch("turned.mp4")).information.video
        #expect(information.sampleAspectRatio == (isOnItsSide ? Rational(3, 4) : Rational(4, 3)))
        try carry(scratch("turned.mp4"), to: scratch("out.mp4"))
        let entries = "stream=width,height,sample_aspect_ratio"
        let output = try await scratch.ffprobe(scratch("out.mp4"), entries, stream: "v:0").first
        #expect(
            output == [
                "width": "\(upright.width)", "height": "\(upright.height)",
                "sample_aspect_ratio": isOnItsSide ? "3:4" : "4:3",
            ])
        // And it is not turned once more.
        #expect(try VideoReader(scratch("out.mp4")).information.video.rotation == 0)
    }

    @Test(arguments: [(1, 1), (2, 2), (3, 2), (2, 3), (3, 3), (17, 9), (5, 64), (33, 31)])
    func anySizeIsWrittenAndOddSidesAreRepeated(width: Int, height: Int) async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=64x64:r=10:d=0.5,scale=\(width):\(height) -c:v ffv1 -pix_fmt bgr0 in.mkv")
        let isOdd = width % 2 == 1 || height % 2 == 1
        let notices = try carry(scratch("in.mkv"), to: scratch("even.mp4"), settings: EncoderSettings(crf: 1))
        #expect(notices.contains { $0.contains("repeated") } == isOdd, "\(notices)")
        let even = try shots(scratch("even.mp4"))
        #expect(even.count == 5 && even[0].width == (width + 1) / 2 * 2 && even[0].height == (height + 1) / 2 * 2)
        if width % 2 == 1, width > 4 {
            let columns = (0..<height).map { y in (even[0].pixel(width, y), even[0].pixel(width - 1, y)) }
            #expect(psnr(columns.flatMap(\.0), columns.flatMap(\.1)) > 35)
        }
        let full = EncoderSettings(crf: 1, pixelFormat: .yuv444p)
        let others = try carry(scratch("in.mkv"), to: scratch("full.mp4"), settings: full)
        #expect(others.isEmpty, "\(others)")
        let kept = try shots(scratch("full.mp4"))
        #expect(kept.count == 5 && kept[0].width == width && kept[0].height == height)
        #expect(psnr(kept[2].pixels, try shots(scratch("in.mkv"))[2].pixels) > 35)
    }

    /// A stream that changes its size on the way keeps its first.
    @Test func aChangeOfSizeOnTheWayIsScaledBack() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=96x64:r=10:d=0.5 -c:v libx264 -f mpegts a.ts")
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=128x96:r=10:d=0.5 -c:v libx264 -output_ts_offset 0.5 -f mpegts b.ts")
        let joined =
            try Data(contentsOf: URL(fileURLWithPath: scratch("a.ts").string))
            + Data(contentsOf: URL(fileURLWithPath: scratch("b.ts").string))
        try joined.write(to: URL(fileURLWithPath: scratch("in.ts").string))
        let notices = try carry(scratch("in.ts"), to: scratch("out.mp4"))
        #expect(notices.contains { $0.contains("changes its size") }, "\(notices)")
        let frames = try shots(scratch("out.mp4"))
        #expect(frames.count == 10 && frames.allSatisfy { $0.width == 96 && $0.height == 64 })
    }

    /// A broadcast that goes from one aspect ratio to another keeps its first, and that is said.
    @Test(arguments: [("1", false), ("4/3", true)])
    func aChangeOfAspectRatioOnTheWayIsTold(second: String, isTold: Bool) async throws {
        let scratch = try Scratch()
        var joined = Data()
        for (number, shape) in ["1", second].enumerated() {
            try await scratch.ffmpeg(
                "-f lavfi -i testsrc2=s=96x64:r=10:d=0.5 -vf setsar=\(shape) -c:v libx264 "
                    + "-output_ts_offset \(Double(number) / 2) \(number).ts")
            joined += try Data(contentsOf: URL(fileURLWithPath: scratch("\(number).ts").string))
        }
        try joined.write(to: URL(fileURLWithPath: scratch("in.ts").string))
        let notices = try carry(scratch("in.ts"), to: scratch("out.mp4"))
        #expect(notices.count { $0.contains("changes its aspect ratio") } == (isTold ? 1 : 0), "\(notices)")
        #expect(try VideoReader(scratch("out.mp4")).information.video.sampleAspectRatio == Rational(1, 1))
    }

    /// What H.264 cuts off at the left is cut off to the pixel.
    @Test func croppingIsExact() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=96x64:r=10:d=0.5 -c:v libx264 -preset ultrafast -qp 0 whole.mp4")
        try await scratch.ffmpeg("-i whole.mp4 -c copy -bsf:v h264_metadata=crop_left=6:crop_right=2 cropped.mp4")
        let whole = try shots(scratch("whole.mp4"))
        let cropped = try shots(scratch("cropped.mp4"))
        try #require(whole.count == 5 && cropped.count == 5)
        try #require(cropped[0].width == 88 && cropped[0].height == 64)
        // Not at the edges, where chroma has no neighbours.
        let old = (0..<64).flatMap { y in (8..<80).flatMap { x in whole[2].pixel(x + 6, y) } }
        let new = (0..<64).flatMap { y in (8..<80).flatMap { x in cropped[2].pixel(x, y) } }
        #expect(psnr(old, new) > 50)
    }

    /// The file with a box more at the end of its track. Its index comes last, so that nothing else moves.
    private func add(_ name: String, _ content: [UInt8], from source: FilePath, to target: FilePath) throws {
        var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: source.string)))
        func number(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
        let box = number(content.count + 8) + Array(name.utf8) + content
        var end = 0
        for parent in ["moov", "trak"] {
            let tag = Array(parent.utf8)
            let place = try #require((4..<bytes.count - 4).first { Array(bytes[$0..<$0 + 4]) == tag }) - 4
            let size = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
            bytes.replaceSubrange(place..<place + 4, with: number(size + box.count))
            end = place + size
        }
        bytes.insert(contentsOf: box, at: end)
        try Data(bytes).write(to: URL(fileURLWithPath: target.string))
    }

    /// Films for a headset, in two views, or in Dolby Vision's own colours.
    @Test func marksThatAnOutputDoesNotBearAreTold() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=96x64:r=10:d=0.3 -c:v libx264 plain.mp4")
        let uuid: [UInt8] = [
            0xFF, 0xCC, 0x82, 0x63, 0xF8, 0x55, 0x4A, 0x93, 0x88, 0x14, 0x58, 0x7A, 0x02, 0x52, 0x1F, 0xDD,
        ]
        let tags = [
            ("Spherical", "true"), ("Stitched", "true"), ("StitchingSoftware", "none"),
            ("ProjectionType", "equirectangular"), ("StereoMode", "top-bottom"),
        ].map { "<GSpherical:\($0.0)>\($0.1)</GSpherical:\($0.0)>" }.joined()
        // Version 1.0, profile 5 in seven bits, level 6 in six, and the flags of both layers.
        let dolbyVision: [UInt8] = [1, 0, 5 << 1, 6 << 3 | 0b101] + [UInt8](repeating: 0, count: 20)
        try add("uuid", uuid + Array(tags.utf8), from: scratch("plain.mp4"), to: scratch("sphere.mp4"))
        try add("dvcC", dolbyVision, from: scratch("plain.mp4"), to: scratch("dolby.mp4"))
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=96x64:r=10:d=0.3 -c:v libx264 -x264-params frame-packing=3 packed.mp4")
        let words = ["360-degree", "stereoscopic", "Dolby Vision"]
        for (name, told) in [
            ("plain.mp4", []), ("sphere.mp4", [0, 1]), ("dolby.mp4", [2]), ("packed.mp4", [1]),
        ] as [(String, [Int])] {
            let notices = try VideoReader(scratch(name)).notices
            let found = words.indices.filter { word in notices.contains { $0.contains(words[word]) } }
            #expect(found == told && notices.count == told.count, "\(name): \(notices)")
        }
    }
}
