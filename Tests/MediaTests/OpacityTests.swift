import Foundation
import Imaging
import Media
import TestSupport
import Testing

/// How opaque a clip's frames are, read as a picture of greys.
@Suite struct OpacityTests {
    static let (width, height) = (38, 22)

    /// How opaque a pixel is, of 1: of all degrees, and another in each frame.
    static func share(_ x: Int, _ y: Int, frame: Int) -> Double {
        let step: Int = x * 7 + y * 29 + frame * 13
        return Double(step % 97) / 96
    }

    /// Frames of a pixel format, whose opacity is known to the last bit and whose colours are noise.
    struct Format: CustomTestStringConvertible, Sendable {
        var name: String
        var bits: Int
        /// Planes before the one of opacity, and how often their sides are halved; or the components of a pixel in one
        /// piece.
        var kind: Kind
        var isBigEndian = false

        enum Kind: Sendable { case planes([(Int, Int)]), piece(count: Int, place: Int) }

        var testDescription: String { name }
        var most: Int { 1 << bits - 1 }

        func opacity(_ x: Int, _ y: Int, _ frame: Int) -> Int {
            Int((share(x, y, frame: frame) * Double(most)).rounded())
        }

        private func code(_ value: Int) -> [UInt8] {
            if bits == 8 { return [UInt8(value)] }
            let bytes = [UInt8(value & 255), UInt8(value >> 8)]
            return isBigEndian ? bytes.reversed() : bytes
        }

        func bytes(frames: Int) -> [UInt8] {
            var random = Seeded(bits)
            var bytes: [UInt8] = []
            func addNoise(_ count: Int) {
                for _ in 0..<count { bytes += code(Int.random(in: 0...most, using: &random)) }
            }
            for frame in 0..<frames {
                if case .planes(let shifts) = kind {
                    for (across, down) in shifts {
                        addNoise(((width + (1 << across) - 1) >> across) * ((height + (1 << down) - 1) >> down))
                    }
                }
                for pixel in 0..<width * height {
                    let own = code(opacity(pixel % width, pixel / width, frame))
                    guard case .piece(let count, let place) = kind else {
                        bytes += own
                        continue
                    }
                    addNoise(place)
                    bytes += own
                    addNoise(count - 1 - place)
                }
            }
            return bytes
        }
    }

    private static let whole = [(0, 0), (0, 0), (0, 0)]
    private static let quarters = [(0, 0), (1, 1), (1, 1)]
    static let formats = [
        Format(name: "yuva420p", bits: 8, kind: .planes(quarters)),
        Format(name: "yuva422p", bits: 8, kind: .planes([(0, 0), (1, 0), (1, 0)])),
        Format(name: "yuva444p", bits: 8, kind: .planes(whole)),
        Format(name: "yuva422p9le", bits: 9, kind: .planes([(0, 0), (1, 0), (1, 0)])),
        Format(name: "yuva420p10le", bits: 10, kind: .planes(quarters)),
        Format(name: "yuva444p10le", bits: 10, kind: .planes(whole)),
        Format(name: "yuva444p12le", bits: 12, kind: .planes(whole)),
        Format(name: "yuva444p16be", bits: 16, kind: .planes(whole), isBigEndian: true),
        Format(name: "gbrap", bits: 8, kind: .planes(whole)),
        Format(name: "gbrap12le", bits: 12, kind: .planes(whole)),
        Format(name: "rgba", bits: 8, kind: .piece(count: 4, place: 3)),
        Format(name: "argb", bits: 8, kind: .piece(count: 4, place: 0)),
        Format(name: "bgra", bits: 8, kind: .piece(count: 4, place: 3)),
        Format(name: "rgba64be", bits: 16, kind: .piece(count: 4, place: 3), isBigEndian: true),
        Format(name: "ya8", bits: 8, kind: .piece(count: 2, place: 1)),
    ]

    private static func clip(_ scratch: Scratch, _ format: Format, _ recipe: String) async throws {
        try scratch.write("raw", format.bytes(frames: 3))
        try await scratch.ffmpeg(
            "-f rawvideo -pix_fmt \(format.name) -s \(width)x\(height) -framerate 10 -i raw \(recipe)")
    }

    /// The level nearest to a share, of components of a frame's width.
    private static func level(_ number: Int, of most: Int, _ format: PixelFormat) -> Int {
        let top = format == .rgb48 ? 65535.0 : 255
        return Int((Double(number) / Double(most) * top).rounded())
    }

