import Foundation
import Imaging
import Machine
import Media
import SystemPackage
import TestSupport
import Testing

/// Inputs that are none, or are broken, or mean harm.
@Suite struct DamageTests {
    private func write(_ text: String, to path: FilePath) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path.string))
    }

    private func bytes(_ path: FilePath) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path.string)) }

    @Test func whatIsNoVideoIsSaidInOneSentence() async throws {
        let scratch = try Scratch()
        try write("", to: scratch("empty.mp4"))
        try write("Some words.\n", to: scratch("words.txt"))
        try write(String(repeating: "Some words.\n", count: 500), to: scratch("words.mp4"))
        try FileManager.default.createDirectory(atPath: scratch("folder").string, withIntermediateDirectories: false)
        try await scratch.ffmpeg("-f lavfi -i sine=d=1 -c:a aac sound.m4a")
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=32x32 -frames:v 1 still.png")
        try await scratch.ffmpeg(
            "-f lavfi -i sine=d=1 -i still.png -map 0 -map 1 -c:v png -disposition:v:0 attached_pic cover.m4a")
        let cases: [(String, MediaError.Kind, String)] = [
            ("none.mp4", .missing, "No such file"), ("empty.mp4", .notMedia, "empty"),
            ("words.txt", .notMedia, "no video"),
            ("folder", .notMedia, "folder"), ("sound.m4a", .noVideo, "only audio"),
            ("still.png", .stillPicture, "still picture"),
            ("cover.m4a", .noVideo, "cover"), ("words.mp4", .damaged, "open"),
        ]
        for (name, kind, words) in cases {
            expectFailure(kind, naming: name, words) { _ = try VideoReader(scratch(name)) }
        }
    }

    /// A list of other files is refused before one of them is opened, whatever it is called.
    @Test func playlistsAreRefused() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=32x32:d=1 -c:v libx264 -preset ultrafast clip.ts")
        let list = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:1,\nclip.ts\n#EXT-X-ENDLIST\n"
        let lists: [String: String] = [
            "list.m3u8": list, "list.mp4": list, "bom.mp4": "\u{FEFF}" + list, "blank.m3u8": "\n " + list,
            "list.ffconcat": "ffconcat version 1.0\nfile clip.ts\n",
            "list.pls": "[playlist]\nFile1=clip.ts\n",
            "list.mpd": "<?xml version=\"1.0\"?><MPD type=\"static\"><Period><BaseURL>clip.ts</BaseURL></Period></MPD>",
            "list.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
                + "a=rtpmap:96 H264/90000\n",
        ]
        for (name, text) in lists {
            try write(text, to: scratch(name))
            expectFailure(.refused, naming: name, "playlist") { _ = try VideoReader(scratch(name)) }
            if name != "list.sdp" {
                expectFailure(.refused, naming: name, "playlist") { _ = try PictureFile.read(scratch(name)) }
            }
        }
    }

    /// Names that libav would take for protocols, patterns or options are names of files.
    @Test(arguments: [
        "clip%03d.mp4", "-", "pipe:0", "http:x.mp4", "concat:a|b.mp4", "a b?*[1].mp4", "ünï\u{1F3A8}.mp4",
    ])
    func anyNameIsAFile(name: String) async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=32x32:r=10:d=1 -c:v libx264 -preset ultrafast plain.mp4")
        try FileManager.default.moveItem(atPath: scratch("plain.mp4").string, toPath: scratch(name).string)
        try carry(scratch(name), to: scratch("out of " + name))
        #expect(try shots(scratch("out of " + name)).count == 10)
    }

    @Test func controlCharactersAreEscaped() throws {
        let scratch = try Scratch()
        let name = "red\u{1B}[31m\n\u{202E}.mp4"
        do {
            _ = try VideoReader(scratch(name))
            Issue.record("no error")
        } catch let error as MediaError {
            #expect(error.description.contains("red\\u{1B}[31m\\u{A}\\u{202E}.mp4"))
            #expect(!error.description.unicodeScalars.contains { $0.value < 32 || $0.value == 0x202E })
        }
        #expect(printable("plain \u{1F469}\u{200D}\u{1F3A8} ünï") == "plain \u{1F469}\u{200D}\u{1F3A8} ünï")
    }

    /// bomb.avi, whose header promises 100,000 x 100,000.
    private func makeBomb(in scratch: Scratch) async throws {
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=64x48:r=10:d=0.5 -c:v ffv1 in.avi")
        var clip = try bytes(scratch("in.avi"))
        let format = try #require(clip.range(of: Data("strf".utf8)))
        for offset in [12, 16] {  // width and height of the BITMAPINFOHEADER
            let place = format.lowerBound + offset
            clip.replaceSubrange(place..<(place + 4), with: [0xA0, 0x86, 0x01, 0x00])
        }
        try clip.write(to: URL(fileURLWithPath: scratch("bomb.avi").string))
    }

    /// libav says why a call failed in its log alone, which all threads share.
    @Test func reasonsOfSeveralThreadsAreNotMixed() async throws {
        let scratch = try Scratch()
        try await makeBomb(in: scratch)
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=64x48:r=10:d=0.5 -c:v libx264 whole.mkv")
        try bytes(scratch("whole.mkv"))[..<30].write(to: URL(fileURLWithPath: scratch("cut.mkv").string))
        await withTaskGroup { group in
            for task in 0..<4 {
                let (kind, name, words): (MediaError.Kind, String, String) =
                    task % 2 == 0
                    ? (.refused, "bomb.avi", "too many pixels") : (.damaged, "cut.mkv", "EBML header parsing failed")
                group.addTask {
                    for _ in 0..<100 {
                        expectFailure(kind, naming: name, words) {
                            _ = try VideoReader(scratch(name))
                        }
                    }
                }
            }
        }
    }

    /// A picture too large is refused before it is allocated: here a header promises 100,000 x 100,000.
    @Test func pixelBombsAreRefused() async throws {
        let scratch = try Scratch()
        try await makeBomb(in: scratch)
        expectFailure(.refused, naming: "bomb.avi", "too many pixels (Picture size 100000x100000") {
            _ = try VideoReader(scratch("bomb.avi"))
        }

        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=64x48 -frames:v 1 in.png")
        var picture = try bytes(scratch("in.png"))
        for offset in [16, 20] { picture.replaceSubrange(offset..<(offset + 4), with: [0x00, 0x01, 0x86, 0xA0]) }
        try picture.write(to: URL(fileURLWithPath: scratch("bomb.png").string))
        expectFailure(.refused, naming: "bomb.png", "100000 x 100000") { _ = try PictureFile.read(scratch("bomb.png")) }
        for offset in [16, 20] { picture.replaceSubrange(offset..<(offset + 4), with: [0xFF, 0xFF, 0xFF, 0xFF]) }
        try picture.write(to: URL(fileURLWithPath: scratch("bomb.png").string))
        expectFailure(.refused, naming: "bomb.png", "4294967295 x") { _ = try PictureFile.read(scratch("bomb.png")) }

        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=64x48 -frames:v 1 in.bmp")
        var bitmap = try bytes(scratch("in.bmp"))
        for offset in [18, 22] { bitmap.replaceSubrange(offset..<(offset + 4), with: [0xA0, 0x86, 0x01, 0x00]) }
        try bitmap.write(to: URL(fileURLWithPath: scratch("bomb.bmp").string))
        expectFailure(.refused, naming: "bomb.bmp", "too many pixels") { _ = try PictureFile.read(scratch("bomb.bmp")) }
    }

    /// An AVI that went through a pipe has a head that says nothing true of its length.
    @Test func whatWasWrittenIntoAPipeIsWhole() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=96x64:r=25:d=2 -c:v mjpeg whole.avi")
        var bytes = try scratch.bytes("whole.avi")
        bytes.replaceSubrange(4..<8, with: [255, 255, 255, 255])
        let frames = try #require(bytes.firstRange(of: Data("vidsMJPG".utf8))).lowerBound + 32
        bytes.replaceSubrange(frames..<(frames + 4), with: [0, 0, 0, 0x40])
        try scratch.write("in.avi", bytes)
        let reader = try VideoReader(scratch("in.avi"))
        while try reader.advance() != nil {}
        #expect(reader.frameCount == 50 && reader.damage.isNone, "\(reader.notices)")
    }

    /// What is cut off of an AVI without its index is the index.
    @Test func anAVIWithoutItsIndexIsWhole() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=96x64:r=25:d=2 -f lavfi -i sine=d=2 -c:v mjpeg -c:a pcm_s16le whole.avi")
        let bytes = try scratch.bytes("whole.avi")
        let index = try #require(bytes.range(of: Data("idx1".utf8), options: .backwards)).lowerBound
        for (length, frames) in [(index, 50), (index - 4000, nil)] as [(Int, Int?)] {
            try scratch.write("in.avi", bytes.prefix(length))
            let reader = try VideoReader(scratch("in.avi"))
            while try reader.advance() != nil {}
            #expect(reader.damage.isNone == (frames != nil), "\(reader.notices)")
            if let frames { #expect(reader.frameCount == frames) }
        }
    }

    /// A file that breaks off gives what it holds, and says so where its head says how long it is, which a transport
    /// stream's does not; one that breaks off too early is damaged.
    @Test(arguments: [("mp4", "cut off"), ("mkv", "its video ends at"), ("ts", nil)] as [(String, String?)])
    func cutOffFilesGiveWhatTheyHold(container: String, words: String?) async throws {
        let scratch = try Scratch()
        let faststart = container == "mp4" ? "-movflags +faststart" : ""
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=96x64:r=30:d=6 -f lavfi -i sine=d=6:r=48000 \(Clips.fast) -g 15 -c:a aac "
                + "\(faststart) whole.\(container)")
        let whole = try shots(scratch("whole.\(container)"))
        let data = try bytes(scratch("whole.\(container)"))
        try data.prefix(data.count * 6 / 10).write(to: URL(fileURLWithPath: scratch("cut.\(container)").string))
        let notices = try carry(scratch("cut.\(container)"), to: scratch("out.mp4"))
        let part = try shots(scratch("out.mp4"))
        #expect(part.count > 10 && part.count < whole.count)
        if let words { #expect(notices.contains { $0.contains(words) }, "\(notices)") }
        try data.prefix(700).write(to: URL(fileURLWithPath: scratch("stub.\(container)").string))
        do {
            _ = try VideoReader(scratch("stub.\(container)"))
            Issue.record("700 bytes are read as a clip")
        } catch let error as MediaError {
            #expect([.damaged, .notMedia, .noVideo].contains(error.kind), "\(error)")
        }
    }

    @Test func anMP4WithoutItsIndexIsDamaged() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("\(Clips.video) \(Clips.fast) whole.mp4")
        let data = try bytes(scratch("whole.mp4"))
        try data.prefix(data.count / 2).write(to: URL(fileURLWithPath: scratch("half.mp4").string))
        expectFailure(.damaged, naming: "half.mp4", "moov") { _ = try VideoReader(scratch("half.mp4")) }
    }

    /// Wrong bytes on the way lose some frames, never the order, the program, or the rest.
    @Test(arguments: ["mp4", "mkv", "ts"], [1, 2, 3])
    func wrongBytesOnTheWayAreOutlived(container: String, seed: UInt64) async throws {
        let scratch = try Scratch()
        let faststart = container == "mp4" ? "-movflags +faststart" : ""
        try await scratch.ffmpeg(
            "\(Clips.video) \(Clips.sound) \(Clips.fast) -g 15 -c:a aac \(faststart) whole.\(container)")
        var data = try bytes(scratch("whole.\(container)"))
        var state = seed &* 0x9E37_79B9_7F4A_7C15  // a sequence of its own for each seed; wraps around
        for _ in 0..<40 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let place = data.count / 4 + Int(state >> 33) % (data.count * 3 / 4)
            data[place] = UInt8(truncatingIfNeeded: state >> 24)
        }
        try data.write(to: URL(fileURLWithPath: scratch("wrong.\(container)").string))
        let notices = try carry(scratch("wrong.\(container)"), to: scratch("out.mp4"))
        let frames = try shots(scratch("out.mp4"))
        #expect(frames.count > 10)
        #expect(zip(frames, frames.dropFirst()).allSatisfy { $0.time < $1.time })
        #expect(notices.contains { $0.contains("damaged") }, "\(notices)")
    }
}
