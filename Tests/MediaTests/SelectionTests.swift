import Foundation
import Imaging
import Media
import SystemPackage
import TestSupport
import Testing

/// A selected stretch is, frame for frame, the stretch of the whole.
@Suite struct SelectionTests {
    static let clips: [(name: String, recipe: String)] = [
        ("open.mkv", "-c:v libx264 -preset fast -bf 3 -g 50 -x264-params open-gop=1"),
        ("open.mp4", "-c:v libx264 -preset fast -bf 3 -g 50 -x264-params open-gop=1"),
        ("open.ts", "-c:v libx264 -preset fast -bf 3 -g 50 -x264-params open-gop=1"),
        ("hevc.ts", "-c:v libx265 -preset ultrafast -x265-params log-level=error:keyint=60:bframes=3:open-gop=1"),
        ("refresh.mp4", "-c:v libx264 -preset fast -x264-params intra-refresh=1:keyint=50"),
        ("program.mpg", "-c:v mpeg2video -bf 2 -g 15"),
        ("raw.h264", "-c:v libx264 -preset fast -bf 3 -g 40"),
        ("vp8.webm", "-c:v libvpx -deadline realtime -cpu-used 8 -g 45"),
        ("mpeg4.avi", "-c:v mpeg4 -bf 2 -g 40"),
        ("theora.ogv", "-c:v libtheora"),
    ]

