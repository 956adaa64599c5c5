import Foundation
import Imaging
import Media
import SystemPackage
import TestSupport
import Testing

/// Clips of every habit of time, in the words of ffmpeg. 96 x 64, one or two seconds.
enum Clips {
    static let video = "-f lavfi -i testsrc2=s=96x64:r=30:d=1.5"
    static let sound = "-f lavfi -i sine=d=1.5:r=48000"
    static let fast = "-c:v libx264 -preset ultrafast -bf 3"

    /// Name, and what makes it.
    static let all: [(name: String, recipe: String)] = [
        ("aac.mp4", "\(video) \(sound) \(fast) -c:a aac"),
        ("aac.mkv", "\(video) \(sound) \(fast) -c:a aac"),
        ("opus.mkv", "\(video) \(sound) \(fast) -c:a libopus"),
        ("opus.mp4", "\(video) \(sound) \(fast) -c:a libopus"),
        ("mp3.mp4", "\(video) \(sound) \(fast) -c:a libmp3lame"),
        ("mp3.mov", "\(video) \(sound) \(fast) -c:a libmp3lame"),
        ("flac.mkv", "\(video) \(sound) \(fast) -c:a flac"),
        ("alac.mov", "\(video) \(sound) \(fast) -c:a alac"),
        ("ac3.mkv", "\(video) \(sound) \(fast) -c:a ac3"),
        ("vorbis.webm", "\(video) \(sound) -c:v libvpx -deadline realtime -cpu-used 8 -c:a libvorbis"),
        ("mpeg.mpg", "\(video) \(sound) -c:v mpeg2video -bf 2 -c:a mp2"),
        ("mpeg4.avi", "\(video) \(sound) -c:v mpeg4 -c:a libmp3lame"),
        ("ntsc.mp4", "-f lavfi -i testsrc2=s=96x64:r=30000/1001:d=1.5 \(sound) \(fast) -c:a aac"),
        ("variable.mp4", "\(video) \(sound) -vf select='not(mod(n,3))+gt(n,30)' -vsync vfr \(fast) -c:a aac"),
        ("variable.mkv", "\(video) \(sound) -vf select='not(mod(n,3))+gt(n,30)' -vsync vfr \(fast) -c:a aac"),
        (
            "jitter.mp4",
            "\(video) \(sound) -vf setpts=PTS+random(0)*0.02/TB -vsync vfr -enc_time_base 1:90000 \(fast) -c:a aac"
        ),
        ("late-picture.mp4", "-itsoffset 0.5 \(video) \(sound) -vsync passthrough \(fast) -c:a aac"),
        ("late-sound.mp4", "\(video) -itsoffset 0.7 \(sound) \(fast) -c:a aac"),
        ("early-sound.mp4", "\(video) -itsoffset -0.3 \(sound) \(fast) -c:a aac"),
    ]

    static func make(_ name: String, in scratch: Scratch) async throws -> FilePath {
        let recipe = try #require(all.first { $0.name == name }?.recipe)
        try await scratch.ffmpeg("\(recipe) \(name)")
        return scratch(name)
    }
}

/// Frames, times, lengths and sound of an output against its source, as ffprobe sees both.
@Suite struct TimingTests {
    @Test(arguments: Clips.all.map(\.name))
    func everythingKeepsItsTime(name: String) async throws {
        let scratch = try Scratch()
        let source = try await Clips.make(name, in: scratch)
        let output = scratch("output.mp4")
        let notices = try carry(source, to: output)
        // What few players play in an MP4: one is told, the other is also encoded.
        let isRare = name.hasPrefix("opus") || name.hasPrefix("vorbis")
        #expect(notices.count == (isRare ? 1 : 0), "\(notices)")
        try await expectSameFrames(source, output, scratch)
        if !name.hasPrefix("vorbis") { try await expectSameSound(source, output, scratch) }
    }

    /// The presentation times; nil where a container does not say one for each frame.
    private func times(_ file: FilePath, _ scratch: Scratch) async throws -> [Double?] {
        try await scratch.ffprobe(file, "frame=best_effort_timestamp_time", stream: "v:0").map {
            $0["best_effort_timestamp_time"].flatMap(Double.init)
        }
    }

