import Foundation
import Imaging
import Media
import SystemPackage
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
}
