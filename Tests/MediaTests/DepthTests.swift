import Foundation
import Imaging
import Media
import TestSupport
import Testing

/// Clips of more than 8 bits come in and go out as ITU-T H.273 says, in formulas that are written down here.
@Suite struct DepthTests {
    /// Patches of one colour each, and samples of them where no neighbour's chroma is seen.
    static let (side, columns, rows) = (24, 6, 4)
    static let (width, height) = (side * columns, side * rows)

    /// A pixel format's numbers: bits, and how often chroma is halved.
    struct Layout: CustomTestStringConvertible, Sendable {
        var name: String
        var bits: Int
        var across = 0
        var down = 0
        var kind = Kind.yuv
        enum Kind: Sendable { case yuv, grey, rgb }

        var testDescription: String { name }

        /// Bytes of a frame whose samples are those of its patches.
        func bytes(_ patches: [[Int]], _ width: Int, _ height: Int) -> [UInt8] {
            let order = kind == .rgb ? [1, 2, 0] : Array(0..<(kind == .grey ? 1 : 3))
            return order.flatMap { component -> [UInt8] in
                let (across, down) = component > 0 && kind == .yuv ? (across, down) : (0, 0)
                return (0..<(height + (1 << down) - 1) >> down).flatMap { y in
                    (0..<(width + (1 << across) - 1) >> across).flatMap { x -> [UInt8] in
                        let patch = patches[(y << down) / side * columns + (x << across) / side]
                        let value = patch[component]
                        return bits == 8 ? [UInt8(value)] : [UInt8(value & 255), UInt8(value >> 8)]
                    }
                }
            }
        }
    }

    /// Red and blue in luma.
    static let weights: [String: (red: Double, blue: Double)] = [
        "bt709": (0.2126, 0.0722), "smpte170m": (0.299, 0.114), "smpte240m": (0.212, 0.087), "fcc": (0.3, 0.11),
        "bt2020nc": (0.2627, 0.0593),
    ]

    /// R'G'B' of samples, from 0 to 1.
    static func rgb(_ samples: [Int], _ layout: Layout, _ matrix: String, isFull: Bool) -> [Double] {
        let (unit, top) = (Double(1 << (layout.bits - 8)), Double(1 << layout.bits - 1))
        func luma(_ sample: Int) -> Double { isFull ? Double(sample) / top : (Double(sample) / unit - 16) / 219 }
        func chroma(_ sample: Int) -> Double {
            let difference = Double(sample) - 128 * unit
            return isFull ? difference / top : difference / unit / 224
        }
        func bounded(_ value: Double) -> Double { min(max(value, 0), 1) }
        switch layout.kind {
        case .rgb: return samples.map { Double($0) / top }
        case .grey: return [Double](repeating: bounded(luma(samples[0])), count: 3)
        case .yuv:
            let (red, blue) = weights[matrix]!
            let (y, cb, cr) = (luma(samples[0]), chroma(samples[1]), chroma(samples[2]))
            let (r, b) = (y + 2 * (1 - red) * cr, y + 2 * (1 - blue) * cb)
            return [r, (y - red * r - blue * b) / (1 - red - blue), b].map(bounded)
        }
    }

    static func samples(_ layout: Layout, seed: Int) -> [[Int]] {
        var random = Seeded(seed)
        return (0..<columns * rows).map { _ in (0..<3).map { _ in Int.random(in: 0..<1 << layout.bits, using: &random) }
        }
    }

    private func clip(
        _ scratch: Scratch, _ layout: Layout, _ samples: [[Int]], _ tags: String, codec: String = "ffv1",
        frames: Int = 2
    ) async throws {
        let bytes = layout.bytes(samples, Self.width, Self.height)
        try scratch.write("raw", (0..<frames).flatMap { _ in bytes })
        try await scratch.ffmpeg(
            "-f rawvideo -pix_fmt \(layout.name) -s \(Self.width)x\(Self.height) -framerate 10 -i raw -c:v \(codec) "
                + "\(tags) in.mkv")
    }

