import Foundation
import Imaging
import Media
import SystemPackage
import TestSupport
import Testing

/// Files whose clock starts anew in mid-file: transport streams put one after another, byte by byte.
@Suite struct JoinedTests {
    /// 1.5 s of 30 frames a second with AAC, its clock ahead by some seconds.
    private func part(_ name: String, in scratch: Scratch, ahead: Double, frames: Int = 45) async throws {
        let sound = "-f lavfi -i sine=d=\(Double(frames) / 30):r=48000"
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=96x64:r=30:d=\(Double(frames) / 30) \(sound) \(Clips.fast) -g 15 -c:a aac "
                + "-output_ts_offset \(ahead) \(name)"
        )
    }

    private func join(_ parts: [String], as name: String, in scratch: Scratch) throws {
        let whole = try parts.reduce(Data()) { try $0 + Data(contentsOf: URL(fileURLWithPath: scratch($1).string)) }
        try whole.write(to: URL(fileURLWithPath: scratch(name).string))
    }

    private func times(_ file: FilePath, _ stream: String, _ scratch: Scratch) async throws -> [Double] {
        try await scratch.ffprobe(file, "packet=pts_time", stream: stream).compactMap {
            $0["pts_time"].flatMap(Double.init)
        }
    }

    /// Each part follows the one before, at its own pace, and its sound stays with its picture.
    @Test(arguments: [[0.0, 0, 0], [0, 5000, 20], [5000, 0, 5000]])
    func partsFollowEachOther(starts: [Double]) async throws {
        let scratch = try Scratch()
        for (number, start) in starts.enumerated() { try await part("\(number).ts", in: scratch, ahead: start) }
        try join(starts.indices.map { "\($0).ts" }, as: "in.ts", in: scratch)
        let found = try shots(scratch("in.ts"))
        try #require(found.count == 135)
        #expect(zip(found, found.dropFirst()).allSatisfy { $1.time - $0.time == 3000 })
        let notices = try carry(scratch("in.ts"), to: scratch("out.mp4"))
        #expect(notices.contains { $0.contains("clock jumps 2 time(s)") }, "\(notices)")

        let picture = try await times(scratch("out.mp4"), "v:0", scratch).sorted()
        let sound = try await times(scratch("out.mp4"), "a:0", scratch)
        let count = try await times(scratch("0.ts"), "a:0", scratch).count
        try #require(picture.count == 135 && count > 60 && sound.count == 3 * count)
        // Not the first packets, whose place is a guess until the picture has jumped too.
        let apart = (0..<3).map { sound[$0 * count + count - 1] - picture[$0 * 45] }
        #expect(apart.allSatisfy { abs($0 - apart[0]) < 0.002 }, "sound and picture move apart: \(apart)")
    }

    /// A part that begins as the first did is no wrong time set right.
    @Test(arguments: ["ts", "mpg"], [12, 20]) func aPartThatComesAgain(container: String, frames: Int) async throws {
        let scratch = try Scratch()
        for (number, start) in [20, 0, 20].enumerated() {
            try await scratch.ffmpeg(
                "-f lavfi -i testsrc2=s=96x64:r=25 -frames:v \(frames) -c:v mpeg2video -output_ts_offset \(start) "
                    + "\(number).\(container)")
        }
        try join((0..<3).map { "\($0).\(container)" }, as: "in.\(container)", in: scratch)
        let found = try shots(scratch("in.\(container)"))
        #expect(found.count == 3 * frames)
        #expect(zip(found, found.dropFirst()).allSatisfy { $1.time - $0.time == 3600 }, "\(found.map(\.time))")
    }

    /// Of H.264 in an MPEG program only the first frame of each pack has a time.
    @Test(arguments: ["-bf 0", "-bf 2"], [5, 12]) func partsOfWhichMostFramesHaveNoTime(depth: String, frames: Int)
        async throws
    {
        let scratch = try Scratch()
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=96x64:r=25 -frames:v \(frames) -c:v libx264 -preset veryfast \(depth) part.mpg")
        try join(.init(repeating: "part.mpg", count: 4), as: "in.mpg", in: scratch)
        let found = try shots(scratch("in.mpg"))
        #expect(found.count == 4 * frames)
        #expect(zip(found, found.dropFirst()).allSatisfy { $1.time - $0.time == 3600 }, "\(found.map(\.time))")
    }

    /// Of Ogg each part has its streams' heads, which are no frames.
    @Test(arguments: ["-c:v libtheora -c:a libvorbis", "-c:v libtheora -c:a libopus", "-c:v libvpx -c:a flac"])
    func partsWithHeads(codecs: String) async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=96x64:r=25:d=1 -f lavfi -i sine=d=1:r=48000 \(codecs) part.ogg")
        try join(["part.ogg", "part.ogg", "part.ogg"], as: "in.ogg", in: scratch)
        let found = try shots(scratch("in.ogg"))
        #expect(found.count == 75)
        let steps = zip(found, found.dropFirst()).map { $1.time - $0.time }
        #expect(Set(steps).count == 1, "\(steps)")
        let reader = try VideoReader(scratch("in.ogg"))
        while try reader.advance() != nil {}
        #expect(reader.damage.isNone, "\(reader.damage)")
    }

    /// However short the parts are, and whatever they lack.
    @Test(arguments: [[6, 6, 6, 6, 6], [12, 12, 12], [30, 30, 30], [6, 90], [90, 6, 6, 90]], ["ts", "mpg"])
    func shortParts(frames: [Int], container: String) async throws {
        let scratch = try Scratch()
        for (number, count) in frames.enumerated() {
            let length = Double(count) / 30
            let codecs = container == "ts" ? "-c:v libx264 -preset ultrafast -bf 2 -c:a aac" : "-bf 2 -f mpeg"
            try await scratch.ffmpeg(
                "-f lavfi -i testsrc2=s=96x64:r=30:d=\(length) -f lavfi -i sine=d=\(length):r=48000 \(codecs) "
                    + "\(number).\(container)")
        }
        try join(frames.indices.map { "\($0).\(container)" }, as: "in.\(container)", in: scratch)
        let found = try shots(scratch("in.\(container)"))
        try #require(found.count == frames.reduce(0, +))
        #expect(zip(found, found.dropFirst()).allSatisfy { $1.time - $0.time == 3000 })
        let notices = try carry(scratch("in.\(container)"), to: scratch("out.mp4"))
        #expect(notices.contains { $0.contains("clock jumps \(frames.count - 1) time(s)") }, "\(notices)")
        let sound = try await times(scratch("out.mp4"), "a:0", scratch)
        let count = try await frames.indices.asyncMap {
            try await times(scratch("\($0).\(container)"), "a:0", scratch).count
        }
        try #require(sound.count == count.reduce(0, +))
        // Each part's last packet ends where its picture does, but for the coder's own delay.
        var (packets, pictures) = (0, 0)
        for part in frames.indices {
            (packets, pictures) = (packets + count[part], pictures + frames[part])
            #expect(abs(sound[packets - 1] - Double(pictures) / 30) < 0.05, "part \(part): \(sound[packets - 1])")
        }
    }

    /// A part without sound is silent, and what follows is in its place.
    @Test func aPartWithoutSound() async throws {
        let scratch = try Scratch()
        try await part("a.ts", in: scratch, ahead: 0, frames: 15)
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=96x64:r=30:d=0.5 \(Clips.fast) b.ts")
        try join(["a.ts", "b.ts", "a.ts"], as: "in.ts", in: scratch)
        try carry(scratch("in.ts"), to: scratch("out.mp4"))
        let sound = try await times(scratch("out.mp4"), "a:0", scratch)
        #expect(zip(sound, sound.dropFirst()).count { $1 - $0 > 0.4 } == 1)
        #expect(abs(try #require(sound.last) - 1.5) < 0.05)
    }

    /// The clock of 33 bits begins anew after a day: nothing has been joined.
    @Test func aClockThatIsFull() async throws {
        let scratch = try Scratch()
        try await part("in.ts", in: scratch, ahead: 0x1p33 / 90_000 - 2, frames: 90)
        let found = try shots(scratch("in.ts"))
        try #require(found.count == 90)
        #expect(zip(found, found.dropFirst()).allSatisfy { $1.time - $0.time == 3000 })
    }

    /// One wrong time loses its own frame's place and no other's.
    @Test func aSingleWrongTimeIsNoJump() async throws {
        let scratch = try Scratch()
        try await part("a.ts", in: scratch, ahead: 1)
        try await part("wrong.ts", in: scratch, ahead: 10_000, frames: 1)
        try await part("b.ts", in: scratch, ahead: 2.6)
        try join(["a.ts", "wrong.ts", "b.ts"], as: "in.ts", in: scratch)
        let reader = try VideoReader(scratch("in.ts"))
        let frame = reader.makeFrame()
        var times: [Int64] = []
        while try reader.next(into: frame) { times.append(frame.presentationTime.value) }
        try #require(times.count == 91)
        let expected = (0..<45).map { 3000 * Int64($0) }
        #expect(times[..<45].map { $0 - times[0] } == expected)
        #expect(times[46...].map { $0 - times[0] } == expected.map { $0 + 144_000 })
        #expect(times[44] < times[45] && times[45] < times[46])
        #expect(!reader.notices.contains { $0.contains("clock") }, "\(reader.notices)")
    }

    /// A stretch lies on the joined clock, in whichever part; the file's own times repeat.
    @Test(arguments: [[0.0, 0, 0], [5000, 20, 5000]]) func aStretchOfAnyPart(starts: [Double]) async throws {
        let scratch = try Scratch()
        for (number, start) in starts.enumerated() {
            try await part("\(number).ts", in: scratch, ahead: start, frames: 120)
        }
        try join(starts.indices.map { "\($0).ts" }, as: "in.ts", in: scratch)
        let whole = try shots(scratch("in.ts"))
        try #require(whole.count == 360)
        for start in [1.0, 2, 3, 5, 9.5] {
            let selection = Selection(start: start, end: start + 2)
            let first = Int(start * 30)
            let part = try shots(scratch("in.ts"), selection: selection)
            #expect(part == Array(whole[first..<(first + 60)]), "from \(start) s: \(part.count) frames")
            try? FileManager.default.removeItem(atPath: scratch("out.mp4").string)
            try carry(scratch("in.ts"), to: scratch("out.mp4"), selection: selection)
            let sound = try await times(scratch("out.mp4"), "a:0", scratch)
            // Two seconds are 94 packets of 1024 samples.
            #expect((91...97).contains(sound.count), "from \(start) s: \(sound.count) packets of sound")
            #expect(abs(sound[0]) < 0.05 && abs((sound.last ?? 0) - 2) < 0.05)
        }
    }

    /// One stream that is silent for long, or stands still, while the other goes on: no clock has started anew.
    @Test(arguments: [
        "-af aselect='lt(t,2)+gte(t,17)' -c:v libx264", "-vf select='lt(t,2)+gte(t,17)' -fps_mode vfr -c:v libx264",
    ]) func aPauseOfOneStream(recipe: String) async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=96x64:r=10:d=20 -f lavfi -i sine=d=20:r=48000 \(recipe) -preset ultrafast "
                + "-c:a mp2 in.ts"
        )
        let notices = try carry(scratch("in.ts"), to: scratch("out.mp4"))
        #expect(!notices.contains { $0.contains("clock") }, "\(notices)")
        let ends = try await ["in.ts", "out.mp4"].asyncMap { file in
            let picture = try await times(scratch(file), "v:0", scratch).sorted()
            let sound = try await times(scratch(file), "a:0", scratch)
            return try [#require(picture.last) - picture[0], #require(sound.last) - picture[0]]
        }
        #expect(ends[0].allSatisfy { $0 > 19.5 }, "the source is not as meant: \(ends[0])")
        #expect(zip(ends[0], ends[1]).allSatisfy { abs($0 - $1) < 0.03 }, "\(ends)")
    }

    /// A track that ends early is no witness of a pause: the clock that goes back in the next part starts anew.
    @Test func aTrackThatEndedEarlier() async throws {
        let scratch = try Scratch()
        let sound = "-f lavfi -i sine=d=12:r=48000 -f lavfi -i sine=f=880:d=3:r=48000 -map 0 -map 1 -map 2"
        let encoding = "\(Clips.fast) -c:a aac -output_ts_offset"
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=96x64:r=10:d=12 \(sound) \(encoding) 100 a.ts")
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=96x64:r=10:d=2 -f lavfi -i sine=d=2:r=48000 -f lavfi -i sine=d=2:r=48000 "
                + "-map 0 -map 1 -map 2 "
                + "\(encoding) 105 b.ts")
        try join(["a.ts", "b.ts"], as: "in.ts", in: scratch)
        let found = try shots(scratch("in.ts"))
        #expect(found.count == 140)
        #expect(zip(found, found.dropFirst()).allSatisfy { $1.time - $0.time == 9000 })
        // Its sound in the second part lies beside the picture of the second part.
        try carry(scratch("in.ts"), to: scratch("out.mp4"))
        for track in ["a:0", "a:1"] {
            let last = try #require(await times(scratch("out.mp4"), track, scratch).last)
            #expect(abs(last - 14) < 0.15, "\(track) ends at \(last) s")
        }
    }

    /// The length that libav takes from the ends of such a file is none, and nothing is cut off.
    @Test func aClockThatGoesAheadCutsNothingOff() async throws {
        let scratch = try Scratch()
        for (name, offset) in [("a", 10), ("b", 60), ("c", 110)] {
            try await scratch.ffmpeg(
                "-f lavfi -i testsrc2=s=96x64:r=25:d=1 \(Clips.fast) -output_ts_offset \(offset) \(name).ts")
        }
        try join(["a.ts", "b.ts", "c.ts"], as: "in.ts", in: scratch)
        let reader = try VideoReader(scratch("in.ts"))
        while try reader.advance() != nil {}
        #expect(reader.frameCount == 75 && reader.damage.isNone)
        #expect(reader.notices == ["the source's clock jumps 2 time(s); its parts are joined"])
    }

    /// A wrong time that a pause would explain is no jump either, in whichever stream it is.
    @Test(arguments: [0x100, 0x101]) func aWrongTimeNearby(stream: Int) async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=96x64:r=10:d=12 -f lavfi -i sine=d=12:r=48000 -c:v libx264 -preset ultrafast "
                + "-g 5 -c:a mp2 a.ts"
        )
        var bytes = try Data(contentsOf: URL(fileURLWithPath: scratch("a.ts").string))
        try #require(delay(frame: 20, of: stream, in: &bytes, by: 5 * 90_000))
        try bytes.write(to: URL(fileURLWithPath: scratch("in.ts").string))
        let notices = try carry(scratch("in.ts"), to: scratch("out.mp4"))
        #expect(!notices.contains { $0.contains("clock") }, "\(notices)")
        for track in ["v:0", "a:0"] {
            let last = try #require(await times(scratch("out.mp4"), track, scratch).max())
            #expect(abs(last - 11.95) < 0.1, "\(track) ends at \(last) s")
        }
    }

    /// Puts off the time in the header of one of a stream's frames.
    /// - Returns: false where there is no such frame.
    private func delay(frame: Int, of stream: Int, in bytes: inout Data, by ticks: UInt64) -> Bool {
        var left = frame
        for start in stride(from: 0, to: bytes.count - 187, by: 188) {
            let identity = Int(bytes[start + 1] & 0x1F) << 8 | Int(bytes[start + 2])
            guard identity == stream, bytes[start + 1] & 0x40 != 0 else { continue }
            left -= 1
            guard left == 0 else { continue }
            let filling = bytes[start + 3] & 0x20 != 0 ? 1 + Int(bytes[start + 4]) : 0
            let header = start + 4 + filling
            for (place, isThere) in [
                (header + 9, bytes[header + 7] & 0x80 != 0), (header + 14, bytes[header + 7] & 0xC0 == 0xC0),
            ]
            where isThere {
                // 33 bits in five bytes, with a marker at the end of the first, third and fifth.
                let field = bytes[place..<(place + 5)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                let time = (field >> 33 & 7) << 30 | (field >> 17 & 0x7FFF) << 15 | field >> 1 & 0x7FFF
                let later = time + ticks
                let written =
                    (field >> 36) << 36 | (later >> 30 & 7) << 33 | 1 << 32 | (later >> 15 & 0x7FFF) << 17 | 1 << 16
                    | (later & 0x7FFF) << 1 | 1
                for n in 0..<5 { bytes[place + n] = UInt8(truncatingIfNeeded: written >> (8 * UInt64(4 - n))) }
            }
            return true
        }
        return false
    }

    /// Sound that is encoded anew and overlaps at a join loses the overlap, and nothing after it.
    @Test func onlyTheOverlapOfSoundIsLeftOut() async throws {
        let scratch = try Scratch()
        let sound = "-f lavfi -i sine=d=1.9:r=48000 -ac 2"
        try await scratch.ffmpeg("\(Clips.video) \(sound) \(Clips.fast) -c:a s302m -strict -2 part.ts")
        try join(["part.ts", "part.ts"], as: "in.ts", in: scratch)
        let notices = try carry(scratch("in.ts"), to: scratch("out.mp4"))
        #expect(notices.contains { $0.contains("encoded as AAC") }, "\(notices)")
        try await scratch.ffmpeg("-i out.mp4 -map a:0 -ac 1 -f f32le sound.raw")
        let data = try Data(contentsOf: URL(fileURLWithPath: scratch("sound.raw").string))
        let samples = data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        #expect(abs(Double(samples.count) / 48_000 - 3.4) < 0.1)
        let silent = stride(from: 2400, to: samples.count - 4800, by: 480).filter { start in
            samples[start..<(start + 480)].allSatisfy { abs($0) < 0.01 }
        }
        #expect(silent.count < 6, "\(silent.count) hundredths of a second are silent")
    }
}
