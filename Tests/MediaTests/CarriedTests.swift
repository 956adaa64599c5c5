import Foundation
import Imaging
import Media
import SystemPackage
import TestSupport
import Testing

/// What a clip has beside its pictures, in each container.
@Suite struct CarriedTests {
    private static let words = """
        1
        00:00:00,200 --> 00:00:00,900
        <i>one</i>

        2
        00:00:01,000 --> 00:00:02,500
        two

        """

    /// Two tracks of words, a font, a cover, chapters, a time code, and a tone that begins after a second.
    private func clip(in scratch: Scratch) async throws -> FilePath {
        try scratch.write("words.srt", Data(Self.words.utf8))
        try scratch.write("font.ttf", Data("no real font".utf8))
        let chapters = (0...1).map { "[CHAPTER]\nTIMEBASE=1/1\nSTART=\($0)\nEND=\($0 * 2 + 1)\ntitle=part \($0)\n" }
        try scratch.write("meta.txt", Data((";FFMETADATA1\n" + chapters.joined()).utf8))
        try await scratch.ffmpeg("-f lavfi -i color=red:s=32x32 -frames:v 1 cover.jpg")
        let inputs =
            "-f lavfi -i testsrc2=s=96x64:r=30:d=3 -f lavfi -i aevalsrc=gte(t\\,1)*sin(6283*t):s=48000:d=3 "
            + "-i words.srt -i meta.txt -map 0 -map 1 -map 2 -map 2 -map_chapters 3 \(Clips.fast) -c:a flac "
        let tags = "-metadata:s:s:0 language=ger -metadata:s:s:0 title=Deutsch -disposition:s:1 forced "
        let files = "-attach font.ttf -metadata:s:t:0 mimetype=font/ttf -attach cover.jpg "
        try await scratch.ffmpeg(
            inputs + "-c:s srt -timecode 01:00:00:00 " + tags + files
                + "-metadata:s:t:1 mimetype=image/jpeg -metadata:s:t:1 filename=cover.jpg in.mkv")
        return scratch("in.mkv")
    }

    /// When each subtitle that shows something begins, and how long it lasts, in milliseconds.
    private func shown(_ file: FilePath, _ scratch: Scratch, track: Int = 0) async throws -> [[Int]] {
        let packets = try await scratch.ffprobe(file, "packet=pts_time,duration_time,size", stream: "s:\(track)")
        return packets.filter { ($0["size"].flatMap { Int($0) } ?? 0) > 2 }.map { packet in
            ["pts_time", "duration_time"].map { Int(((packet[$0].flatMap(Double.init) ?? -1) * 1000).rounded()) }
        }
    }

    private static let text: [OutputFormat.Container: String] = [
        .mp4: "mov_text", .mov: "mov_text", .mkv: "subrip", .webm: "webvtt",
    ]

    private func settings(_ container: OutputFormat.Container) throws -> EncoderSettings {
        let fastest = OutputFormat[container].codecs[0].encoder.presets[0]
        return try EncoderSettings(container: container, preset: fastest)
    }

    @Test(arguments: OutputFormat.Container.allCases)
    func wordsChaptersAndTimecode(_ container: OutputFormat.Container) async throws {
        let scratch = try Scratch()
        let source = try await clip(in: scratch)
        let output = scratch("out.\(container)")
        let notices = try carry(source, to: output, settings: settings(container))
        let streams = try await scratch.ffprobe(output, "stream=codec_name,codec_type:stream_tags")
        let words = streams.filter { $0["codec_type"] == "subtitle" }
        #expect(words.map { $0["codec_name"] } == [Self.text[container], Self.text[container]])
        #expect(words[0]["tag:language"] == "ger")
        for track in 0...1 {
            #expect(try await shown(output, scratch, track: track) == [[200, 700], [1000, 1500]])
        }
        let timecode = streams[0].first { $0.key.lowercased() == "tag:timecode" }
        #expect(timecode?.value == "01:00:00:00")
        let chapters = try VideoReader(output).information.chapters
        #expect(chapters.map { $0.start.seconds } == [0, 1] && chapters.map(\.title) == ["part 0", "part 1"])
        #expect(notices.contains { $0.contains("attachment") } == (container != .mkv), "\(notices)")
        #expect(notices.contains { $0.contains("cover") } == ![.mkv, .mp4].contains(container), "\(notices)")
        let kinds = try VideoReader(output).information.streams.map(\.kind)
        #expect(kinds.contains(.attachment) == (container == .mkv))
        #expect(kinds.contains(.cover) == [.mkv, .mp4].contains(container))
    }