    static let tagged = [
        ("bt709", "tv"), ("bt709", "pc"), ("smpte170m", "tv"), ("smpte240m", "tv"), ("fcc", "pc"), ("bt2020nc", "tv"),
    ]
    static let layouts = [
        Layout(name: "yuv420p10le", bits: 10, across: 1, down: 1), Layout(name: "yuv422p10le", bits: 10, across: 1),
        Layout(name: "yuv440p10le", bits: 10, down: 1), Layout(name: "yuv444p10le", bits: 10),
        Layout(name: "yuv420p12le", bits: 12, across: 1, down: 1), Layout(name: "yuv422p16le", bits: 16, across: 1),
        Layout(name: "yuv444p9le", bits: 9), Layout(name: "yuv411p", bits: 8, across: 2),
        Layout(name: "yuv420p", bits: 8, across: 1, down: 1), Layout(name: "gray10le", bits: 10, kind: .grey),
        Layout(name: "gray16le", bits: 16, kind: .grey), Layout(name: "gbrp10le", bits: 10, kind: .rgb),
        Layout(name: "gbrp16le", bits: 16, kind: .rgb), Layout(name: "gbrp", bits: 8, kind: .rgb),
    ]

    @Test(arguments: layouts) func samplesAreReadAsTheFormulasSay(_ layout: Layout) async throws {
        for (n, (matrix, range)) in Self.tagged.enumerated() {
            let (scratch, samples) = (try Scratch(), Self.samples(layout, seed: n))
            let tags = layout.kind == .rgb ? "" : "-colorspace \(matrix) -color_range \(range)"
            try await clip(scratch, layout, samples, tags)
            let reader = try VideoReader(scratch("in.mkv"))
            let frame = reader.makeFrame(.rgb48)
            #expect(try reader.next(into: frame))
            for (patch, samples) in samples.enumerated() {
                let wanted = Self.rgb(samples, layout, matrix, isFull: range == "pc").map { 65535 * $0 }
                let found = frame.words(at: Self.middle(of: patch))
                for c in 0..<3 {
                    #expect(abs(Double(found[c]) - wanted[c]) <= 2, "\(layout.name), \(matrix), \(range): \(samples)")
                }
            }
        }
    }

    /// Written without loss, a colour between two codes is the mean of its patch, and no code is a step away from it.
    @Test(
        arguments: [
            (EncodedPixels.yuv420p10le, 1, 1), (.yuv422p10le, 1, 0), (.yuv444p10le, 0, 0),
        ], ["tv", "pc"])
    func coloursAreWrittenAsTheFormulasSay(_ pixels: (EncodedPixels, Int, Int), range: String) async throws {
        let scratch = try Scratch()
        let layout = Layout(name: pixels.0.rawValue, bits: 10, across: pixels.1, down: pixels.2)
        try await clip(
            scratch, layout, Self.samples(layout, seed: 1), "-colorspace bt2020nc -color_range \(range)")
        let reader = try VideoReader(scratch("in.mkv"))
        let (frame, patches) = (reader.makeFrame(.rgb48), Self.patches)
        #expect(try reader.next(into: frame))
        frame.fill { x, y in
            patches[y / Self.side * Self.columns + x / Self.side].flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        }
        let settings = try EncoderSettings(container: .mkv, codec: .ffv1, pixelFormat: pixels.0)
        let writer = try VideoWriter(scratch("out.mkv"), like: reader.information, settings: settings)
        try writer.write(frame)
        try writer.finish()
        try await scratch.ffmpeg("-i out.mkv -f rawvideo -pix_fmt \(layout.name) out")
        let found = Planes(try scratch.bytes("out"), layout)
        for (patch, colour) in patches.enumerated() {
            let wanted = Self.samples(of: colour.map { Double($0) / 65535 }, "bt2020nc", isFull: range == "pc")
            for component in 0..<3 {
                let codes = found.around(Self.middle(of: patch), component)
                let mean = Double(codes.reduce(0, +)) / Double(codes.count)
                #expect(abs(mean - wanted[component]) < 0.15, "\(colour), \(component): \(mean)")
                #expect(codes.allSatisfy { abs(Double($0) - wanted[component]) < 1.01 })
            }
        }
    }

