import Imaging
import SystemPackage
import TestSupport
import Testing

@testable import Media

/// Animated WebP as clips, put together byte by byte, and seen as the format's own words have it.
@Suite struct WebPTests {
    private struct Picture: Sendable {
        var x = 0
        var y = 0
        var width = WebPTests.width
        var height = WebPTests.height
        var duration: Int
        var blends = true
        var clears = false
        /// RGBA by place.
        var pixel: @Sendable (Int, Int) -> [UInt8]

        var pixels: [[UInt8]] { (0..<height * width).map { pixel($0 % width, $0 / width) } }
    }

    private static let (width, height) = (32, 24)

    private static func number(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    private static func chunk(_ tag: String, _ body: some Collection<UInt8>) -> [UInt8] {
        Array(tag.utf8) + number(body.count, 4) + body + (body.count % 2 == 1 ? [0] : [])
    }

    /// The file of some pictures; ffmpeg encodes each without loss.
    private static func file(_ pictures: [Picture], _ scratch: Scratch) async throws -> [UInt8] {
        var body = chunk("VP8X", [0x12, 0, 0, 0] + number(width - 1, 3) + number(height - 1, 3))
        // A ground of orange, which viewers leave out.
        body += chunk("ANIM", [0, 128, 255, 255, 2, 0])
        for picture in pictures {
            try scratch.write("raw", picture.pixels.joined())
            try await scratch.ffmpeg(
                "-f rawvideo -pix_fmt rgba -s \(picture.width)x\(picture.height) -i raw -c:v libwebp -lossless 1 "
                    + "one.webp"
            )
            let still = try WebP.chunks(ByteReader(Array(scratch.bytes("one.webp"))[...], isBigEndian: false), from: 12)
            let head =
                number(picture.x / 2, 3) + number(picture.y / 2, 3) + number(picture.width - 1, 3)
                + number(picture.height - 1, 3) + number(picture.duration, 3)
                + [(picture.blends ? 0 : 2) | (picture.clears ? 1 : 0)]
            let parts = still.filter { ["ALPH", "VP8 ", "VP8L"].contains($0.tag) }.flatMap { chunk($0.tag, $0.bytes) }
            body += chunk("ANMF", head + parts)
        }
        return Array("RIFF".utf8) + number(body.count + 4, 4) + Array("WEBP".utf8) + body
    }

    /// What is seen over black, picture by picture.
    private static func seen(_ pictures: [Picture]) -> [[Double]] {
        var canvas = [[Double]](repeating: [0, 0, 0, 0], count: width * height)
        return pictures.map { picture in
            var over: [Int] = []
            for (place, new) in picture.pixels.enumerated() {
                let target = (picture.y + place / picture.width) * width + picture.x + place % picture.width
                over.append(target)
                let (old, share) = (canvas[target], Double(new[3]) / 255)
                let rest = old[3] * (1 - share)
                guard picture.blends, share < 1 else {
                    canvas[target] = new[..<3].map(Double.init) + [share]
                    continue
                }
                let all = share + rest
                canvas[target] =
                    (0..<3).map { all == 0 ? 0 : (Double(new[$0]) * share + old[$0] * rest) / all } + [all]
            }
            let shown = canvas.flatMap { pixel in pixel[..<3].map { $0 * pixel[3] } }
            if picture.clears { for place in over { canvas[place] = [0, 0, 0, 0] } }
            return shown
        }
    }

    private static let pictures = [
        Picture(duration: 100) { x, y in [0, UInt8(8 * x), UInt8(9 * y), 255] },
        Picture(x: 4, y: 6, width: 9, height: 8, duration: 50, clears: true) { _, _ in [255, 0, 0, 255] },
        Picture(x: 10, y: 10, width: 16, height: 7, duration: 250) { x, _ in [0, 0, 255, x < 8 ? 0 : 255] },
        Picture(x: 2, y: 2, width: 16, height: 8, duration: 0, blends: false) { x, _ in [9, 7, 5, x < 8 ? 0 : 255] },
        Picture(x: 20, y: 12, width: 8, height: 8, duration: 40) { x, _ in [255, 255, 255, UInt8(30 * x)] },
        Picture(x: 0, y: 0, width: 20, height: 24, duration: 3_000, clears: true) { _, y in
            [200, 100, 50, UInt8(10 * y)]
        },
    ]

    /// Each where it lies, over or in place of what was there, and as long as it says; one of no length for a tenth of
    /// a second.
    @Test func placesBlendingAndTimes() async throws {
        let scratch = try Scratch()
        try scratch.write("in.webp", try await Self.file(Self.pictures, scratch))
        let reader = try VideoReader(scratch("in.webp"))
        #expect(reader.hasOpacity && reader.information.container == "webp")
        #expect(reader.information.video.codec == "webp" && reader.information.file.hasSuffix("in.webp"))
        let frame = reader.makeFrame()
        var times: [Double] = []
        for expected in Self.seen(Self.pictures) {
            try #require(try reader.next(into: frame))
            times.append(frame.presentationTime.seconds)
            let farthest = zip(frame.pixels, expected).map { abs(Double($0) - $1) }.max()!
            #expect(farthest <= 2, "picture \(times.count): \(farthest)")
        }
        #expect(try !reader.next(into: frame))
        #expect(times.map { Int(($0 * 1000).rounded()) } == [0, 100, 150, 400, 500, 540])
        #expect(frame.duration.map { Double($0.value) * frame.presentationTime.timeBase.value } == 3)
    }

    /// What is opaque in all pictures has no transparency to speak of.
    @Test func opaqueOnesAreOpaque() async throws {
        let scratch = try Scratch()
        try scratch.write("in.webp", try await Self.file(Array(Self.pictures[..<2].dropLast()), scratch))
        let reader = try VideoReader(scratch("in.webp"))
        #expect(!reader.hasOpacity && reader.notices.isEmpty)
        // Read anew where the file has changed.
        try scratch.write("in.webp", try await Self.file(Self.pictures, scratch))
        #expect(try VideoReader(scratch("in.webp")).hasOpacity)
    }

    /// Read as far as they go, and told; the pictures there are those of the whole.
    @Test(arguments: [false, true]) func whatIsLeftOfOneIsRead(_ isCutOff: Bool) async throws {
        let scratch = try Scratch()
        let whole = try await Self.file(Self.pictures, scratch)
        let parts = WebP.chunks(ByteReader(whole[...], isBigEndian: false), from: 12).filter { $0.tag == "ANMF" }
        for count in 1..<parts.count {
            let start = parts[count].bytes.startIndex
            var left = whole
            if isCutOff { left.removeSubrange((start + 30)...) }
            // The head of a picture without loss: its mark, a byte, and its length.
            if !isCutOff { left.replaceSubrange((start + 24)..<(start + 29), with: repeatElement(0xFF, count: 5)) }
            try scratch.write("left.webp", left)
            let reader = try VideoReader(scratch("left.webp"))
            let frame = reader.makeFrame()
            for expected in Self.seen(Self.pictures)[..<count] {
                try #require(try reader.next(into: frame))
                #expect(zip(frame.pixels, expected).allSatisfy { abs(Double($0) - $1) <= 2 })
            }
            #expect(try !reader.next(into: frame))
            let end = Double([100, 150, 400, 500, 540][count - 1]) / 1000
            #expect(reader.damage.end == end, "\(reader.damage)")
            let words = isCutOff ? "it is cut off; its video ends at" : "is damaged in its picture \(count + 1)"
            #expect(reader.notices.contains { $0.contains(words) }, "\(reader.notices)")
        }
    }

    /// libwebpdemux passes over a chunk of another name, as WebP has it.
    @Test(arguments: [[UInt8]("BNMF".utf8), [0, 0, 0, 0]]) func aPictureWithoutItsNameIsDamage(name: [UInt8])
        async throws
    {
        let scratch = try Scratch()
        let whole = try await Self.file(Self.pictures, scratch)
        let parts = WebP.chunks(ByteReader(whole[...], isBigEndian: false), from: 12).filter { $0.tag == "ANMF" }
        for count in 1..<parts.count - 1 {
            var wrong = whole
            let start = parts[count].bytes.startIndex - 8
            wrong.replaceSubrange(start..<start + 4, with: name)
            try scratch.write("wrong.webp", wrong)
            let reader = try VideoReader(scratch("wrong.webp"))
            while try reader.advance() != nil {}
            #expect(reader.frameCount == count && reader.damage.end != nil, "\(reader.frameCount), \(reader.damage)")
        }
        // One that nobody knows may lie behind the pictures.
        let more = whole + Self.chunk("MORE", [1, 2])
        try scratch.write("more.webp", Array("RIFF".utf8) + Self.number(more.count - 8, 4) + more[8...])
        let reader = try VideoReader(scratch("more.webp"))
        while try reader.advance() != nil {}
        #expect(reader.frameCount == parts.count && reader.damage.isNone, "\(reader.damage)")
    }

    @Test func brokenOnesAreRefused() async throws {
        let scratch = try Scratch()
        let whole = try await Self.file(Self.pictures, scratch)
        for count in [30, 100] {
            try scratch.write("cut.webp", whole[..<count])
            expectFailure(.damaged, naming: "cut.webp", "it is cut off: \(count) of its \(whole.count) bytes") {
                _ = try VideoReader(scratch("cut.webp"))
            }
        }
        var random = Seeded(3)
        for round in 0..<300 {
            var wrong = whole
            for _ in 0..<(1 + round % 4) { wrong[Int.random(in: 12..<whole.count, using: &random)] ^= 0x55 }
            try scratch.write("wrong.webp", wrong)
            guard let reader = try? VideoReader(scratch("wrong.webp")) else { continue }
            let frame = reader.makeFrame()
            while (try? reader.next(into: frame)) == true {}
        }
        let none = Array("RIFF".utf8) + Self.number(22, 4) + Array("WEBP".utf8)
        try scratch.write("none.webp", none + Self.chunk("VP8X", [2, 0, 0, 0, 9, 0, 0, 9, 0, 0]))
        expectFailure(.damaged, naming: "none.webp") { _ = try VideoReader(scratch("none.webp")) }
    }
}
