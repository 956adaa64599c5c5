import Foundation
import TestSupport
import Testing

/// What a painted clip keeps of its source.
@Suite struct CarriedTests {
    /// Paints a clip and says what the source and the result hold.
    private func painted(_ source: String, _ flags: [String] = [], as name: String = "in.mp4") async throws -> (
        source: Probe, output: Probe, outcome: Program.Outcome
    ) {
        let folder = try Scratch()
        try folder.take(source, as: name)
        try folder.take(await Fixture.style, as: "style.png")
        let outcome = try await Program.run(
            Refusal.paint(name) + ["--no-measure", "--encoder-preset", "ultrafast"] + flags, in: folder)
        try #require(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output.isEmpty)
        #expect(try Set(folder.contents().keys) == [name, "style.png", "out.mp4"])
        return (try await Probe.read(name, in: folder), try await Probe.read("out.mp4", in: folder), outcome)
    }

    @Test func frameTimesDurationAndSoundOfAnMP4() async throws {
        let (source, output, _) = try await painted(await Fixture.clip)
        #expect(try source.frameTimes == output.frameTimes && output.frameTimes.count == 10)
        #expect(try source.video.duration == output.video.duration)
        #expect(source.format.duration == output.format.duration)
        #expect(output.sound.count == 1)
        #expect(source.hashes(of: source.sound[0]) == output.hashes(of: output.sound[0]))
        #expect(source.times(of: source.sound[0]) == output.times(of: output.sound[0]))
        #expect(source.sound[0].duration == output.sound[0].duration)
        #expect(try output.video.codec_name == "h264" && output.video.pix_fmt == "yuv420p")
    }

    @Test func unevenTimesAndTwoTracksOfAMatroska() async throws {
        let (source, output, _) = try await painted(await Fixture.uneven, as: "in.mkv")
        let steps = try zip(source.frameTimes, source.frameTimes.dropFirst()).map { Int((($1 - $0) * 1000).rounded()) }
        #expect(Set(steps).count > 2, "the source is not uneven")
        #expect(try source.frameTimes == output.frameTimes)
        #expect(output.sound.map(\.codec_name) == ["aac", "ac3"])
        #expect(output.sound.map { $0.tags?["language"] } == ["deu", "fra"])
        for (old, new) in zip(source.sound, output.sound) {
            #expect(source.hashes(of: old) == output.hashes(of: new))
            // Matroska counts milliseconds, an MP4's sound its samples.
            #expect(zip(source.times(of: old), output.times(of: new)).allSatisfy { abs($0 - $1) <= 0.001 })
        }
    }

    @Test(
        arguments: [
            ("in.webm", ["-c:v", "libvpx", "-c:a", "libopus"], "opus"),
            ("in.avi", ["-c:v", "mpeg4", "-c:a", "libmp3lame"], "mp3"),
            ("in.ts", ["-c:v", "mpeg2video", "-c:a", "mp2"], nil),
            ("in.mov", ["-c:v", "prores_ks", "-c:a", "pcm_s16le"], nil),
            ("in.flv", ["-c:v", "flv1", "-c:a", "aac"], "aac"),
            ("in.mkv", ["-c:v", "ffv1", "-c:a", "flac"], nil),
        ] as [(String, [String], String?)])
    func everyContainer(_ name: String, _ encoding: [String], _ copied: String?) async throws {
        let (source, output, _) = try await painted(await Fixture.clip(name, encoding), as: name)
        let (old, new) = (try source.frameTimes, try output.frameTimes)
        #expect(old.count == new.count)
        // A transport stream's clock starts anywhere; an output's starts where its source's does, counted from zero.
        #expect(zip(old, new).allSatisfy { abs(($0 - old[0]) - ($1 - new[0])) < 1e-5 })
        #expect(output.sound.count == 1)
        if let copied {
            #expect(output.sound[0].codec_name == copied)
            #expect(source.hashes(of: source.sound[0]) == output.hashes(of: output.sound[0]))
        }
    }