    @Test(arguments: clips.map(\.name))
    func anyStartGivesTheFramesOfTheWhole(name: String) async throws {
        let scratch = try Scratch()
        let recipe = try #require(SelectionTests.clips.first { $0.name == name }?.recipe)
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=96x64:r=30:d=4 \(recipe) \(name)")
        let whole = try shots(scratch(name))
        #expect(whole.count == 120)
        let reader = try VideoReader(scratch(name))
        let video = reader.information.video
        for start in [0, 0.3, 1, 1.65, 2, 2.9, 3.93] {
            let part = try shots(scratch(name), selection: Selection(start: start, frames: 3))
            let first = try #require(
                whole.firstIndex { Double($0.time - video.start.value) * video.timeBase.value > start - 2e-6 })
            #expect(part == Array(whole[first..<min(first + 3, whole.count)]), "from \(start) s")
        }
    }

    @Test func endAndCountCloseTheStretch() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=96x64:r=25:d=2 \(Clips.fast) in.mp4")
        let whole = try shots(scratch("in.mp4"))
        func part(_ selection: Selection) throws -> [Shot] { try shots(scratch("in.mp4"), selection: selection) }
        #expect(try part(Selection(end: 0.4)) == Array(whole[..<10]))
        #expect(try part(Selection(start: 0.4, end: 0.8)) == Array(whole[10..<20]))
        #expect(try part(Selection(start: 1.8, end: 9)) == Array(whole[45...]))
        #expect(try part(Selection(start: 1, frames: 1)) == [whole[25]])
        #expect(try part(Selection(frames: 7)) == Array(whole[..<7]))
        for (selection, words) in [(Selection(start: 2), "2.0 s long"), (Selection(start: 1, end: 1), "no frame")] {
            expectFailure(.emptySelection, naming: "in.mp4", words) { _ = try part(selection) }
        }
    }

    /// The output of a stretch begins at zero, and its sound with it.
    @Test(arguments: ["mp4", "mkv"])
    func soundIsCutAtPacketBoundaries(container: String) async throws {
        let scratch = try Scratch()
        let source = scratch("in.\(container)")
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=96x64:r=30:d=12 -f lavfi -i sine=d=12:r=48000 \(Clips.fast) -g 60 -c:a aac "
                + "\(source)"
        )
        let entries = "packet=pts_time,data_hash"
        let hash = ["-show_data_hash", "md5"]
        let whole = try await scratch.ffprobe(source, entries, stream: "a:0", hash)
        for selection in [Selection(start: 7.5, end: 9), Selection(start: 1, frames: 30), Selection(end: 2)] {
            let output = scratch("out.mp4")
            try? FileManager.default.removeItem(atPath: output.string)
            try carry(source, to: output, selection: selection)
            let start = selection.start ?? 0
            let end = selection.end ?? start + 1
            let part = try await scratch.ffprobe(output, entries, stream: "a:0", hash)
            let hashes = whole.map { $0["data_hash"] }
            let head = try #require(part.first)["data_hash"]
            let first = try #require(hashes.firstIndex(of: head))
            #expect(part.map { $0["data_hash"] } == Array(hashes[first..<(first + part.count)]), "\(selection)")
            func time(_ packet: [String: String]) throws -> Double {
                try #require(packet["pts_time"].flatMap(Double.init))
            }
            // A packet of AAC lasts 21 ms; the clip's video may begin one such later than its sound.
            let begin = try time(whole[first])
            let last = try time(whole[first + part.count - 1])
            if selection.start != nil { #expect(begin > start - 0.023 && begin <= start + 0.023) }
            #expect(last < end + 0.023 && last > end - 0.023, "\(last) \(end)")
            let shift = try time(part[part.count / 2]) - time(whole[first + part.count / 2])
            let video = try VideoReader(source).information.video
            let zero = selection.start == nil ? 0 : try shots(source, selection: selection)[0].time
            #expect(abs(shift + Double(zero) * video.timeBase.value) < 0.0011, "sound is moved by \(shift) s")
            let picture = try await scratch.ffprobe(output, "stream=start_time", stream: "v:0").first?["start_time"]
            let expected = selection.start == nil ? video.start.seconds : 0
            #expect(abs(try #require(picture.flatMap(Double.init)) - expected) < 0.001)
        }
    }

    /// Sound that ends inside its last packet does so in a stretch too.
    @Test func aStretchEndsWithTheSourcesSound() async throws {
        let scratch = try Scratch()
        let source = try await Clips.make("late-sound.mp4", in: scratch)
        try carry(source, to: scratch("out.mp4"), selection: Selection(start: 1))
        let ends = try await [source, scratch("out.mp4")].asyncMap { file in
            let stream = try await scratch.ffprobe(file, "stream=start_time,duration", stream: "a:0").first
            let start = try #require(stream?["start_time"].flatMap(Double.init))
            return try start + #require(stream?["duration"].flatMap(Double.init))
        }
        #expect(abs(ends[0] - 1 - ends[1]) < 0.002, "\(ends)")
    }

    /// Slides: a picture at 0, one at 5 and one at 35 s. What is on the screen is in the stretch, for as long as it is
    /// there.
    @Test(arguments: ["-bf 0 in.mp4", "-bf 2 in.mp4", "in.mkv"]) func slides(recipe: String) async throws {
        let scratch = try Scratch()
        let file = scratch(String(recipe.split(separator: " ").last!))
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=96x64:r=1:d=40 -f lavfi -i sine=d=40:r=48000 -vf select='eq(n,0)+eq(n,5)+eq(n,35)' "
                + "-fps_mode vfr -c:v libx264 -preset ultrafast -c:a aac \(recipe)")
        let whole = try shots(file)
        try #require(whole.count == 3)
        let video = try VideoReader(file).information.video
        for (selection, slides, length) in [
            (Selection(end: 10), [0, 1], 10), (Selection(start: 7, end: 30), [1], 23),
            (Selection(start: 7, end: 35.5), [1, 2], 28.5), (Selection(start: 2, end: 3), [0], 1),
        ] {
            let part = try shots(file, selection: selection)
            #expect(part.map(\.pixels) == slides.map { whole[$0].pixels }, "\(selection)")
            let start = part.first.map { Double($0.time - video.start.value) * video.timeBase.value }
            if let expected = selection.start { #expect(start == expected) } else { #expect(part.first == whole[0]) }
            try? FileManager.default.removeItem(atPath: scratch("out.mp4").string)
            try carry(file, to: scratch("out.mp4"), selection: selection)
            for stream in ["v:0", "a:0"] {
                let said = try await scratch.ffprobe(scratch("out.mp4"), "stream=duration", stream: stream)
                let seconds = try #require(said.first?["duration"].flatMap(Double.init))
                #expect(abs(seconds - length) < 0.05, "\(selection), \(stream): \(seconds) s")
            }
        }
    }
}