    /// The text itself, and how it is written, come through MP4's form and back.
    @Test func wordsStayTheirs() async throws {
        let scratch = try Scratch()
        try carry(try await clip(in: scratch), to: scratch("there.mp4"))
        try carry(scratch("there.mp4"), to: scratch("back.mkv"), settings: settings(.mkv))
        try await scratch.ffmpeg("-i back.mkv -map 0:s:0 back.srt")
        let text = String(decoding: try scratch.bytes("back.srt"), as: UTF8.self)
        #expect(text.contains("<i>one</i>") && text.contains("two"), "\(text)")
        #expect(text.contains("00:00:00,200 --> 00:00:00,900") && text.contains("00:00:01,000 --> 00:00:02,500"))
    }

    @Test(arguments: OutputFormat.Container.allCases)
    func aStretchCutsAndShiftsThem(_ container: OutputFormat.Container) async throws {
        let scratch = try Scratch()
        let output = scratch("out.\(container)")
        try carry(
            try await clip(in: scratch), to: output, settings: settings(container),
            selection: Selection(start: 0.5, end: 2))
        #expect(try await shown(output, scratch) == [[0, 400], [500, 1000]])
        let timecode = try await scratch.ffprobe(output, "stream_tags", stream: "v:0")[0]
        #expect(timecode.first { $0.key.lowercased() == "tag:timecode" }?.value == "01:00:00:15")
    }

    @Test func noneIsNone() async throws {
        let scratch = try Scratch()
        let source = try await clip(in: scratch)
        let reader = try VideoReader(source)
        let writer = try VideoWriter(
            scratch("out.mkv"), like: reader.information, settings: settings(.mkv), audioFrom: source,
            carrying: Carriage(sound: .none, subtitles: .none))
        let frame = reader.makeFrame()
        while try reader.next(into: frame) { try writer.write(frame) }
        try writer.finish()
        let kinds = try VideoReader(scratch("out.mkv")).information.streams.map(\.kind)
        #expect(!kinds.contains(.audio) && !kinds.contains(.subtitle) && kinds.contains(.cover), "\(kinds)")
        #expect(!writer.notices.contains { $0.contains("subtitle") || $0.contains("audio") })
    }

    /// When the tone is first heard, in milliseconds, by the clock that the pictures have.
    private func tone(_ file: FilePath, _ scratch: Scratch) async throws -> Double {
        try await scratch.ffmpeg(
            "-copyts -i \(file) -map 0:a -af aresample=async=1:first_pts=0 -ac 1 -ar 48000 -f f32le -y s.raw")
        let samples = try scratch.bytes("s.raw").withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        return Double(try #require(samples.firstIndex { abs($0) > 0.2 })) / 48
    }

    @Test(arguments: OutputFormat.Container.allCases, [nil, 0.5])
    func theSoundStaysInStep(_ container: OutputFormat.Container, _ start: Double?) async throws {
        let scratch = try Scratch()
        let source = try await clip(in: scratch)
        let output = scratch("out.\(container)")
        try carry(source, to: output, settings: settings(container), selection: Selection(start: start))
        let expected = try await tone(source, scratch) - (start ?? 0) * 1000
        #expect(abs(try await tone(output, scratch) - expected) <= 1)
    }

    /// What an MP4 holds is not what plays.
    @Test(arguments: [("libvorbis", "aac", true), ("libopus", "opus", true), ("ac3", "ac3", false)])
    func soundThatFewPlay(_ encoder: String, _ written: String, _ isTold: Bool) async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("\(Clips.video) \(Clips.sound) \(Clips.fast) -c:a \(encoder) -ac 2 in.mkv")
        let notices = try carry(scratch("in.mkv"), to: scratch("out.mp4"))
        let sound = try await scratch.ffprobe(scratch("out.mp4"), "stream=codec_name,channels", stream: "a")
        #expect(sound.map { $0["codec_name"] } == [written] && sound[0]["channels"] == "2")
        #expect(notices.contains { $0.contains("few players") } == isTold, "\(notices)")
        let kept = try carry(scratch("in.mkv"), to: scratch("out.mkv"), settings: settings(.mkv))
        #expect(kept.isEmpty, "\(kept)")
    }
}