    @Test func coloursPixelShapeAndRange() async throws {
        let tags = [
            "-colorspace", "smpte170m", "-color_primaries", "bt709", "-color_trc", "smpte170m", "-color_range", "pc",
        ]
        let source = try await Fixture.clip("tagged.mp4", ["-vf", "setsar=4/3"] + Fixture.x264 + tags)
        let (old, new, _) = try await painted(source)
        let (from, to) = (try old.video, try new.video)
        #expect(from.color_range == "pc" && from.sample_aspect_ratio == "4:3", "the source is not as meant")
        #expect(to.color_range == from.color_range && to.color_space == from.color_space)
        #expect(to.color_primaries == from.color_primaries && to.color_transfer == from.color_transfer)
        #expect(to.sample_aspect_ratio == from.sample_aspect_ratio)
    }

    @Test func rotationIsApplied() async throws {
        let folder = try Scratch()
        let turned = await ["-i", try Fixture.clip, "-c", "copy", "-metadata:s:v:0", "rotate=90"]
        let source = try await Fixtures.shared.make("turned.mp4", turned)
        let (old, new, _) = try await painted(source)
        #expect(
            try old.video.side_data_list?.contains { abs($0.rotation ?? 0) == 90 } == true, "the source is not turned")
        #expect(try new.video.width == 48 && new.video.height == 64)
        #expect(try new.video.side_data_list?.contains { ($0.rotation ?? 0) != 0 } != true)
        _ = folder
    }

    @Test func oddSidesAreRepeatedWithANotice() async throws {
        let clip = try await Fixture.silent(63, 47, frames: 3, pixels: "yuv444p")
        let (_, output, outcome) = try await painted(clip)
        #expect(try output.video.width == 64 && output.video.height == 48 && output.video.pix_fmt == "yuv420p")
        #expect(outcome.errorLines.contains { $0.hasPrefix("note: ") && $0.contains("63") })
    }

    @Test func oddSidesAreKeptInFullColour() async throws {
        let clip = try await Fixture.silent(63, 47, frames: 3, pixels: "yuv444p")
        let (_, output, outcome) = try await painted(clip, ["--pixel-format", "yuv444p"])
        #expect(try output.video.width == 63 && output.video.height == 47 && output.video.pix_fmt == "yuv444p")
        #expect(!outcome.error.contains("note: "))
    }

    @Test(arguments: [(2, 2), (2, 50), (50, 2), (16, 16), (18, 34)])
    func framesOfAnySize(_ width: Int, _ height: Int) async throws {
        let (_, output, _) = try await painted(await Fixture.silent(width, height, frames: 2))
        #expect(try output.video.width == width && output.video.height == height)
        #expect(try output.frameTimes.count == 2)
    }

    @Test func aSingleFrameKeepsItsLength() async throws {
        let (source, output, _) = try await painted(await Fixture.silent(64, 48, frames: 1))
        #expect(try output.frameTimes.count == 1 && source.video.duration == output.video.duration)
    }

    @Test func whatCannotBeCarriedIsNamed() async throws {
        let folder = try Scratch()
        try folder.write("words.srt", "1\n00:00:00,100 --> 00:00:00,900\nwords\n".utf8)
        try folder.write("letters.ttf", "no real font".utf8)
        let source = try await Fixtures.shared.make(
            "subtitled.mkv",
            ["-i", await Fixture.clip, "-i", folder.file("words.srt"), "-c", "copy", "-map", "0", "-map", "1"]
                + ["-attach", folder.file("letters.ttf"), "-metadata:s:t", "mimetype=font/ttf"])
        let (_, output, outcome) = try await painted(source, as: "in.mkv")
        #expect(output.streams.map(\.codec_name) == ["h264", "aac", "mov_text"])
        #expect(outcome.errorLines.contains { $0.hasPrefix("note: ") && $0.contains("attachment") })
        #expect(!outcome.error.contains("subtitle"))
        let (_, silent, _) = try await painted(source, ["--subtitles", "none", "--audio", "none"], as: "in.mkv")
        #expect(silent.streams.map(\.codec_name) == ["h264"])
    }

    @Test func interlacingIsTold() async throws {
        let source = try await Fixture.clip(
            "interlaced.ts", ["-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-top", "1", "-an"])
        let (_, _, outcome) = try await painted(source, as: "in.ts")
        #expect(outcome.errorLines.contains { $0.hasPrefix("note: ") && $0.contains("interlaced") })
        let (_, _, plain) = try await painted(await Fixture.clip)
        #expect(!plain.error.contains("interlaced"))
    }

    /// A recorder's twelve microphones: the first two are heard.
    @Test func channelsWithoutNames() async throws {
        let folder = try Scratch()
        let tones = (1...12).map { "0.5*sin(\($0 * 220)*2*PI*t)" }.joined(separator: "|")
        let source = try await Fixtures.shared.make(
            "twelve.mov",
            Fixture.pattern + ["testsrc2=size=64x48:rate=10:duration=1"] + Fixture.pattern
                + ["aevalsrc=exprs=\(tones):s=48000:d=1"] + Fixture.x264 + ["-c:a", "pcm_s16le"])
        try folder.take(source, as: "in.mov")
        try folder.take(await Fixture.style, as: "style.png")
        #expect(try await Probe.read("in.mov", in: folder).sound[0].channels == 12)
        let outcome = try await Program.run(Refusal.paint("in.mov") + ["--no-measure"], in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.errorLines.contains { $0.hasPrefix("note: ") && $0.contains("the first 2 of its channels") })
        #expect(try await Probe.read("out.mp4", in: folder).sound.map(\.channels) == [2])
        for channel in 0...1 {
            let filter = "pan=mono|c0=c\(channel),atrim=0.25:0.75"
            let decoded = try await Program.command(
                "ffmpeg", ["-v", "error", "-nostdin", "-y", "-i", "out.mp4", "-af", filter, "-f", "s16le", "x.raw"],
                in: folder)
            #expect(decoded.code == 0, "\(decoded.error)")
            let samples = try folder.bytes("x.raw").withUnsafeBytes { Array($0.bindMemory(to: Int16.self)) }
            let crossings = zip(samples, samples.dropFirst()).count { ($0 < 0) != ($1 < 0) }
            #expect(abs(crossings - 220 * (channel + 1)) <= 4, "half a second of channel \(channel)")
        }
    }

    @Test func soundThatAnMP4CannotHoldIsEncoded() async throws {
        let source = try await Fixture.clip("pcm.mov", Fixture.x264 + ["-c:a", "pcm_s16le"])
        let (old, output, outcome) = try await painted(source, as: "in.mov")
        #expect(output.sound.map(\.codec_name) == ["aac"])
        #expect(outcome.errorLines.contains { $0.hasPrefix("note: ") && $0.localizedCaseInsensitiveContains("aac") })
        let (before, after) = (
            try #require(Double(old.sound[0].duration ?? "")), try #require(Double(output.sound[0].duration ?? ""))
        )
        #expect(abs(before - after) < 2 * 1024 / 44100)
    }

    /// A film in parts says what one in one piece does: not each codec's stream has pixel shape and range in it.
    @Test(arguments: [("mkv", "ffv1"), ("webm", "vp9"), ("mov", "prores")]) func partsKeepShapeAndRange(
        container: String, codec: String
    ) async throws {
        let folder = try Scratch()
        let source = ["-vf", "setsar=16/11", "-color_range", "pc", "-pix_fmt", "yuvj420p"]
        try folder.take(await Fixture.clip("shaped.mp4", source), as: "in.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        var found: [String] = []
        for more in [[], ["--chunk-frames", "4"]] {
            let words = [
                "in.mp4", "--style", "style.png", "--style-size", "64", "-o", "out.\(container)", "--overwrite",
            ]
            let outcome = try await Program.run(
                words + ["--unpainted", "--no-measure", "--codec", codec] + more, in: folder)
            try #require(outcome.code == 0, "\(outcome.error)")
            let tags = "stream=sample_aspect_ratio,color_range,color_space"
            let ask = ["-v", "error", "-select_streams", "v", "-show_entries", tags, "-of", "csv=p=0"]
            found.append(try await Program.command("ffprobe", ask + ["out.\(container)"], in: folder).output)
        }
        #expect(found[0] == found[1] && !found[0].hasPrefix("1:1") && !found[0].hasPrefix("N/A"), "\(found)")
    }
}