    private func expectSameFrames(_ source: FilePath, _ output: FilePath, _ scratch: Scratch) async throws {
        let before = try await times(source, scratch)
        let after = try await times(output, scratch)
        let information = try VideoReader(source).information
        // An MPEG program's clock starts anywhere; all others' times are kept as they are.
        let zero = information.zero.seconds
        #expect(source.extension == "mpg" ? zero > 0 : zero == 0)
        #expect(before.count > 15 && after.count == before.count)
        let gaps = zip(before, after).compactMap { before, after in
            before.flatMap { old in after.map { abs(old - zero - $0) } }
        }
        #expect(gaps.count >= before.count / 2)
        #expect(gaps.allSatisfy { $0 < 2e-6 }, "presentation times differ by \(gaps.max() ?? 0) s")
        let timeBase = information.video.timeBase
        let written = try await scratch.ffprobe(output, "stream=time_base", stream: "v:0")
        #expect(written.first?["time_base"] == "\(timeBase)")
        try await expectSameLength(source, output, scratch, tick: timeBase.value)
        try expectSamePictures(source, output)
    }

    /// The length of the whole file. Matroska counts to the millisecond and to the end of the last packet, which for
    /// sound is a guess of up to a packet.
    private func expectSameLength(_ source: FilePath, _ output: FilePath, _ scratch: Scratch, tick: Double) async throws
    {
        func length(_ file: FilePath, _ part: String, _ stream: String?) async throws -> Double? {
            try await scratch.ffprobe(file, "\(part)=duration", stream: stream).first?["duration"].flatMap(Double.init)
        }
        let whole = try await (length(source, "format", nil), length(output, "format", nil))
        let (before, after) = try (#require(whole.0), #require(whole.1))
        let isExact = source.extension == "mp4" || source.extension == "mov"
        #expect(abs(before - after) < (isExact ? 0.0011 : 0.025), "\(before) s becomes \(after) s")
        let video = try await (length(source, "stream", "v:0"), length(output, "stream", "v:0"))
        if isExact {
            let (before, after) = try (#require(video.0), #require(video.1))
            #expect(abs(before - after) <= max(tick, 1e-5), "the video's \(before) s become \(after) s")
        }
    }

    /// Each frame is itself and not its neighbour.
    private func expectSamePictures(_ source: FilePath, _ output: FilePath) throws {
        let before = try shots(source)
        let after = try shots(output)
        try #require(before.count == after.count)
        for index in before.indices {
            let own = psnr(before[index].pixels, after[index].pixels)
            #expect(own > 28, "frame \(index): \(own) dB")
            if index > 0 { #expect(own > psnr(before[index - 1].pixels, after[index].pixels), "frame \(index)") }
        }
    }

    private func expectSameSound(_ source: FilePath, _ output: FilePath, _ scratch: Scratch) async throws {
        let entries = "packet=pts_time,data_hash"
        let before = try await scratch.ffprobe(source, entries, stream: "a:0", ["-show_data_hash", "md5"])
        let after = try await scratch.ffprobe(output, entries, stream: "a:0", ["-show_data_hash", "md5"])
        #expect(before.count > 10)
        #expect(
            before.map { $0["data_hash"] } == after.map { $0["data_hash"] }, "the packets of sound are not the source's"
        )
        let zero = try VideoReader(source).information.zero.seconds
        // Matroska rounds times to milliseconds; the output's are exact again.
        let gaps = zip(before, after).compactMap { before, after -> Double? in
            guard let old = before["pts_time"].flatMap(Double.init), let new = after["pts_time"].flatMap(Double.init)
            else {
                return nil
            }
            return abs(old - zero - new)
        }
        #expect(gaps.count == before.count && gaps.allSatisfy { $0 < 0.00051 }, "times differ by \(gaps.max() ?? 0) s")
    }

    /// A clock that starts anywhere (a transport stream's, or one that runs for a minute and more before the first
    /// frame) is counted from the file's start; a shorter lead is kept.
    @Test(arguments: [("in.ts", 5000.0, true), ("in.mkv", 100.0, true), ("in.mkv", 2.0, false)])
    func clocksThatStartAnywhere(name: String, offset: Double, isMoved: Bool) async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg(
            "\(Clips.video) \(Clips.sound) \(Clips.fast) -c:a libmp3lame -output_ts_offset \(offset) \(name)")
        let notices = try carry(scratch(name), to: scratch("out.mp4"))
        #expect(notices.isEmpty, "\(notices)")
        let starts = try await [scratch(name), scratch("out.mp4")].asyncMap { file in
            try await ["v:0", "a:0"].asyncMap { stream in
                let found = try await scratch.ffprobe(
                    file, "packet=pts_time", stream: stream, ["-read_intervals", "%+#12"])
                return try #require(found.compactMap { $0["pts_time"].flatMap(Double.init) }.min())
            }
        }
        let (before, after) = (starts[0], starts[1])
        #expect(before.allSatisfy { $0 > offset - 0.1 })
        #expect(abs((before[0] - before[1]) - (after[0] - after[1])) < 0.001, "sound and picture move apart: \(starts)")
        let first = try #require(after.min())
        #expect((first < 0.001) == isMoved)
        if !isMoved { #expect(abs(after[0] - before[0]) < 0.001) }
    }

    @Test func severalTracksAreCarriedAndTheRestIsNamed() async throws {
        let scratch = try Scratch()
        try "1\n00:00:00,000 --> 00:00:01,000\nHi\n".write(
            toFile: scratch("s.srt").string, atomically: true, encoding: .utf8)
        try """
        ;FFMETADATA1
        title=A title
        [CHAPTER]
        TIMEBASE=1/1000
        START=0
        END=700
        title=One
        [CHAPTER]
        TIMEBASE=1/1000
        START=700
        END=1500
        title=Two
        """.write(toFile: scratch("tags.txt").string, atomically: true, encoding: .utf8)
        try await scratch.ffmpeg(
            "\(Clips.video) \(Clips.sound) -f lavfi -i sine=f=880:d=1.5:r=44100 -i s.srt -i tags.txt -map 0 -map "
                + "1 -map 2 "
                + "-map 3 -map_metadata 4 -map_chapters 4 -metadata:s:a:0 language=deu -metadata:s:a:1 language=eng "
                + "\(Clips.fast) -c:a:0 aac -c:a:1 libmp3lame -c:s srt in.mkv")
        let notices = try carry(scratch("in.mkv"), to: scratch("out.mp4"))
        let output = scratch("out.mp4")
        #expect(notices.isEmpty, "\(notices)")
        #expect(try await scratch.ffprobe(output, "stream=codec_name", stream: "s") == [["codec_name": "mov_text"]])
        let sound = try await scratch.ffprobe(output, "stream=codec_name:stream_tags=language", stream: "a")
        #expect(sound.map { [$0["codec_name"], $0["tag:language"]] } == [["aac", "deu"], ["mp3", "eng"]])
        #expect(try await scratch.ffprobe(output, "format_tags=title").first?["tag:title"] == "A title")
        let chapters = try await scratch.ffprobe(output, "chapter=start_time:chapter_tags=title")
        #expect(chapters.map { $0["tag:title"] } == ["One", "Two"])
        #expect(chapters.map { $0["start_time"].flatMap(Double.init) } == [0, 0.7])
        // An MP4 keeps chapters in a track, which is nothing that is left out.
        let again = try carry(output, to: scratch("again.mp4"))
        #expect(again.isEmpty, "\(again)")
        #expect(try VideoReader(output).information.streams.last?.kind == .chapters)
        #expect(try await scratch.ffprobe(scratch("again.mp4"), "chapter=start_time").count == 2)
        // A few frames of a clip are no longer than they are, chapters or no.
        for (frames, ends) in [(24, [0.7, 0.8]), (9, [0.3])] {
            let part = scratch("part\(frames).mp4")
            try carry(scratch("in.mkv"), to: part, selection: Selection(frames: frames))
            let chapters = try await scratch.ffprobe(part, "chapter=end_time:chapter_tags=title")
            #expect(chapters.map { $0["tag:title"] } == Array(["One", "Two"].prefix(ends.count)))
            // The picture begins a few hundredths late, as it does in the source.
            let found = chapters.compactMap { $0["end_time"].flatMap(Double.init) }
            #expect(zip(found, ends).allSatisfy { abs($0 - $1) < 0.04 }, "\(found)")
            let length = try await scratch.ffprobe(part, "format=duration").first?["duration"].flatMap(Double.init)
            #expect(try #require(length) < Double(frames) / 30 + 0.06)
        }
    }

    /// A MOV that was cut by its edit list alone still holds, and counts, what was cut away.
    @Test func whatAnEditListLeavesOutIsNotMissed() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=96x64:r=30:d=4 \(Clips.fast) -g 15 -video_track_timescale 15360 whole.mp4")
        var data = try Data(contentsOf: URL(fileURLWithPath: scratch("whole.mp4").string))
        // "elst", version and flags, count of entries; then length in 1/1000 s and start in the track's ticks.
        let entry = try #require(data.range(of: Data("elst".utf8))).upperBound + 8
        func number(_ place: Int) -> UInt32 { data[place..<(place + 4)].reduce(0) { $0 << 8 | UInt32($1) } }
        func put(_ value: UInt32, _ place: Int) {
            data.replaceSubrange(place..<(place + 4), with: withUnsafeBytes(of: value.bigEndian) { Array($0) })
        }
        #expect(number(entry) == 4000 && number(entry + 4) < 15360)
        put(2000, entry)
        put(number(entry + 4) + 2 * 15360, entry + 4)
        try data.write(to: URL(fileURLWithPath: scratch("cut.mp4").string))
        let reader = try VideoReader(scratch("cut.mp4"))
        let frame = reader.makeFrame()
        var count = 0
        while try reader.next(into: frame) { count += 1 }
        #expect(count == 60)
        #expect(reader.notices.isEmpty, "\(reader.notices)")
    }

    /// A track that MP4 does not hold is encoded; its beginning, its length and its pitch stay.
    @Test(arguments: [
        ("pcm_s16le", "48000", "stereo", 48000), ("pcm_s24le", "96000", "mono", 96000),
        ("pcm_mulaw", "8000", "mono", 8000), ("pcm_s16le", "48000", "5.1(side)", 48000),
    ])
    func soundThatMP4DoesNotHoldBecomesAAC(codec: String, rate: String, layout: String, encoded: Int) async throws {
        let scratch = try Scratch()
        let click = "aevalsrc=if(between(t\\,0.5\\,0.75)\\,0.5*sin(2*PI*440*t)\\,0):d=1.5:s=\(rate)"
        try await scratch.ffmpeg(
            "\(Clips.video) -f lavfi -i",
            [click, "-af", "aformat=channel_layouts=\(layout)"]
                + "\(Clips.fast) -c:a \(codec) in.mov".split(separator: " ").map(String.init))
        let notices = try carry(scratch("in.mov"), to: scratch("out.mp4"))
        #expect(notices.count == 1 && notices[0].contains(codec) && notices[0].contains("AAC"), "\(notices)")
        let stream = try #require(
            try await scratch.ffprobe(
                scratch("out.mp4"), "stream=codec_name,sample_rate,channels,start_time,duration", stream: "a:0"
            ).first)
        #expect(stream["codec_name"] == "aac" && stream["sample_rate"] == "\(encoded)")
        #expect(stream["start_time"].flatMap(Double.init) == 0)
        #expect(stream["channels"] == (layout == "mono" ? "1" : layout == "stereo" ? "2" : "6"))
        let length = try #require(stream["duration"].flatMap(Double.init))
        #expect(abs(length - 1.5) < 0.001)
        let before = try await burst(scratch("in.mov"), scratch)
        let after = try await burst(scratch("out.mp4"), scratch)
        #expect(abs(before.begin - 0.5) < 0.01 && abs(after.begin - before.begin) < 0.006, "\(before) \(after)")
        #expect(abs(after.end - before.end) < 0.006 && abs(before.end - 0.75) < 0.01)
        #expect(after.crossings > 50 && abs(before.crossings - after.crossings) <= 2, "\(before) \(after)")
    }

    /// Where a burst of sound begins and ends, in seconds, and how often it crosses zero: of the first channel at 48
    /// kHz.
    private func burst(_ file: FilePath, _ scratch: Scratch) async throws -> (
        begin: Double, end: Double, crossings: Int
    ) {
        try await scratch.ffmpeg(
            "-i \(file) -map 0:a:0 -af aformat=channel_layouts=mono,aresample=48000:async=1:first_pts=0 -f f32le "
                + "-c:a pcm_f32le pcm.raw"
        )
        let samples = try [UInt8](Data(contentsOf: URL(fileURLWithPath: scratch("pcm.raw").string))).withUnsafeBytes {
            Array($0.bindMemory(to: Float.self))
        }
        let loud = samples.indices.filter { abs(samples[$0]) > 0.02 }
        let begin = try #require(loud.first)
        let end = try #require(loud.last)
        let crossings = (begin..<end).count { samples[$0] < 0 && samples[$0 + 1] >= 0 }
        return (Double(begin) / 48000, Double(end) / 48000, crossings)
    }
}
