import Foundation
import Imaging
import Media
import SystemPackage
import TestSupport
import Testing

/// Animated pictures as clips.
@Suite struct AnimationTests {
    /// Each picture as long as it says, in full: what it leaves alone is what was there before.
    @Test(arguments: ["gif", "apng", "webp"]) func timesAndPlaces(kind: String) async throws {
        let folder = try Scratch()
        let codec = [
            "gif": "gif -pix_fmt bgr8", "apng": "apng -pix_fmt rgb24",
            "webp": "libwebp_anim -lossless 1 -pix_fmt bgra",
        ]
        // A small square moves over a ground: an encoder writes what changes and no more.
        let source =
            "-f lavfi -i color=white:s=64x48:r=10:d=2 -f lavfi -i color=red:s=8x8:r=10:d=2 -filter_complex "
            + "[0][1]overlay=x='mod(n*5,56)':y=20,select='not(eq(mod(n,7),3))',format=gbrp -fps_mode vfr"
        try await folder.ffmpeg("\(source) -c:v \(codec[kind]!) -f \(kind) in.\(kind)")
        // ffmpeg 5.1 writes animated WebP, and does not read it.
        let input = kind == "webp" ? source : "-i in.\(kind) -fps_mode passthrough"
        try await folder.ffmpeg("\(input) -c:v ffv1 -pix_fmt gbrp expected.mkv")
        let whole = try shots(folder("in.\(kind)"))
        let expected = try shots(folder("expected.mkv"))
        #expect(whole.map(\.pixels) == expected.map(\.pixels))
        try #require(whole.count == 17)
        let shown = (0..<20).filter { $0 % 7 != 3 }
        let base = try VideoReader(folder("in.\(kind)")).information.video.timeBase
        #expect(
            whole.map { Double($0.time) * base.value }.elementsEqual(shown.map { Double($0) / 10 }) {
                abs($0 - $1) < 1e-6
            })
        let reader = try VideoReader(folder("in.\(kind)"))
        reader.index = FrameIndex()
        while try reader.advance() != nil {}
        let frame = reader.makeFrame()
        for number in [9, 2, 16, 0, 11, 10, 5] {
            try reader.seek(toFrame: number)
            try #require(try reader.next(into: frame))
            #expect(Shot(frame) == whole[number], "frame \(number)")
        }
        #expect(try shots(folder("in.\(kind)"), selection: Selection(start: 0.9)) == Array(whole[8...]))
    }
}
