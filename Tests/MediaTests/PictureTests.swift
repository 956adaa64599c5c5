import Foundation
import Imaging
@testable import Media
import SystemPackage
import TestSupport
import Testing

/// Still pictures of every kind.
@Suite struct PictureTests {
    /// A picture whose every corner is another, small enough for flat patches of two pixels.
    private func pattern(width: Int = 26, height: Int = 18) -> Frame {
        let frame = Frame(width: width, height: height)
        frame.fill { x, y in
            let (column, row) = (x / 2 * 2, y / 2 * 2)
            return [UInt8(255 * column / width), UInt8(255 * row / height), UInt8((column * 37 + row * 59) % 256)]
        }
        return frame
    }

    private func data(_ path: FilePath) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path.string)) }

    @Test func pngIsWrittenAndReadExactly() throws {
        let scratch = try Scratch()
        for (width, height) in [(1, 1), (2, 3), (26, 18), (65, 1), (7, 129)] {
            let frame = pattern(width: width, height: height)
            try PictureFile.write(frame, to: scratch("a.png"), replacing: true)
            let read = try PictureFile.read(scratch("a.png"))
            #expect(read.width == width && read.height == height && read.pixels == frame.pixels)
        }
        #expect(scratch.names == ["a.png"])
    }

    @Test(arguments: ["a.jpg", "a.JPEG"])
    func jpegIsWrittenClosely(name: String) throws {
        let scratch = try Scratch()
        let frame = pattern(width: 64, height: 48)
        try PictureFile.write(frame, to: scratch(name))
        #expect(psnr(try PictureFile.read(scratch(name)).pixels, frame.pixels) > 36)
        expectTrouble(.cannotCreate, naming: name, "appeared") { try PictureFile.write(frame, to: scratch(name)) }
    }

    /// What ffmpeg writes without loss is read without loss.
    @Test(arguments: [
        ("a.bmp", ""), ("a.tif", ""), ("a.tif", "-compression_algo lzw"), ("a.webp", "-c:v libwebp -lossless 1"),
        ("a.ppm", ""), ("a.tga", ""), ("a.png", "-pix_fmt rgb48be"), ("a.png", "-pix_fmt rgba"), ("a.apng", "-f apng"),
        ("a.qoi", ""), ("a.jp2", "-c:v jpeg2000 -pred dwt53"),
    ])
    func losslessFormatsAreReadExactly(name: String, options: String) async throws {
        let scratch = try Scratch()
        let frame = pattern()
        try PictureFile.write(frame, to: scratch("source.png"))
        try await scratch.ffmpeg("-i source.png \(options) -update 1 \(name)")
        let read = try PictureFile.read(scratch(name))
        #expect(read.width == frame.width && read.height == frame.height)
        #expect(psnr(read.pixels, frame.pixels) > 50)
    }

    @Test(arguments: [
        ("a.jpg", "-q:v 2 -pix_fmt yuvj444p", 32.0),
        (
            "a.avif",
            "-c:v libaom-av1 -still-picture 1 -cpu-used 8 -crf 4 -pix_fmt yuv444p -frames:v 1 -color_range pc "
                + "-vf scale=out_range=pc",
            34.0
        ), ("a.webp", "-c:v libwebp -quality 100", 20.0),
    ])
    func lossyFormatsAreReadClosely(name: String, options: String, decibels: Double) async throws {
        let scratch = try Scratch()
        let frame = pattern(width: 64, height: 48)
        try PictureFile.write(frame, to: scratch("source.png"))
        try await scratch.ffmpeg("-i source.png \(options) -update 1 \(name)")
        let read = try PictureFile.read(scratch(name))
        #expect(read.width == 64 && read.height == 48)
        #expect(psnr(read.pixels, frame.pixels) > decibels)
    }

    @Test func greyAndPalettesAreRead() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i color=c=0x808080:s=16x16 -frames:v 1 -pix_fmt gray grey.png")
        try await scratch.ffmpeg("-f lavfi -i color=c=0x404040:s=16x16 -frames:v 1 -pix_fmt gray16be deep.png")
        try await scratch.ffmpeg("-f lavfi -i color=c=0xFFFFFF:s=16x16 -frames:v 1 -pix_fmt gray white.jpg")
        try await scratch.ffmpeg("-f lavfi -i color=c=0xFF0000:s=16x16:r=5:d=1 palette.gif")
        #expect(Shot(try PictureFile.read(scratch("grey.png"))).pixel(3, 3).allSatisfy { abs(Int($0) - 0x80) <= 1 })
        #expect(Shot(try PictureFile.read(scratch("deep.png"))).pixel(3, 3).allSatisfy { abs(Int($0) - 0x40) <= 1 })
        #expect(Shot(try PictureFile.read(scratch("white.jpg"))).pixel(3, 3) == [255, 255, 255])
        let red = Shot(try PictureFile.read(scratch("palette.gif"))).pixel(3, 3)
        #expect(zip(red, [0xFF, 0, 0]).allSatisfy { abs(Int($0) - $1) <= 4 }, "\(red)")
    }

    /// Clear, half clear and opaque thirds.
    @Test(arguments: ["a.png", "a.webp", "a.tif"])
    func transparentPlacesAreWhite(name: String) async throws {
        let scratch = try Scratch()
        let pixels = (0..<(30 * 10)).flatMap { place -> [UInt8] in
            switch place % 30 {
            case ..<10: [200, 30, 60, 0]
            case ..<20: [0, 0, 0, 127]
            default: [0, 0, 255, 255]
            }
        }
        try Data(pixels).write(to: URL(fileURLWithPath: scratch("in.rgba").string))
        let options = name == "a.webp" ? "-c:v libwebp -lossless 1 -pix_fmt bgra" : "-pix_fmt rgba"
        try await scratch.ffmpeg("-f rawvideo -pix_fmt rgba -s 30x10 -i in.rgba \(options) -update 1 \(name)")
        let shot = Shot(try PictureFile.read(scratch(name)))
        #expect(shot.pixel(5, 5) == [255, 255, 255] && shot.pixel(25, 5) == [0, 0, 255])
        #expect(shot.pixel(15, 5) == [128, 128, 128], "\(shot.pixel(15, 5))")
        let over = Shot(try PictureFile.read(scratch(name), over: .black))
        #expect([5, 15].allSatisfy { over.pixel($0, 5) == [0, 0, 0] } && over.pixel(25, 5) == [0, 0, 255])
    }

    /// A block of EXIF with an orientation, in either order of bytes.
    private func exif(_ orientation: UInt8, isBigEndian: Bool) -> [UInt8] {
        isBigEndian
            ? Array("MM".utf8) + [
                0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0,
            ]
            : Array("II".utf8) + [
                42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0,
            ]
    }

    /// Where EXIF's orientation shows a stored point.
    private func shown(_ orientation: UInt8, _ x: Int, _ y: Int, _ w: Int, _ h: Int) -> (Int, Int) {
        switch orientation {
        case 2: (w - 1 - x, y)
        case 3: (w - 1 - x, h - 1 - y)
        case 4: (x, h - 1 - y)
        case 5: (y, x)
        case 6: (h - 1 - y, x)
        case 7: (h - 1 - y, w - 1 - x)
        case 8: (y, w - 1 - x)
        default: (x, y)
        }
    }

    @Test(arguments: UInt8(1)...8)
    func exifTurnsPictures(orientation: UInt8) async throws {
        let scratch = try Scratch()
        let frame = pattern()
        try PictureFile.write(frame, to: scratch("a.png"))
        try PictureFile.write(frame, to: scratch("a.jpg"))
        try await scratch.ffmpeg("-i a.png -c:v libwebp -lossless 1 -pix_fmt bgra a.webp")
        let plainJPEG = try PictureFile.read(scratch("a.jpg"))
        // JPEG: a segment after the first marker; PNG: a chunk after the header; WebP: a chunk in the extended form.
        var jpeg = try data(scratch("a.jpg"))
        let block = exif(orientation, isBigEndian: true)
        jpeg.insert(contentsOf: [0xFF, 0xE1, 0, UInt8(block.count + 8)] + Array("Exif\0\0".utf8) + block, at: 2)
        var png = try data(scratch("a.png"))
        let chunk = exif(orientation, isBigEndian: false)
        png.insert(contentsOf: [0, 0, 0, UInt8(chunk.count)] + Array("eXIf".utf8) + chunk + [0, 0, 0, 0], at: 33)
        let still = try data(scratch("a.webp"))
        let head: [UInt8] = Array("VP8X".utf8) + [10, 0, 0, 0, 0x08, 0, 0, 0, 25, 0, 0, 17, 0, 0]
        let tail = Array("EXIF".utf8) + [UInt8(chunk.count), 0, 0, 0] + chunk
        let body = Data("WEBP".utf8) + Data(head) + still.dropFirst(12) + Data(tail)
        let size = UInt32(body.count)
        let webp = Data("RIFF".utf8) + Data((0..<4).map { UInt8(truncatingIfNeeded: size >> (8 * UInt32($0))) }) + body
        for (name, bytes, stored) in [("t.jpg", jpeg, plainJPEG), ("t.png", png, frame), ("t.webp", webp, frame)] {
            try bytes.write(to: URL(fileURLWithPath: scratch(name).string))
            let upright = Shot(try PictureFile.read(scratch(name)))
            let shot = Shot(stored)
            let mistakes = (0..<frame.height * frame.width).count { place in
                let (x, y) = (place % frame.width, place / frame.width)
                let at = shown(orientation, x, y, frame.width, frame.height)
                return upright.pixel(at.0, at.1) != shot.pixel(x, y)
            }
            #expect(mistakes == 0, "\(name)")
            #expect(upright.width == (orientation >= 5 ? frame.height : frame.width), "\(name)")
        }
    }

    /// Broken EXIF is no reason to trap, whatever is cut off or wrong.
    @Test func brokenBlocksAreOutlived() throws {
        let whole = exif(6, isBigEndian: true)
        let segment: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE1, 0, UInt8(whole.count + 8)] + Array("Exif\0\0".utf8) + whole
        // A head of a picture, for a JPEG without one is none.
        let jpeg = segment + [0xFF, 0xC0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0]
        func orientation(_ bytes: [UInt8]) -> Int { EXIF.orientation(in: bytes, jpeg: JPEGHeader(bytes)) }
        #expect(orientation(jpeg) == 6)
        for count in 0..<jpeg.count { #expect([1, 6].contains(orientation(Array(jpeg[..<count])))) }
        for place in jpeg.indices {
            for value: UInt8 in [0, 1, 0x7F, 0xFF] {
                var wrong = jpeg
                wrong[place] = value
                #expect((1...8).contains(orientation(wrong)))
                _ = WebP.firstFrame(of: wrong)
            }
        }
    }

    /// The containers of AVIF and TIFF, cut off anywhere, and with bytes of their heads changed: no trap, and what is
    /// read is a picture of some size or an error.
    @Test(arguments: ["a.avif", "a.tif"])
    func brokenContainersAreOutlived(name: String) async throws {
        let scratch = try Scratch()
        try PictureFile.write(pattern(), to: scratch("a.png"))
        let options = "-c:v libaom-av1 -still-picture 1 -cpu-used 8 -crf 10 -pix_fmt yuv444p"
        try await scratch.ffmpeg("-i a.png \(name == "a.avif" ? options : "") -frames:v 1 \(name)")
        let whole = try [UInt8](data(scratch(name)))
        #expect(try PictureFile.read(scratch(name)).width == 26)
        func outlive(_ bytes: ArraySlice<UInt8>) throws {
            try Data(bytes).write(to: URL(fileURLWithPath: scratch("broken").string))
            do { _ = try PictureFile.read(scratch("broken")) } catch is MediaError {}
        }
        for count in stride(from: 1, to: whole.count, by: 3) { try outlive(whole[..<count]) }
        for place in 0..<min(whole.count, 400) {
            for value: UInt8 in [0, 1, 0x80, 0xFF] {
                var wrong = whole
                wrong[place] = value
                try outlive(wrong[...])
            }
        }
    }

    @Test func animationsGiveTheirFirstFrame() async throws {
        let scratch = try Scratch()
        let frame = pattern()
        try PictureFile.write(frame, to: scratch("1.png"))
        let other = Frame(width: frame.width, height: frame.height)
        other.fill { _, _ in [200, 0, 100] }
        try PictureFile.write(other, to: scratch("2.png"))
        try await scratch.ffmpeg("-framerate 5 -i %d.png -c:v libwebp_anim -lossless 1 -pix_fmt bgra a.webp")
        try await scratch.ffmpeg("-framerate 5 -i %d.png -f apng a.png")
        for name in ["a.webp", "a.png"] {
            let read = try PictureFile.read(scratch(name))
            #expect(read.width == frame.width && read.pixels == frame.pixels, "\(name)")
        }
        #expect(WebP.firstFrame(of: try [UInt8](data(scratch("a.webp")))) != nil)
    }

    @Test func whatIsNoPictureIsSaidInOneSentence() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("\(Clips.video) \(Clips.fast) clip.mp4")
        try Data("Some words.\n".utf8).write(to: URL(fileURLWithPath: scratch("words.png").string))
        try Data().write(to: URL(fileURLWithPath: scratch("empty.png").string))
        try PictureFile.write(pattern(width: 200, height: 200), to: scratch("whole.png"))
        try data(scratch("whole.png")).prefix(60).write(to: URL(fileURLWithPath: scratch("cut.png").string))
        let cases: [(String, MediaError.Kind, String)] = [
            ("none.png", .missing, "No such file"), ("empty.png", .notMedia, "empty"),
            ("words.png", .notMedia, "no picture"),
            ("clip.mp4", .refused, "no still picture"), ("cut.png", .damaged, "damaged"),
        ]
        for (name, kind, words) in cases {
            expectFailure(kind, naming: name, words) { _ = try PictureFile.read(scratch(name)) }
        }
    }

    /// A JPEG longer than what the format is guessed from, under a name that says nothing or lies.
    @Test(arguments: ["large.jpg", "large", "large.png"])
    func theContentDecidesNotTheName(name: String) throws {
        let scratch = try Scratch()
        let frame = Frame(width: 700, height: 500)
        frame.fill { x, y in [UInt8((x * 7919 + y * 104_729) % 251), UInt8((x * y) % 253), UInt8((x ^ y) % 256)] }
        try PictureFile.write(frame, to: scratch("source.jpg"))
        try data(scratch("source.jpg")).write(to: URL(fileURLWithPath: scratch(name).string))
        #expect(try data(scratch(name)).count > 1 << 17)
        #expect(try PictureFile.read(scratch(name)).width == 700)
    }
}