    static let patches: [[UInt16]] = {
        var random = Seeded(9)
        return (0..<columns * rows).map { _ in (0..<3).map { _ in .random(in: 0...65535, using: &random) } }
    }()

    /// Ten bits' luma and chroma of R'G'B', before they are rounded.
    static func samples(of rgb: [Double], _ matrix: String, isFull: Bool) -> [Double] {
        let (red, blue) = weights[matrix]!
        let y = red * rgb[0] + (1 - red - blue) * rgb[1] + blue * rgb[2]
        let chroma = [(rgb[2] - y) / (2 * (1 - blue)), (rgb[0] - y) / (2 * (1 - red))]
        let (luma, offset, scale) = isFull ? (1023.0, 0.0, 1023.0) : (876, 64, 896)
        return [luma * y + offset, scale * chroma[0] + 512, scale * chroma[1] + 512]
    }

    /// A frame's samples as ffmpeg writes them.
    struct Planes {
        let samples: [Int]
        let layout: Layout

        init(_ data: Data, _ layout: Layout) {
            samples = stride(from: 0, to: data.count, by: 2).map { Int(data[$0]) + 256 * Int(data[$0 + 1]) }
            self.layout = layout
        }

        /// As many as the pattern of dithering has, or two by two of them where chroma is halved.
        func around(_ place: (Int, Int), _ component: Int) -> [Int] {
            let (across, down) = component > 0 ? (layout.across, layout.down) : (0, 0)
            let (wide, high) = (width >> across, height >> down)
            let start = component == 0 ? 0 : width * height + (component - 1) * wide * high
            let (left, top) = ((place.0 / 8 * 8) >> across, (place.1 / 8 * 8) >> down)
            var found: [Int] = []
            for y in top..<top + (8 >> down) {
                for x in left..<left + (8 >> across) { found.append(samples[start + y * wide + x]) }
            }
            return found
        }
    }

    /// A painting that changes nothing leaves a picture of ten bits as it was.
    @Test(arguments: [EncodedPixels.yuv420p10le, .yuv422p10le, .yuv444p10le])
    func tenBitsGoThrough(_ pixels: EncodedPixels) async throws {
        let scratch = try Scratch()
        let wave = "lum=512+200*sin(X/23+N)*cos(Y/17):cb=512+90*sin(X/9+Y/11):cr=512+80*cos(X/13-Y/8)"
        try await scratch.ffmpeg(
            "-f lavfi -i nullsrc=s=320x180:d=0.3:r=10,format=\(pixels.rawValue),geq=\(wave) -c:v ffv1 "
                + "-colorspace bt709 -color_range tv in.mkv")
        try carry(
            scratch("in.mkv"), to: scratch("out.mkv"),
            settings: EncoderSettings(container: .mkv, codec: .ffv1, pixelFormat: pixels))
        for name in ["in.mkv", "out.mkv"] {
            try await scratch.ffmpeg("-i \(name) -f rawvideo -pix_fmt \(pixels.rawValue) \(name).raw")
        }
        let (before, after) = (try words("in.mkv.raw", scratch), try words("out.mkv.raw", scratch))
        #expect(before.count == after.count && Set(before).count > 300)
        #expect(psnr(before, after, peak: 1023) > 60, "\(psnr(before, after, peak: 1023))")
    }

    private func words(_ name: String, _ scratch: Scratch) throws -> [Float] {
        let data = try scratch.bytes(name)
        return stride(from: 0, to: data.count, by: 2).map { Float(Int(data[$0]) + 256 * Int(data[$0 + 1])) }
    }

