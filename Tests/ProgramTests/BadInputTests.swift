import Foundation
import Glibc
import Testing

/// Clips and pictures that are none.
@Suite struct BadInputTests {
    @Test(arguments: clips) func refusesClip(_ refusal: Refusal) async throws { try await refusal.check() }
    @Test(arguments: pictures) func refusesPicture(_ refusal: Refusal) async throws { try await refusal.check() }
    @Test(arguments: otherCommands) func refusesInEveryCommand(_ refusal: Refusal) async throws {
        try await refusal.check()
    }

    static let clips = [
        Refusal("missing", Refusal.paint("no such.mp4"), code: 66, naming: "no such.mp4"),
        Refusal(
            "a name with control characters", Refusal.paint("a\u{1B}[31m\n\u{202E}b.mp4"), code: 66, naming: "\\u{1B}",
            "\\u{A}", "\\u{202E}"),
        Refusal("empty", Refusal.paint("x.mp4"), code: 65, naming: "x.mp4", "empty") { try $0.write("x.mp4", []) },
        Refusal("text", Refusal.paint("x.mp4"), code: 65, naming: "x.mp4") {
            try $0.write("x.mp4", "not a video at all, just words\n".utf8)
        },
        Refusal("noise", Refusal.paint("x.mp4"), code: 65, naming: "x.mp4") { try $0.write("x.mp4", noise(5000)) },
        Refusal("a folder", Refusal.paint("x.mp4"), code: 65, naming: "x.mp4", "folder") { try $0.makeFolder("x.mp4") },
        Refusal("a pipe", Refusal.paint("x.mp4"), code: 65, naming: "x.mp4") { _ = mkfifo($0.file("x.mp4"), 0o644) },
        Refusal("sound alone", Refusal.paint("x.m4a"), code: 65, naming: "x.m4a", "no video") {
            try $0.take(await Fixture.sound, as: "x.m4a")
        },
        Refusal("a still picture", Refusal.paint("style.png"), code: 65, naming: "style.png"),
        Refusal("an MP4 whose index is cut off", Refusal.paint("x.mp4"), code: 65, naming: "x.mp4") {
            try $0.write("x.mp4", $0.bytes("in.mp4").prefix(1500))
        },
        Refusal("an MP4 whose pictures are zeros", Refusal.paint("x.mp4"), code: 65, naming: "x.mp4", "damaged") {
            var bytes = try $0.bytes("in.mp4")
            let media = try #require(bytes.range(of: Data("mdat".utf8))),
                index = try #require(bytes.range(of: Data("moov".utf8)))
            let end = media.upperBound < index.lowerBound ? index.lowerBound - 4 : bytes.endIndex
            bytes.resetBytes(in: media.upperBound..<end)
            try $0.write("x.mp4", bytes)
        },
        playlist("x.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nin.mp4\n#EXT-X-ENDLIST\n"),
        playlist("x.mp4", "#EXTM3U\n#EXTINF:1,\nin.mp4\n"),
        playlist("x.txt", "ffconcat version 1.0\nfile in.mp4\n"),
        playlist(
            "x.mpd",
            "<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"><BaseURL>in.mp4</BaseURL></MPD>\n"),
        playlist("x.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"),
        Refusal("an address", Refusal.paint("https://example.org/in.mp4"), code: 65, naming: "address", "download"),
        Refusal("a still picture", Refusal.paint("style.png"), code: 65, naming: "style.png", "stylevideo image"),
        Refusal("two pictures in a JPEG", Refusal.paint("x.jpg"), code: 65, naming: "x.jpg", "stylevideo image") {
            try await $0.ffmpeg(Fixture.pattern + ["testsrc=d=1", "-frames:v", "1", "one.jpg"])
            try $0.write("x.jpg", $0.bytes("one.jpg") + $0.bytes("one.jpg"))
        },
        Refusal("a recording that was not finished", Refusal.paint("x.mp4"), code: 65, naming: "x.mp4", "not finished")
        {
            let clip = try $0.bytes("in.mp4")
            try $0.write("x.mp4", clip.prefix(upTo: clip.range(of: Data("moov".utf8))!.lowerBound - 4))
        },
        Refusal("an encrypted MP4", Refusal.paint("x.mp4"), code: 65, naming: "x.mp4", "encrypted") {
            let key = "0123456789abcdef0123456789abcdef"
            try await $0.ffmpeg(
                ["-i", "in.mp4", "-c", "copy", "-encryption_scheme", "cenc-aes-ctr", "-encryption_key", key]
                    + ["-encryption_kid", key, "x.mp4"])
        },
        Refusal("a scrambled transport stream", Refusal.paint("x.ts"), code: 65, naming: "x.ts", "encrypted") {
            try await $0.ffmpeg(["-i", "in.mp4", "-c", "copy", "x.ts"])
            var stream = try $0.bytes("x.ts")
            for place in stride(from: 188 * 3, to: stream.count, by: 188) { stream[place + 3] |= 0x80 }
            try $0.write("x.ts", stream)
        },
        Refusal("a disc's image", Refusal.paint("x.iso"), code: 65, naming: "x.iso", "disc's image") {
            try $0.write("x.iso", Data(count: 32769) + Data("CD001".utf8) + Data(count: 1 << 16))
        },
        Refusal("a stretch after the end", Refusal.paint() + ["--start", "60"], code: 64, naming: "in.mp4"),
    ]

    static let pictures = [
        Refusal("style missing", Refusal.paint(style: "no.png"), code: 66, naming: "no.png"),
        Refusal("style is text", Refusal.paint(style: "x.png"), code: 65, naming: "x.png") {
            try $0.write("x.png", "words".utf8)
        },
        Refusal("style is empty", Refusal.paint(style: "x.png"), code: 65, naming: "x.png") {
            try $0.write("x.png", [])
        },
        Refusal("style is a video", Refusal.paint(style: "in.mp4"), code: 65, naming: "in.mp4"),
        Refusal("style is a folder", Refusal.paint(style: "x.png"), code: 65, naming: "x.png") {
            try $0.makeFolder("x.png")
        },
        Refusal("style is cut off", Refusal.paint(style: "x.png"), code: 65, naming: "x.png") {
            try $0.write("x.png", $0.bytes("style.png").prefix(60))
        },
        Refusal("style claims 10^5 x 10^5", Refusal.paint(style: "x.png"), code: 65, naming: "x.png", "100000") {
            try $0.write("x.png", claiming(100_000, 100_000, $0.bytes("style.png")))
        },
        Refusal("style claims 2^31 - 1 squared", Refusal.paint(style: "x.png"), code: 65, naming: "x.png") {
            try $0.write("x.png", claiming(0x7FFF_FFFF, 0x7FFF_FFFF, $0.bytes("style.png")))
        },
        Refusal("style claims no width", Refusal.paint(style: "x.png"), code: 65, naming: "x.png") {
            try $0.write("x.png", claiming(0, 80, $0.bytes("style.png")))
        },
        Refusal(
            "picture to paint claims 10^5 x 10^5", ["image", "x.png", "--style", "style.png", "-o", "out.png"],
            code: 65,
            naming: "x.png", "100000"
        ) {
            try $0.write("x.png", claiming(100_000, 100_000, $0.bytes("style.png")))
        },
        Refusal(
            "picture to paint is a video", ["image", "in.mp4", "--style", "style.png", "-o", "out.png"], code: 65,
            naming: "in.mp4"),
        Refusal(
            "picture to paint is missing", ["image", "no.png", "--style", "style.png", "-o", "out.png"], code: 66,
            naming: "no.png"),
    ]

    static let otherCommands = [
        Refusal("info", ["info", "no.mp4"], code: 66, naming: "no.mp4"),
        Refusal("info of text", ["info", "x.mp4"], code: 65, naming: "x.mp4") { try $0.write("x.mp4", "words".utf8) },
        Refusal("measure", ["measure", "no.mp4"], code: 66, naming: "no.mp4"),
        Refusal("measure against nothing", ["measure", "in.mp4", "--against", "no.mp4"], code: 66, naming: "no.mp4"),
        Refusal(
            "measure against another length", ["measure", "in.mp4", "--against", "x.mp4"], code: 65, naming: "x.mp4"
        ) {
            try $0.take(await Fixture.silent(64, 48, frames: 7), as: "x.mp4")
        },
        Refusal(
            "measure against another shape", ["measure", "in.mp4", "--against", "x.mp4"], code: 65, naming: "x.mp4"
        ) {
            try $0.take(await Fixture.silent(96, 48, frames: 10), as: "x.mp4")
        },
        Refusal("measure of frames too small", ["measure", "x.mp4", "--csv", "x.csv"], code: 65, naming: "16 x 16") {
            try $0.take(await Fixture.silent(16, 16, frames: 3), as: "x.mp4")
        },
        Refusal(
            "preview", ["preview", "no.mp4", "--style", "style.png", "--at", "0", "-o", "out.png"], code: 66,
            naming: "no.mp4"),
        Refusal(
            "preview after the end", ["preview", "in.mp4", "--style", "style.png", "--at", "1:00", "-o", "out.png"],
            code: 64, naming: "in.mp4"),
    ]

    private static func playlist(_ name: String, _ text: String) -> Refusal {
        Refusal("a playlist, \(name)", Refusal.paint(name), code: 65, naming: name) { try $0.write(name, text.utf8) }
    }

    /// The same bytes each time, of no format.
    private static func noise(_ count: Int) -> [UInt8] {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(state >> 56)
        }
    }

    /// A PNG whose header claims another size, with the checksum that belongs to it.
    private static func claiming(_ width: UInt32, _ height: UInt32, _ png: Data) -> Data {
        var bytes = Array(png)
        for (place, value) in [(16, width), (20, height)] {
            for byte in 0..<4 { bytes[place + byte] = UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32(byte))) }
        }
        var checksum: UInt32 = .max
        for byte in bytes[12..<29] {
            checksum ^= UInt32(byte)
            for _ in 0..<8 { checksum = checksum >> 1 ^ (checksum & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
        checksum = ~checksum
        for byte in 0..<4 { bytes[29 + byte] = UInt8(truncatingIfNeeded: checksum >> (24 - 8 * UInt32(byte))) }
        return Data(bytes)
    }
}
