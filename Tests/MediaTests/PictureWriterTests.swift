import Foundation
import Imaging
import SystemPackage
import TestSupport
import Testing

@testable import Media

/// Frames as pictures of their own.
@Suite struct PictureWriterTests {
    private static let (width, height) = (37, 21)

    /// Noise in all of a format's bits.
    private static func frame(_ format: PixelFormat, seed: Int) -> Frame {
        var random = Seeded(seed)
        let frame = Frame(width: width, height: height, format: format)
        frame.fill { _, _ in (0..<format.bytesPerPixel).map { _ in UInt8.random(in: 0...255, using: &random) } }
        return frame
    }

    /// The same grey three times in each pixel.
    private static func opacity(_ format: PixelFormat) -> Lease {
        var random = Seeded(9)
        let lease = FramePool(width: width, height: height, format: format).lease()
        lease.frame.fill { _, _ in
            let grey = (0..<format.bytesPerComponent).map { _ in UInt8.random(in: 0...255, using: &random) }
            return grey + grey + grey
        }
        return lease
    }

    /// Colours, and what of the opacity's components stands first in each pixel.
    private static func bytes(_ frame: Frame) -> [UInt8] {
        guard let opacity = frame.opacity?.frame.pixels else { return frame.pixels }
        let (size, step) = (frame.format.bytesPerPixel, frame.format.bytesPerComponent)
        let pixels = frame.pixels
        return stride(from: 0, to: pixels.count, by: size).flatMap { start -> [UInt8] in
            Array(pixels[start..<start + size]) + Array(opacity[start..<start + step])
        }
    }

    @Test(arguments: [
        (PixelFormat.rgb24, false, "rgb24"), (.rgb24, true, "rgba"), (.rgb48, false, "rgb48le"),
        (.rgb48, true, "rgba64le"),
    ])
    func picturesHoldAllBits(format: PixelFormat, isTransparent: Bool, name: String) async throws {
        let scratch = try Scratch()
        let names = try #require(PictureNames(scratch("shot%03d.png")))
        let writer = PictureWriter(names, replaces: false)
        let frames = (0..<3).map { Self.frame(format, seed: $0) }
        for frame in frames {
            if isTransparent { frame.opacity = Self.opacity(format) }
            try writer.write(frame)
        }
        #expect(scratch.names == ["shot001.png", "shot002.png", "shot003.png"] && writer.frameCount == 3)
        try await scratch.ffmpeg("-i shot%03d.png -f rawvideo -pix_fmt \(name) raw")
        #expect(try Array(scratch.bytes("raw")) == frames.flatMap(Self.bytes))
        // Each has PNG's own pixels, and no others were made of them.
        let stream = try await scratch.ffprobe(scratch("shot001.png"), "stream=pix_fmt")
        #expect(stream.first?["pix_fmt"] == name.replacingOccurrences(of: "le", with: "be"))
    }

    /// What holds 8 bits gets the nearest of 16.
    @Test func otherPicturesHoldTheNearest() async throws {
        let scratch = try Scratch()
        let frame = Self.frame(.rgb48, seed: 4)
        try PictureFile.write(frame, to: scratch("a.webp"))
        let words = frame.pixels
        let wanted = stride(from: 0, to: words.count, by: 2).map { place -> UInt8 in
            let word = Int(words[place]) + 256 * Int(words[place + 1])
            return UInt8((Double(word) / 257).rounded())
        }
        #expect(try PictureFile.read(scratch("a.webp")).pixels == wanted)
    }

    @Test func namesAreFFmpegs() throws {
        let scratch = try Scratch()
        let names = try #require(PictureNames(scratch("a%04d.b.png")))
        #expect(names.file(7) == scratch("a0007.b.png") && names.file(12345) == scratch("a12345.b.png"))
        #expect(PictureNames("x%d.jpg")?.file(10) == "x10.jpg")
        for name in ["shot.png", "shot%s.png", "50%.png"] { #expect(PictureNames(FilePath(name)) == nil) }
        for name in ["a0002.b.png", "a0010.b.png", "a002.b.png", "a0003.png", "a00x4.b.png"] {
            try scratch.write(name, [1])
        }
        #expect(names.existing.map(\.number) == [2, 10])
    }
}
