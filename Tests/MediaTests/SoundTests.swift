import Foundation
import Media
import SystemPackage
import TestSupport
import Testing

/// Which sound is carried, and in what order.
@Suite struct SoundTests {
    /// Two programmes with a clock each, as a television channel's multiplex has: the picture that is painted keeps its
    /// own sound.
    @Test func soundOfThePicturesProgramme() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg(
            "-itsoffset 40 -f lavfi -i testsrc2=s=64x48:r=10:d=3 -itsoffset 40 -f lavfi -i sine=f=880:d=3 "
                + "-f lavfi -i testsrc2=s=128x96:r=10:d=3 -f lavfi -i sine=d=3 -map 3 -map 0 -map 1 -map 2 "
                + "-program title=a:st=1:st=2 -program title=b:st=3:st=0 -c:v libx264 -preset ultrafast -c:a aac in.ts")
        let notices = try carry(scratch("in.ts"), to: scratch("out.mp4"))
        let isFirst = try VideoReader(scratch("in.ts")).information.video.width == 64
        #expect(notices.contains { $0.contains("another programme") }, "\(notices)")
        let streams = try await scratch.ffprobe(scratch("out.mp4"), "stream=codec_type,start_time,duration")
        #expect(streams.compactMap { $0["codec_type"] } == ["video", "audio"])
        for stream in streams {
            let (start, length) = (stream["start_time"].flatMap(Double.init), stream["duration"].flatMap(Double.init))
            #expect(try abs(#require(start)) < 0.1 && abs(#require(length) - 3) < 0.1, "\(stream)")
        }
        try await scratch.ffmpeg("-i out.mp4 -map a:0 -af atrim=1:2 -ac 1 -f s16le sound.raw")
        let samples = try Data(contentsOf: URL(fileURLWithPath: scratch("sound.raw").string)).withUnsafeBytes {
            Array($0.bindMemory(to: Int16.self))
        }
        let crossings = zip(samples, samples.dropFirst()).count { ($0 < 0) != ($1 < 0) }
        #expect(abs(crossings - (isFirst ? 1760 : 880)) < 20, "\(crossings / 2) Hz are heard")
    }

    /// Sound of another programme that begins long before the picture does not put off the output's beginning.
    @Test func theOutputBeginsWithThePicturesProgramme() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg(
            "-itsoffset 5 -f lavfi -i testsrc2=s=64x48:r=10:d=3 -f lavfi -i sine=d=8 -map 0 -map 1 -program "
                + "title=a:st=0 "
                + "-program title=b:st=1 -c:v libx264 -preset ultrafast -c:a aac in.ts")
        try carry(scratch("in.ts"), to: scratch("out.mp4"))
        let streams = try await scratch.ffprobe(scratch("out.mp4"), "stream=codec_type,start_time")
        #expect(streams.compactMap { $0["codec_type"] } == ["video"])
        #expect(try abs(#require(streams[0]["start_time"].flatMap(Double.init))) < 0.001, "\(streams)")
    }

    /// Sound that begins later than libav looks by itself.
    @Test(arguments: ["in.ts", "in.mpg"]) func soundThatBeginsLate(name: String) async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=64x48:r=25:d=12 -itsoffset 9 -f lavfi -i sine=d=3:r=48000 -map 0 -map 1 "
                + "-c:v mpeg2video -c:a mp2 \(name)")
        let notices = try carry(scratch(name), to: scratch("out.mp4"))
        #expect(notices.isEmpty, "\(notices)")
        let streams = try await scratch.ffprobe(scratch("out.mp4"), "stream=codec_type,start_time,duration")
        try #require(streams.compactMap { $0["codec_type"] } == ["video", "audio"])
        let starts = streams.compactMap { $0["start_time"].flatMap(Double.init) }
        try #require(starts.count == 2)
        #expect(abs(starts[1] - starts[0] - 9) < 0.1, "\(streams)")
        #expect(abs(try #require(streams[1]["duration"].flatMap(Double.init)) - 3) < 0.1, "\(streams)")
    }

    /// Sound of which nothing is known when the output's tracks are settled: what is left out is said.
    @Test func soundThatBeginsTooLateIsTold() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=64x48:r=25:d=112 -f lavfi -i sine=d=112:r=48000 -itsoffset 95 -f lavfi "
                + "-i sine=d=1:r=48000 -map 0 -map 1 -map 2 -c:v mpeg2video -g 12 -c:a mp2 in.mpg")
        // Longer, or libav finds it in a look at the file's end.
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=64x48:r=25:d=150 -itsoffset 95 -f lavfi -i sine=d=1:r=48000 -map 0 -map 1 "
                + "-c:v mpeg2video -g 12 -c:a mp2 only.mpg")
        for (name, tracks) in [("in.mpg", 1), ("only.mpg", 0)] {
            for (selection, isTold) in [(Selection(start: 94, end: 98), true), (Selection(end: 2), false)] {
                let output = scratch("\(name)-\(isTold).mp4")
                let notices = try carry(scratch(name), to: output, selection: selection)
                #expect(notices.count { $0.contains("begins in mid-file") } == (isTold ? 1 : 0), "\(name): \(notices)")
                #expect(try await scratch.ffprobe(output, "stream=codec_type", stream: "a").count == tracks)
            }
        }
    }

    /// Tracks that are encoded anew end in the file's order.
    @Test func twoTracksGiveTheSameBytesEachTime() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg(
            "\(Clips.video) -f lavfi -i sine=d=1 -f lavfi -i sine=f=880:d=1 -map 0 -map 1 -map 2 \(Clips.fast) "
                + "-c:a pcm_s16le in.mov")
        let files = try (0..<8).map { number in
            try carry(scratch("in.mov"), to: scratch("\(number).mp4"))
            return try Data(contentsOf: URL(fileURLWithPath: scratch("\(number).mp4").string))
        }
        #expect(files.allSatisfy { $0 == files[0] && $0.count > 1000 })
    }

    /// A recording that begins inside a frame of sound: the rest of that frame is left out, and the track can be
    /// played.
    @Test func aRecordingThatBeginsInsideAFrame() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("\(Clips.video) -f lavfi -i sine=d=1:r=48000 \(Clips.fast) -c:a aac whole.ts")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: scratch("whole.ts").string))
        let header = try #require(
            (0..<(bytes.count - 3)).first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xF1 && bytes[$0 + 2] == 0x4C })
        bytes[header] = 0
        bytes[header + 1] = 0
        try bytes.write(to: URL(fileURLWithPath: scratch("in.ts").string))
        let notices = try carry(scratch("in.ts"), to: scratch("out.mp4"))
        #expect(notices.contains { $0.contains("1 damaged packet") }, "\(notices)")
        let stream = try #require(
            await scratch.ffprobe(scratch("out.mp4"), "stream=codec_name,extradata_size", stream: "a:0").first)
        #expect(stream["codec_name"] == "aac" && stream["extradata_size"].flatMap(Int.init) ?? 0 > 0, "\(stream)")
    }
}