    /// Red, green and blue of each pixel, row by row.
    private static func components(_ frame: Frame) -> [Int] {
        let bytes = frame.pixels
        guard frame.format == .rgb48 else { return bytes.map(Int.init) }
        return stride(from: 0, to: bytes.count, by: 2).map { Int(bytes[$0]) + 256 * Int(bytes[$0 + 1]) }
    }

    @Test(arguments: formats)
    func opacityIsReadToTheLastBit(_ format: Format) async throws {
        let scratch = try Scratch()
        try await Self.clip(scratch, format, "-c:v rawvideo in.nut")
        for depth in [PixelFormat.rgb24, .rgb48] {
            let reader = try VideoReader(scratch("in.nut"), content: .opacity)
            #expect(reader.information.video.pixelFormat == format.name)
            let frame = reader.makeFrame(depth)
            for number in 0..<3 {
                #expect(try reader.next(into: frame))
                let wanted = (0..<Self.width * Self.height).flatMap { pixel in
                    let opacity = format.opacity(pixel % Self.width, pixel / Self.width, number)
                    return [Int](repeating: Self.level(opacity, of: format.most, depth), count: 3)
                }
                // Of 12 bits some come out one of 65535 off.
                let slack = depth == .rgb48 && format.bits == 12 ? 1 : 0
                #expect(
                    zip(Self.components(frame), wanted).allSatisfy { abs($0 - $1) <= slack },
                    "\(depth), frame \(number)")
            }
            #expect(try !reader.next(into: frame))
            #expect(!reader.notices.contains { $0.contains("transparent") || $0.contains("bits") })
        }
    }

    /// An entry of a palette has an opacity of its own.
    @Test func opacityOfAPaletteIsItsEntries() async throws {
        let scratch = try Scratch()
        let indices = (0..<Self.width * Self.height).map { UInt8($0 * 3 % 251) }
        let palette = (0..<256).flatMap { (entry: Int) -> [UInt8] in [UInt8(entry), 7, 200, UInt8(255 - entry)] }
        try scratch.write("raw", indices + palette)
        try await scratch.ffmpeg(
            "-f rawvideo -pix_fmt pal8 -s \(Self.width)x\(Self.height) -framerate 10 -i raw -c:v png in.mov")
        let reader = try VideoReader(scratch("in.mov"), content: .opacity)
        #expect(reader.information.video.pixelFormat == "pal8")
        let frame = reader.makeFrame()
        #expect(try reader.next(into: frame))
        #expect(frame.pixels == indices.flatMap { [UInt8](repeating: 255 - $0, count: 3) })
    }

    /// libav's own decoders of VP8 and VP9 pass the opacity over that WebM and Matroska keep beside each frame.
    @Test(arguments: [
        ("vp8.webm", "-c:v libvpx -auto-alt-ref 0 -b:v 20M"), ("vp8.mkv", "-c:v libvpx -auto-alt-ref 0 -b:v 20M"),
        ("vp9.webm", "-c:v libvpx-vp9 -lossless 1"), ("vp9.mkv", "-c:v libvpx-vp9 -lossless 1"),
    ])
    func opacityBesideFramesIsRead(name: String, recipe: String) async throws {
        let scratch = try Scratch()
        let format = Self.formats[0]
        // What a codec with loss keeps: half is transparent.
        let plane = (0..<Self.width * Self.height).map { UInt8($0 % Self.width < 16 ? 0 : 255) }
        let colours = [UInt8](repeating: 100, count: Self.width * Self.height * 3 / 2)
        try scratch.write("raw", (0..<5).flatMap { _ in colours + plane })
        try await scratch.ffmpeg(
            "-f rawvideo -pix_fmt \(format.name) -s \(Self.width)x\(Self.height) -framerate 10 -i raw \(recipe) "
                + "-g 2 \(name)")
        let reader = try VideoReader(scratch(name), content: .opacity)
        let frame = reader.makeFrame()
        var frames: [[UInt8]] = []
        while try reader.next(into: frame) {
            frames.append(frame.pixels)
            let wanted = plane.flatMap { [$0, $0, $0] }
            #expect(psnr(frame.pixels, wanted) > (name.hasPrefix("vp9") ? 98 : 30))
        }
        #expect(frames.count == 5)
        try reader.seek(toFrame: 3)
        #expect(try reader.next(into: frame) && frame.pixels == frames[3])
    }

    @Test func opacityIsUpright() async throws {
        let scratch = try Scratch()
        try await Self.clip(scratch, Self.formats[10], "-c:v png straight.mov")
        try await scratch.ffmpeg("-i straight.mov -c copy -metadata:s:v rotate=90 turned.mov")
        let first = try VideoReader(scratch("straight.mov"), content: .opacity)
        let second = try VideoReader(scratch("turned.mov"), content: .opacity)
        let (flat, upright) = (first.makeFrame(), second.makeFrame())
        #expect(try first.next(into: flat) && second.next(into: upright))
        #expect(upright.width == Self.height && upright.height == Self.width)
        let isTurnedLeft = second.information.video.rotation == 270
        for (x, y) in [(0, 0), (30, 7), (12, 21)] {
            let there = isTurnedLeft ? (y, Self.width - 1 - x) : (Self.height - 1 - y, x)
            #expect(Shot(upright).pixel(there.0, there.1) == Shot(flat).pixel(x, y))
        }
    }

    /// Cells of the first look are those of the greys.
    @Test func meansAreOfTheOpacity() async throws {
        let scratch = try Scratch()
        try await Self.clip(scratch, Self.formats[2], "-c:v ffv1 in.mkv")
        let reader = try VideoReader(scratch("in.mkv"), content: .opacity)
        #expect(try reader.advance() != nil)
        var means: [Float] = []
        try reader.means(columns: 2, rows: 1, into: &means)
        let frame = reader.makeFrame()
        try reader.picture(into: frame)
        let half = Self.width / 2
        for cell in 0..<2 {
            let sum = (0..<half * Self.height).reduce(0) {
                $0 + Int(Shot(frame).pixel(cell * half + $1 % half, $1 / half)[0])
            }
            #expect(abs(Double(means[3 * cell]) - Double(sum) / Double(half * Self.height)) < 0.51)
        }
    }

    @Test func aClipWithoutTransparencyIsRefused() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=32x32:d=0.2:r=10 \(Clips.fast) in.mp4")
        expectFailure(.opaque, naming: "in.mp4", "it has no transparency") {
            _ = try VideoReader(scratch("in.mp4"), content: .opacity)
        }
    }

    /// Of what is seen, however little, the file's own colours; of all else black.
    @Test(arguments: [("rgba", PixelFormat.rgb24), ("rgba", .rgb48), ("rgba64le", .rgb48), ("pal8", .rgb24)])
    func coloursBesideOpacityAreTheFiles(name: String, depth: PixelFormat) async throws {
        let scratch = try Scratch()
        let (most, bytes) = name == "rgba64le" ? (65535, 2) : (255, 1)
        var random = Seeded(3)
        let pixels = (0..<Self.width * Self.height).map { pixel in
            let share = Self.share(pixel % Self.width, pixel / Self.width, frame: 0)
            return (0..<3).map { _ in Int.random(in: 0...most, using: &random) }
                + [Int((share * Double(most)).rounded())]
        }
        func code(_ value: Int) -> [UInt8] { (0..<bytes).map { UInt8(value >> (8 * $0) & 255) } }
        if name == "pal8" {
            // The first 256 pixels' colours, in turn.
            let palette = pixels[..<256].flatMap { [$0[2], $0[1], $0[0], $0[3]].map { UInt8($0) } }
            try scratch.write("raw", (0..<pixels.count).map { UInt8($0 % 256) } + palette)
        } else {
            try scratch.write("raw", pixels.flatMap { $0.flatMap(code) })
        }
        try await scratch.ffmpeg(
            "-f rawvideo -pix_fmt \(name) -s \(Self.width)x\(Self.height) -framerate 10 -i raw -c:v png in.mov")
        let reader = try VideoReader(scratch("in.mov"))
        #expect(reader.hasOpacity)
        let (frame, opacity) = (reader.makeFrame(depth), reader.makeFrame(depth))
        #expect(try reader.advance() != nil)
        try reader.picture(into: frame, opacity: opacity)
        let wanted = (0..<pixels.count).map { name == "pal8" ? pixels[$0 % 256] : pixels[$0] }
        let colours = wanted.flatMap { pixel in
            pixel[..<3].map { pixel[3] == 0 ? 0 : Self.level($0, of: most, depth) }
        }
        let shares = wanted.flatMap { [Int](repeating: Self.level($0[3], of: most, depth), count: 3) }
        // swscale, which takes palettes apart, is a level off.
        let slack = name == "pal8" ? 1 : 0
        #expect(zip(Self.components(frame), colours).allSatisfy { abs($0 - $1) <= slack })
        #expect(zip(Self.components(opacity), shares).allSatisfy { abs($0 - $1) <= slack })
        #expect(!reader.notices.contains { $0.contains("transparent") })
    }

    /// A clip that knows no transparency is opaque.
    @Test func anOpaqueClipIsWhite() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=32x32:d=0.2:r=10 \(Clips.fast) in.mp4")
        let reader = try VideoReader(scratch("in.mp4"))
        #expect(!reader.hasOpacity)
        let (frame, opacity, plain) = (reader.makeFrame(), reader.makeFrame(), reader.makeFrame())
        #expect(try reader.next(into: plain))
        try reader.picture(into: frame, opacity: opacity)
        #expect(frame.pixels == plain.pixels && opacity.pixels.allSatisfy { $0 == 255 })
    }

    static let written: [(OutputFormat.Container, VideoCodec, EncodedPixels)] = [
        (.mkv, .ffv1, .yuva420p), (.mkv, .ffv1, .yuva444p), (.mkv, .ffv1, .yuva420p10le), (.mkv, .ffv1, .yuva444p10le),
        (.mov, .prores, .yuva444p10le), (.mkv, .prores, .yuva444p10le), (.webm, .vp9, .yuva420p),
        (.mkv, .vp9, .yuva420p),
    ]

    /// Frames of grey whose opacity is a ramp, but for one that is opaque: of odd sides, whose last ones are repeated.
    private static func paintings(_ format: PixelFormat, timeBase: Rational, _ number: Int) -> Frame {
        let frame = Frame(width: width - 1, height: height - 1, format: format)
        let bytes = format.bytesPerComponent
        frame.fill { _, _ in [UInt8](repeating: 90, count: 3 * bytes) }
        frame.place = Place(number: number, presentationTime: Timestamp(Int64(number), timeBase: timeBase))
        guard number != 2 else { return frame }
        let opacity = FramePool(width: width - 1, height: height - 1, format: format).lease()
        opacity.frame.fill { x, y in [UInt8](repeating: level(x, y, number), count: 3 * bytes) }
        frame.opacity = opacity
        return frame
    }

    private static func level(_ x: Int, _ y: Int, _ number: Int) -> UInt8 { UInt8((6 * x + 3 * number) % 256) }

    /// What is written is there, to the bit where the codec loses nothing, and colours are those of the same without.
    @Test(arguments: written)
    func opacityIsWritten(_ container: OutputFormat.Container, _ codec: VideoCodec, _ pixels: EncodedPixels)
        async throws
    {
        let scratch = try Scratch()
        let sides = "\(Self.width - 1)x\(Self.height - 1)"
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=\(sides):d=0.5:r=10 \(Clips.fast) -pix_fmt yuv444p in.mp4")
        let information = try VideoReader(scratch("in.mp4")).information
        let ending = OutputFormat[container].endings[0]
        let settings = try EncoderSettings(
            container: container, codec: codec, crf: codec == .vp9 ? 4 : nil, pixelFormat: pixels)
        var files: [Data] = []
        for name in ["first", "second"] {
            let writer = try VideoWriter(
                scratch("\(name).\(ending)"), like: information, width: Self.width - 1, height: Self.height - 1,
                settings: settings)
            for number in 0..<5 {
                let base = information.video.timeBase
                let frame = Self.paintings(pixels.frameFormat, timeBase: base, number)
                frame.presentationTime = Timestamp(
                    Int64((Double(number) / 10 / base.value).rounded()), timeBase: base)
                try writer.write(frame)
            }
            try writer.finish()
            files.append(try scratch.bytes("\(name).\(ending)"))
        }
        #expect(files[0] == files[1])
        let reader = try VideoReader(scratch("first.\(ending)"), content: .opacity)
        let frame = reader.makeFrame()
        var count = 0
        while try reader.next(into: frame) {
            let wanted = (0..<frame.width * frame.height).flatMap { pixel -> [UInt8] in
                let x = min(pixel % frame.width, Self.width - 2)
                return [UInt8](repeating: count == 2 ? 255 : Self.level(x, 0, count), count: 3)
            }
            if codec == .vp9 {
                #expect(psnr(frame.pixels, wanted) > 33, "frame \(count)")
            } else {
                #expect(frame.pixels == wanted, "frame \(count)")
            }
            count += 1
        }
        #expect(count == 5)
        let colours = try shots(scratch("first.\(ending)"))
        // A grey of 90 over black, where it is opaque.
        #expect(colours[2].pixels.allSatisfy { abs(Int($0) - 90) <= 2 })
    }
}