    /// However a format's numbers lie, they are the numbers of the planes.
    @Test(arguments: [
        ("yuv444p12le", 12, 0, 0, "yuv444p12be"),
        ("yuv420p", 8, 1, 1, "nv12"), ("yuv422p", 8, 1, 0, "uyvy422"), ("yuv422p", 8, 1, 0, "yuyv422"),
    ])
    func packedSamplesAreThoseOfPlanes(
        name: String, bits: Int, across: Int, down: Int, packed: String
    ) async throws {
        let (scratch, layout) = (try Scratch(), Layout(name: name, bits: bits, across: across, down: down))
        try await clip(scratch, layout, Self.samples(layout, seed: 4), "")
        try await scratch.ffmpeg("-i in.mkv -pix_fmt \(packed) -c:v rawvideo packed.nut")
        let frames = try ["in.mkv", "packed.nut"].map { name in
            let reader = try VideoReader(scratch(name))
            #expect(reader.information.video.pixelFormat == (name == "in.mkv" ? layout.name : packed))
            let frame = reader.makeFrame(.rgb48)
            #expect(try reader.next(into: frame))
            return frame.pixels
        }
        #expect(frames[0] == frames[1])
    }

    /// Big-endian pixels of PNG, with and without what is transparent, and a palette.
    @Test func pixelsInOnePieceAreRead() async throws {
        let scratch = try Scratch()
        let (layout, samples) = (
            Layout(name: "gbrp16le", bits: 16, kind: .rgb), Self.samples(Self.layouts[12], seed: 5)
        )
        try await clip(scratch, layout, samples, "")
        try await scratch.ffmpeg("-i in.mkv -c:v png -pix_fmt rgb48be opaque.mov")
        // The same, a quarter and a bit opaque.
        let opacity = 0x4321
        let whole = layout.bytes(samples, Self.width, Self.height)
        let count = Self.width * Self.height
        try scratch.write(
            "pixels",
            (0..<count).flatMap { place -> [UInt8] in
                [2, 0, 1].flatMap { whole[2 * ($0 * count + place)..<2 * ($0 * count + place) + 2] }
                    + [UInt8(opacity & 255), UInt8(opacity >> 8)]
            })
        try await scratch.ffmpeg(
            "-f rawvideo -pix_fmt rgba64le -s \(Self.width)x\(Self.height) -framerate 10 -i pixels -c:v png half.mov")
        for (name, share) in [("opaque.mov", 1.0), ("half.mov", Double(opacity) / 65535)] {
            let reader = try VideoReader(scratch(name))
            let frame = reader.makeFrame(.rgb48)
            #expect(try reader.next(into: frame))
            for (patch, samples) in samples.enumerated() {
                for (found, sample) in zip(frame.words(at: Self.middle(of: patch)), samples) {
                    #expect(abs(Double(found) - share * Double(sample)) <= 2, "\(name), \(patch)")
                }
            }
            #expect(reader.notices.contains { $0.contains("black") } == (share < 1))
        }
        try await scratch.ffmpeg("-f lavfi -i color=c=red:s=32x32:d=0.2:r=10 -pix_fmt pal8 -c:v png palette.mov")
        let reader = try VideoReader(scratch("palette.mov"))
        let frame = reader.makeFrame(.rgb48)
        #expect(try reader.next(into: frame) && reader.information.video.pixelFormat == "pal8")
        for (found, wanted) in zip(frame.words(at: (16, 16)), [65535, 0, 0]) {
            #expect(abs(Int(found) - wanted) < 3 * 257)
        }
    }

