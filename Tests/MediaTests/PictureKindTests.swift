import CPictures
import Foundation
import Imaging
@testable import Media
import SystemPackage
import TestSupport
import Testing

/// What else is given as a picture, and what a picture is written as.
@Suite struct PictureKindTests {
    private func pattern(width: Int = 48, height: Int = 32) -> Frame {
        let frame = Frame(width: width, height: height)
        frame.fill { x, y in [UInt8(x * 5), UInt8(y * 7), UInt8((x + y) * 3)] }
        return frame
    }

    private func bytes(_ path: FilePath) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(fileURLWithPath: path.string)))
    }

    private func write(_ bytes: [UInt8], _ path: FilePath) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path.string))
    }

    private func read(_ bytes: [UInt8], _ scratch: Scratch, _ name: String = "a") throws -> Frame {
        try write(bytes, scratch(name))
        return try PictureFile.read(scratch(name))
    }

    /// Gain maps, second views and films behind a JPEG, which the probe of a film's format takes for a film.
    @Test func whatLiesBehindAJPEGIsLeft() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=64x48:d=0.2 -c:v mpeg4 m.mp4")
        try PictureFile.write(pattern(), to: scratch("a.jpg"))
        try PictureFile.write(pattern(width: 24, height: 16), to: scratch("b.jpg"))
        let (first, second) = (try bytes(scratch("a.jpg")), try bytes(scratch("b.jpg")))
        let alone = try PictureFile.read(scratch("a.jpg"))
        let film = try bytes(scratch("m.mp4"))
        for behind in [second, film, film + film, second + film, Array(repeating: 0, count: 5000)] {
            #expect(try read(first + behind, scratch).pixels == alone.pixels)
        }
        #expect(JPEGHeader(first + second)?.length == first.count)
    }

    /// Inks, stored as light as Adobe does, and coded arithmetically: 255, 200, 128 by 230 beside 40, 90, 128 by 255.
    @Test func inksAndArithmeticCodingAreRead() throws {
        let scratch = try Scratch()
        let shot = Shot(try read([UInt8](#require(Data(base64Encoded: inks))), scratch))
        let corners = [shot.pixel(3, 3), shot.pixel(12, 12)]
        for (found, right) in zip(corners.joined(), [230, 180, 115, 40, 90, 128]) {
            #expect(abs(Int(found) - right) <= 2, "\(corners)")
        }
    }

    private let inks =
        "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAWEBETFBUVFQwPFxgW"
        + "FBgSFBUU/8kAFAgAEAAQBEMRAE0RAFkRAEsRAP/MAAYAEBAF/9oADgRDAE0AWQBLAAA/ANLggUTpA4jXFMfqHFcRAN3IrGSVgP/Z"

    @Test func hugePicturesAreMadeSmaller() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i color=c=0xC08040:s=8200x8200 -frames:v 1 -q:v 2 a.jpg")
        let shot = try PictureFile.read(scratch("a.jpg"))
        #expect(shot.width == 4100 && shot.height == 4100)
        let middle = Array(shot.pixels[(4100 * 2050 * 3)..<(4100 * 2050 * 3 + 3)])
        #expect(zip(middle, [0xC0, 0x80, 0x40]).allSatisfy { abs(Int($0) - $1) <= 3 }, "\(middle)")
        let halved = pattern(width: 7, height: 5).reduced(by: 2)
        #expect(halved.width == 3 && halved.height == 2)
        #expect(Shot(halved).pixel(1, 1) == [13, 18, 15], "\(Shot(halved).pixel(1, 1))")
    }

    /// Of each process of libjpeg's; no JPEG's header declares more than 65535 x 65535.
    @Test(arguments: [0xC0, 0xC1, 0xC2, 0xC9, 0xCA] as [UInt8])
    func jpegsBeyondTheMostPixelsAreRefused(marker: UInt8) throws {
        let scratch = try Scratch()
        func file(width: [UInt8], height: [UInt8]) -> [UInt8] {
            let parts: [UInt8] = [4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0]
            return [0xFF, 0xD8, 0xFF, marker, 0, 20, 8] + height + width + parts
        }
        for side: [UInt8] in [[0xFF, 0xDC], [0xFF, 0xFF]] {
            expectFailure(.refused, naming: "a", "too many pixels") {
                _ = try read(file(width: side, height: side), scratch)
            }
        }
        expectFailure(.refused, naming: "a", "65500") {
            _ = try read(file(width: [0xFF, 0xFF], height: [0, 1]), scratch)
        }
    }

    /// The picture of all layers, in rows of runs, among them the byte that means nothing.
    @Test func psd() throws {
        let scratch = try Scratch()
        let (width, height) = (5, 2)
        func file(mode: Int, depth: Int = 8, rows: [[UInt8]], version: [UInt8] = [], layers: [UInt8] = []) -> [UInt8] {
            func number(_ value: Int, _ count: Int) -> [UInt8] {
                (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
            }
            let resources: [UInt8] =
                version.isEmpty
                ? [] : Array("8BIM".utf8) + number(1057, 2) + [0, 0] + number(version.count, 4) + version
            return Array("8BPS".utf8) + number(1, 2) + number(0, 6) + number(rows.count / height, 2) + number(height, 4)
                + number(width, 4) + number(depth, 2) + number(mode, 2) + number(0, 4) + number(resources.count, 4)
                + resources + number(layers.count, 4) + layers + number(1, 2) + rows.flatMap { number($0.count, 2) }
                + rows.joined()
        }
        let flat: (UInt8) -> [UInt8] = { [128, 253, $0, 0, $0] }
        let colours: [[UInt8]] = [[4, 1, 2, 3, 4, 5], flat(9), flat(20), flat(20), flat(30), flat(31)]
        let shot = Shot(try read(file(mode: 3, rows: colours), scratch))
        #expect((0..<5).map { shot.pixel($0, 0) } == (1...5).map { [UInt8($0), 20, 30] })
        #expect(shot.pixel(2, 1) == [9, 20, 31])
        let inks = [255, 255, 128, 128, 0, 0, 255, 255].map { flat($0) }
        #expect(Shot(try read(file(mode: 4, rows: inks), scratch)).pixel(1, 1) == [255, 128, 0])
        let clear = file(mode: 3, rows: colours + [flat(0), flat(255)], layers: [0, 0, 0, 2, 0xFF, 0xFF])
        let seen = Shot(try read(clear, scratch))
        #expect(seen.pixel(2, 0) == [255, 255, 255] && seen.pixel(2, 1) == [9, 20, 31])
        expectFailure(.refused, naming: "a", "without the picture") {
            _ = try read(file(mode: 3, rows: colours, version: [0, 0, 0, 1, 0, 0]), scratch)
        }
        let whole = file(mode: 3, rows: colours)
        for count in 4..<whole.count {
            do { _ = try read(Array(whole[..<count]), scratch) } catch is MediaError {}
        }
        expectFailure(.damaged, naming: "a") { _ = try read(Array(whole.dropLast(2)), scratch) }
        // 56 channels of 2^27 rows, of runs or plain: their places alone would take 56 GiB.
        var tall = whole
        tall.replaceSubrange(12..<22, with: [0, 56, 8, 0, 0, 0, 0, 0, 0, 1])
        expectFailure(.damaged, naming: "a", "cut off") { _ = try read(tall, scratch) }
        tall[39] = 0
        expectFailure(.damaged, naming: "a", "cut off") { _ = try read(tall, scratch) }
    }

    /// HEIC with an opacity and turned by its container; EXIF's turning, which it has too, is not applied again.
    @Test(arguments: [6, 1])
    func heic(orientation: Int) throws {
        let scratch = try Scratch()
        try HEIF(pattern(), alpha: 128, orientation: UInt32(orientation)).write(to: scratch("a.heic"))
        let read = try PictureFile.read(scratch("a.heic"))
        let right = pattern().turned(by: Orientation(exif: orientation))
        #expect(read.width == right.width && read.height == right.height)
        let blended = right.pixels.map { UInt8((Int($0) * 128 + 255 * 127) / 255) }
        #expect(psnr(read.pixels, blended) > 36)
    }

    @Test(arguments: [
        ("%PDF-1.4\n", "PDF"), ("%!PS-Adobe-3.0\n", "PostScript"), ("<svg xmlns='a'/>", "SVG"),
        ("<?xml version='1.0'?>\n<!-- a --><svg/>", "SVG"), ("<!DOCTYPE html><html></html>", "web page"),
        ("PK\u{3}\u{4}aaaaaa", "ZIP"), ("gimp xcf v011", "GIMP"), ("a line\n", "text"), ("#?RADIANCE\n", "HDR"),
        ("IIRO\u{8}\u{0}", "raw"),
    ])
    func otherFilesAreNamed(content: String, words: String) throws {
        let scratch = try Scratch()
        for name in ["a.png", "a.jpg", "a"] {
            expectFailure(.notMedia, naming: name, words) { _ = try read(Array(content.utf8), scratch, name) }
        }
    }

    @Test func namesThatAreNoFiles() throws {
        let scratch = try Scratch()
        expectFailure(.refused, naming: "x.jpg", "download") { _ = try PictureFile.read("https://a.example/x.jpg") }
        expectFailure(.notMedia, naming: scratch.path.string, "folder") { _ = try PictureFile.read(scratch.path) }
        expectFailure(.missing, naming: "%05d", "numbered") { _ = try PictureFile.read(scratch("frame%05d.png")) }
    }

    /// What is written is read again: without loss, or nearly; the same bytes each time.
    @Test(arguments: [("a.webp", 98.0), ("a.avif", 38), ("a.png", 98)])
    func written(name: String, decibels: Double) throws {
        let scratch = try Scratch()
        let frame = pattern(width: 49, height: 33)
        try PictureFile.write(frame, to: scratch(name))
        #expect(psnr(try PictureFile.read(scratch(name)).pixels, frame.pixels) > decibels)
        let first = try bytes(scratch(name))
        try PictureFile.write(frame, to: scratch(name), replacing: true)
        #expect(try bytes(scratch(name)) == first)
        // PNG and AVIF say that they are sRGB; WebP is.
        let mark = name == "a.png" ? Array("sRGB".utf8) : name == "a.avif" ? Array("nclx".utf8) + [0, 1, 0, 13] : []
        #expect(mark.isEmpty || Data(first).range(of: Data(mark)) != nil)
    }

    @Test func sidesThatAFormatCannotHold() throws {
        let scratch = try Scratch()
        expectTrouble(.cannotCreate, naming: "a.webp", "16383") {
            try PictureFile.write(Frame(width: 16_384, height: 1), to: scratch("a.webp"))
        }
    }
}