    /// Sides that chroma does not divide, and a turned clip.
    @Test func oddSidesAndTurnsAreRead() async throws {
        let scratch = try Scratch()
        let layout = Layout(name: "yuv420p10le", bits: 10, across: 1, down: 1)
        let samples = Self.samples(layout, seed: 6)
        try scratch.write("raw", layout.bytes(samples, 143, 95))
        try await scratch.ffmpeg("-f rawvideo -pix_fmt yuv420p10le -s 143x95 -i raw -c:v ffv1 in.mkv")
        let reader = try VideoReader(scratch("in.mkv"))
        let frame = reader.makeFrame(.rgb48)
        #expect(try reader.next(into: frame) && frame.width == 143 && frame.height == 95)
        let wanted = Self.rgb(samples[23], layout, "smpte170m", isFull: false)
        for (x, y) in [Self.middle(of: 23), (142, 94)] {
            for (found, wanted) in zip(frame.words(at: (x, y)), wanted) {
                #expect(abs(Double(found) - 65535 * wanted) <= 2, "\(x), \(y)")
            }
        }
        try await scratch.ffmpeg("-i in.mkv -c:v ffv1 straight.mov")
        try await scratch.ffmpeg("-i straight.mov -c copy -metadata:s:v rotate=90 turned.mov")
        let turned = try VideoReader(scratch("turned.mov"))
        let upright = turned.makeFrame(.rgb48)
        #expect(try turned.next(into: upright) && upright.width == frame.height)
        let isTurnedLeft = turned.information.video.rotation == 270
        for (x, y) in [(0, 0), (100, 7), (31, 90)] {
            let there = isTurnedLeft ? (y, 142 - x) : (94 - y, x)
            #expect(upright.words(at: there) == frame.words(at: (x, y)))
        }
    }

    /// 8 bits of a deep source are its colours to the nearest, and white is white.
    @Test func eightBitsAreTheNearest() async throws {
        let (scratch, layout) = (try Scratch(), Layout(name: "yuv444p10le", bits: 10))
        var samples = Self.samples(layout, seed: 8)
        samples[0] = [940, 512, 512]
        try await clip(scratch, layout, samples, "-colorspace bt709 -color_range tv")
        let shot = try shots(scratch("in.mkv"))[0]
        for (patch, samples) in samples.enumerated() {
            let wanted = Self.rgb(samples, layout, "bt709", isFull: false).map { 255 * $0 }
            let (x, y) = Self.middle(of: patch)
            for (found, wanted) in zip(shot.pixel(x, y), wanted) { #expect(abs(Double(found) - wanted) <= 0.51) }
        }
        #expect(shot.pixel(Self.side / 2, Self.side / 2) == [255, 255, 255])
    }

    /// Any frame is what it is in order, after any seek and with any number of the decoder's threads.
    @Test func deepFramesAreThoseOfAnyWay() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=160x96:r=10:d=3 -pix_fmt yuv420p10le -c:v libx264 -g 10 -preset ultrafast in.mp4")
        func pixels(_ number: Int, threads: Int, jumps: Bool) throws -> [UInt8] {
            let reader = try VideoReader(scratch("in.mp4"), threads: threads)
            let frame = reader.makeFrame(.rgb48)
            var places: [Place] = []
            while try reader.next(into: frame) {
                places.append(frame.place)
                if !jumps, frame.number == number { return frame.pixels }
            }
            try reader.seek(to: places[number])
            #expect(try reader.next(into: frame) && frame.number == number)
            return frame.pixels
        }
        for number in [0, 7, 23] {
            let own = try pixels(number, threads: 1, jumps: false)
            #expect(
                try pixels(number, threads: 4, jumps: false) == own && pixels(number, threads: 2, jumps: true) == own)
        }
    }

    static func middle(of patch: Int) -> (Int, Int) {
        (patch % columns * side + side / 2, patch / columns * side + side / 2)
    }
}

extension Frame {
    /// Red, green and blue of a pixel of 16 bits.
    func words(at place: (x: Int, y: Int)) -> [UInt16] {
        withBytes { bytes in
            (0..<3).map {
                bytes.loadUnaligned(fromByteOffset: place.y * rowStride + 6 * place.x + 2 * $0, as: UInt16.self)
            }
        }
    }
}
