import Foundation
import Media
import SystemPackage
import TestSupport
import Testing

/// Frames that a decoder gives in part, or not at all: what is lost is told, whoever tells of it.
@Suite struct LossTests {
    private func read(_ file: FilePath, strictly: Bool = false) throws -> (frames: Int, damage: Damage) {
        let reader = try VideoReader(file, threads: 1)
        reader.isStrict = strictly
        while try reader.advance() != nil {}
        return (reader.frameCount, reader.damage)
    }

    /// A clip of 20 frames, 25 a second, and the same with wrong bytes in its eighth packet.
    private func damage(_ name: String, _ codec: String, every distance: Int, in scratch: Scratch) async throws {
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=128x96:r=25 -frames:v 20 \(codec) whole.\(name)")
        try await scratch.ffmpeg(
            ["-i", "whole.\(name)", "-c", "copy", "-bsf:v", "noise=amount=if(eq(n\\,7)\\,\(distance)\\,0)"]
                + ["wrong.\(name)"])
    }

    /// Decoders that tell of it in their log alone.
    @Test(arguments: [
        ("avi", "-c:v mjpeg"), ("mov", "-c:v mjpeg"), ("mkv", "-c:v ffv1 -level 3"), ("nut", "-c:v ffv1 -level 3"),
        ("avi", "-c:v msmpeg4v2"), ("dv", "-c:v dvvideo -s 720x576 -pix_fmt yuv420p"), ("mov", "-c:v jpeg2000"),
    ])
    func aFrameInPartIsTold(container: String, codec: String) async throws {
        let scratch = try Scratch()
        let distance = container == "dv" ? 4000 : codec.contains("jpeg2000") ? 60 : 200
        try await damage(container, codec, every: distance, in: scratch)
        let whole = try read(scratch("whole.\(container)"))
        #expect(whole.frames == 20 && whole.damage.isNone, "\(whole)")
        let found = try read(scratch("wrong.\(container)"))
        #expect(found.frames + (found.damage.missing ?? 0) == 20 && found.damage.frames > 0, "\(found)")
        #expect(found.damage.times.first == 0.28, "\(found)")
        expectFailure(.damaged, naming: "wrong.\(container)", "damaged at 0.28 s") {
            _ = try read(scratch("wrong.\(container)"), strictly: true)
        }
    }

    /// Those of which nothing comes out are missing, and the others keep their times.
    @Test(arguments: [
        ("mov", "-c:v png", 60), ("mov", "-c:v prores", 60), ("webm", "-c:v libvpx-vp9 -b:v 500k", 7),
        ("avi", "-c:v utvideo", 60), ("mkv", "-c:v mpeg2video -b:v 800k", 50),
        ("mkv", "-c:v mpeg2video -b:v 800k -bf 2", 7), ("ts", "-c:v mpeg2video -b:v 800k", 50),
        ("mpg", "-c:v mpeg2video -b:v 800k", 20), ("m2ts", "-c:v mpeg2video -b:v 800k -bf 2", 7),
    ])
    func aFrameOfWhichNothingComesIsMissing(container: String, codec: String, distance: Int) async throws {
        let scratch = try Scratch()
        try await damage(container, codec, every: distance, in: scratch)
        #expect(try read(scratch("whole.\(container)")).damage.isNone)
        let found = try read(scratch("wrong.\(container)"))
        let missing = try #require(found.damage.missing, "\(found)")
        #expect(found.frames + missing == 20 && found.damage.frames >= missing, "\(found)")
    }

    /// What a decoder of several threads has to say of its last packets it may say at any call, the last one too.
    @Test(arguments: [("mov", "-c:v png"), ("mkv", "-c:v utvideo"), ("mp4", "-c:v mpeg4")], [17, 18, 19])
    func aLossAtTheEndIsMissing(_ kind: (container: String, codec: String), packet: Int) async throws {
        let scratch = try Scratch()
        let (whole, wrong) = ("whole.\(kind.container)", "wrong.\(kind.container)")
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=128x96:r=25 -frames:v 20 \(kind.codec) \(whole)")
        try await scratch.ffmpeg(
            ["-i", whole, "-c", "copy", "-bsf:v", "noise=amount=if(eq(n\\,\(packet))\\,5\\,0)", wrong])
        for threads in 1...5 {
            let reader = try VideoReader(scratch(wrong), threads: threads)
            while try reader.advance() != nil {}
            let found = (reader.frameCount, reader.damage.missing)
            #expect(found == (19, 1), "by \(threads) threads: \(found)")
        }
    }

    /// A packet that comes apart, or whose kind of picture is misread, gets a time some frames too late: no clock has
    /// begun anew, and the others keep their places.
    @Test(arguments: [("-bf 2", 5, 20), ("-flags +ildct+ilme", 12, 7)])
    func aWrongTimeIsNoJump(flags: String, packet: Int, distance: Int) async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=128x96:r=25 -frames:v 20 -c:v mpeg2video -b:v 800k \(flags) whole.ts")
        try await scratch.ffmpeg(
            ["-i", "whole.ts", "-c", "copy", "-bsf:v", "noise=amount=if(eq(n\\,\(packet))\\,\(distance)\\,0)"]
                + ["wrong.ts"])
        let reader = try VideoReader(scratch("wrong.ts"), threads: 1)
        var last = 0
        while let place = try reader.advance() { last = Int((place.presentationTime.seconds * 25).rounded()) }
        #expect(reader.frameCount == 19 && reader.damage.missing == 1, "\(reader.damage)")
        #expect(!reader.notices.contains { $0.contains("clock jumps") }, "\(reader.notices)")
        let first = Int((reader.information.video.start.seconds * 25).rounded())
        #expect(last - first == 19, "\(first) to \(last)")
    }

    /// A frame whose first bytes are gone from a transport stream becomes a part of the one before, without a word.
    @Test(arguments: ["-c:v libx264 -g 12", "-c:v mpeg2video -bf 2"]) func aFrameThatIsSwallowedIsMissing(
        codec: String
    ) async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=128x96:r=25 -frames:v 40 \(codec) whole.ts")
        let whole = try read(scratch("whole.ts"))
        #expect(whole.frames == 40 && whole.damage.isNone, "\(whole)")
        let bytes = try scratch.bytes("whole.ts")
        // Where packets with a picture's beginning have its header: 0, 0, 1, 0xE0.
        let starts = stride(from: 0, to: bytes.count, by: 188).compactMap { place in
            bytes[place..<place + 188].firstRange(of: Data([0, 0, 1, 0xE0]))?.lowerBound
        }
        #expect(starts.count == 40)
        for number in [9, 16, 22, 29] {
            var wrong = bytes
            // Behind it: eight bytes and as many as the last of them says.
            let picture = starts[number] + 9 + Int(bytes[starts[number] + 8])
            wrong.replaceSubrange(picture..<picture + 20, with: Data(count: 20))
            try scratch.write("wrong.ts", wrong)
            let found = try read(scratch("wrong.ts"))
            #expect(found.frames + (found.damage.missing ?? 0) == 40, "\(number): \(found)")
        }
    }

    /// Containers that pass over what they cannot read, some without a word: what follows keeps its times.
    @Test(
        arguments: [
            ("avi", "-c:v mjpeg"), ("avi", "-c:v mpeg4 -bf 2"), ("nut", "-c:v mpeg4"), ("wmv", "-c:v wmv2"),
            ("flv", "-c:v flv1"), ("ogv", "-c:v libtheora -g 5"),
        ], [1, 5, 15, 25]) func whatAContainerPassesOverIsMissing(
            _ kind: (container: String, codec: String), packet: Int
        ) async throws
    {
        // Nothing comes before what WMV's own clock begins with.
        guard kind.container != "wmv" || packet > 1 else { return }
        let scratch = try Scratch()
        let (whole, wrong) = ("whole.\(kind.container)", "wrong.\(kind.container)")
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=128x96:r=25 -frames:v 40 \(kind.codec) \(whole)")
        let places = try await scratch.ffprobe(scratch(whole), "packet=pos").compactMap {
            $0["pos"].flatMap { Int($0) }
        }
        var bytes = try scratch.bytes(whole)
        let place = try #require(places.count == 40 ? places[packet] : nil)
        bytes.replaceSubrange(place - 12..<place + 100, with: Data(count: 112))
        try scratch.write(wrong, bytes)
        let reader = try VideoReader(scratch(wrong), threads: 1)
        var last = 0.0
        while let place = try reader.advance() { last = place.presentationTime.seconds }
        let missing = try #require(reader.damage.missing, "\(reader.damage)")
        #expect(reader.frameCount < 40 && reader.frameCount + missing == 40, "\(reader.frameCount), \(reader.damage)")
        #expect(abs(last - 39 / 25) < 0.05, "\(last)")
    }

    /// libav passes over a box that it does not know, and takes an empty one for the rest of the file.
    @Test(arguments: ["frag_keyframe+empty_moov", "frag_every_frame+empty_moov+default_base_moof"])
    func aLostFragmentIsTold(flags: String) async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=128x96:r=25 -frames:v 40 -c:v libx264 -g 10 -bf 0 -movflags \(flags) whole.mp4")
        try await scratch.ffmpeg("-i whole.mp4 -c copy -movflags \(flags) padded.mp4")
        try scratch.write("padded.mp4", scratch.bytes("padded.mp4") + Data(count: 4096))
        for name in ["whole.mp4", "padded.mp4"] {
            let found = try read(scratch(name))
            #expect(found.frames == 40 && found.damage.isNone, "\(name): \(found)")
        }
        let bytes = try scratch.bytes("whole.mp4")
        let heads = bytes.indices.dropLast(4).filter { bytes[$0..<$0 + 4].elementsEqual("moof".utf8) }
        #expect(heads.count >= 4)
        for (number, length) in [(1, 1), (1, 64), (2, 1), (2, 64)] {
            var wrong = bytes
            let head = heads[number]
            wrong.replaceSubrange(
                head - (length > 1 ? 4 : 0)..<head + length, with: Data(count: length + (length > 1 ? 4 : 0)))
            try scratch.write("wrong.mp4", wrong)
            let (frames, damage) = try read(scratch("wrong.mp4"))
            #expect(
                frames < 40 && (damage.end != nil || frames + (damage.missing ?? 0) == 40),
                "\(number), \(length): \(damage)")
        }
    }

    /// A disk's blocks are filled up behind what a tool has brought back from it.
    @Test(arguments: [
        ("ts", "-c:v mpeg2video", 0), ("ts", "-c:v libx264", 0xFF), ("ogv", "-c:v libtheora", 0),
        ("flv", "-c:v flv1", 0),
    ])
    func paddingIsNoDamage(container: String, codec: String, byte: UInt8) async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=128x96:r=25 -frames:v 20 \(codec) whole.\(container)")
        let padded = try scratch.bytes("whole.\(container)") + Data(repeating: byte, count: 5000)
        try scratch.write("padded.\(container)", padded)
        let found = try read(scratch("padded.\(container)"))
        #expect(found.frames == 20 && found.damage.isNone, "\(found)")
    }

    /// A recording is whole packets, wherever it stops.
    @Test func aRecordingThatStopsIsNotCutOff() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=128x96:r=25 -f lavfi -i sine -frames:v 50 -c:v mpeg2video -bf 2 -b:v 600k -c:a mp2 "
                + "whole.ts"
        )
        try await scratch.ffmpeg("-i whole.ts -c copy whole.mpg")
        for (name, packet) in [("whole.ts", 188), ("whole.mpg", 2048)] {
            let bytes = try scratch.bytes(name)
            for part in 8..<20 {
                try scratch.write("end-\(name)", bytes[..<(bytes.count / packet * part / 20 * packet)])
                let found = try read(scratch("end-\(name)"))
                #expect(found.damage.missing == nil && found.damage.end == nil, "\(part) of \(name): \(found)")
            }
        }
    }

    /// A GIF's blocks do not say where the next one lies.
    @Test func aGIFThatIsDamagedEndsThere() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=128x96:r=25 -frames:v 40 whole.gif")
        #expect(try read(scratch("whole.gif")).damage.isNone)
        let places = try await scratch.ffprobe(scratch("whole.gif"), "packet=pos").compactMap {
            $0["pos"].flatMap { Int($0) }
        }
        for packet in [5, 15, 38] {
            var bytes = try scratch.bytes("whole.gif")
            bytes.replaceSubrange(places[packet] - 12..<places[packet] + 100, with: Data(count: 112))
            try scratch.write("wrong.gif", bytes)
            let found = try read(scratch("wrong.gif"))
            #expect(found.frames < 40 && found.damage.end != nil, "\(packet): \(found)")
        }
        // What lies behind a GIF's end is none of its blocks.
        try scratch.write("tail.gif", scratch.bytes("whole.gif") + Data(repeating: 7, count: 99) + Data([0, 0x3B]))
        #expect(try read(scratch("tail.gif")).damage.isNone)
    }

    /// Of an MPEG program neither times nor a decoder tell of some that are gone with a pack of 2,048 bytes: what tells
    /// are the numbers that the others bear.
    @Test(arguments: [
        ("vob", "-c:v mpeg2video -bf 2 -b:v 800k"), ("mpg", "-c:v libx264 -g 15 -b:v 2M"),
        ("mpg", "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=15 -b:v 1M"),
    ]) func whatGoesWithAPackIsMissing(container: String, codec: String) async throws {
        let scratch = try Scratch()
        let large = "scale=320:240,noise=alls=20:allf=t"
        let look = codec.contains("mpeg2") ? [] : ["-vf", large]
        try await scratch.ffmpeg(
            ["-f", "lavfi", "-i", "testsrc2=s=128x96:r=25", "-frames:v", "40"] + look
                + codec.split(separator: " ").map(String.init) + ["whole.\(container)"])
        let whole = try read(scratch("whole.\(container)"))
        #expect(whole.frames == 40 && whole.damage.isNone, "\(whole)")
        let bytes = try scratch.bytes("whole.\(container)")
        var fewer = 0
        for place in stride(from: 4 * 2048, to: bytes.count - 8 * 2048, by: bytes.count / 20 / 2048 * 2048) {
            var wrong = bytes
            wrong.removeSubrange(place..<place + 2048)
            try scratch.write("wrong.\(container)", wrong)
            let found = try read(scratch("wrong.\(container)"))
            #expect(found.frames + (found.damage.missing ?? 0) == 40, "\(place): \(found)")
            if found.frames < 40 { fewer += 1 }
        }
        #expect(fewer > 0)
    }

    /// A recording may begin in mid-stream, end anywhere and pause: damage there is told, and takes nothing that was
    /// never in it.
    @Test func whatARecordingNeverHeldIsNotMissing() async throws {
        let scratch = try Scratch()
        let source = "-f lavfi -i testsrc2=s=128x96:r=25:d=6"
        try await scratch.ffmpeg("\(source) -frames:v 40 -c:v mpeg2video -b:v 600k -bf 2 -g 12 whole.ts")
        try await scratch.ffmpeg(
            "\(source) -frames:v 40 -c:v libx265 -preset ultrafast -x265-params "
                + "log-level=none:keyint=12:bframes=4:b-pyramid=1:open-gop=1:scenecut=0 whole.m2ts")
        for (name, packet) in [("whole.ts", 188), ("whole.m2ts", 192)] {
            let bytes = try scratch.bytes(name)
            for part in 3..<7 {
                let place = bytes.count / packet * part / 13 * packet
                for (side, left) in [("begin", bytes[place...]), ("end", bytes[..<place])] {
                    try scratch.write("\(side)-\(name)", left)
                    let found = try read(scratch("\(side)-\(name)"))
                    #expect(found.damage.missing == nil && found.frames > 0, "\(side) \(part) of \(name): \(found)")
                }
            }
        }
        try await scratch.ffmpeg(
            [
                "-f", "lavfi", "-i", "testsrc2=s=128x96:r=25:d=6", "-vf", "select=lt(n\\,10)+gt(n\\,134)", "-fps_mode",
                "vfr",
            ]
                + ["-frames:v", "20", "-c:v", "mpeg2video", "-b:v", "600k", "pause.ts"])
        try await scratch.ffmpeg(
            ["-i", "pause.ts", "-c", "copy", "-bsf:v", "noise=amount=if(eq(n\\,9)\\,200\\,0)", "wrong.ts"])
        let pause = try read(scratch("wrong.ts"))
        #expect(pause.frames == 20 && pause.damage.frames > 0 && pause.damage.missing == nil, "\(pause)")
    }

    /// JPEGs in a row are told apart by how each begins.
    @Test func aPictureWithoutItsBeginningIsMissing() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=128x96:r=25 -frames:v 20 -c:v mjpeg whole.mjpeg")
        #expect(try read(scratch("whole.mjpeg")).damage.isNone)
        var bytes = try scratch.bytes("whole.mjpeg")
        let starts = bytes.indices.dropLast(2).filter { bytes[$0..<($0 + 3)].elementsEqual([0xFF, 0xD8, 0xFF]) }
        #expect(starts.count == 20)
        bytes.replaceSubrange(starts[10]..<(starts[10] + 20), with: repeatElement(0, count: 20))
        try scratch.write("wrong.mjpeg", bytes)
        let found = try read(scratch("wrong.mjpeg"))
        #expect(found.frames == 19 && found.damage.missing == 1 && found.damage.times == [0.36], "\(found)")
    }

    /// What hangs on a picture that a cut has left out is no frame of the file's: no decoder shows it. Nor is one in a
    /// packet of its own that is not shown, nor what stands behind the last one.
    @Test func whatIsNotShownIsNotMissing() async throws {
        let scratch = try Scratch()
        let source = "-f lavfi -i testsrc2=s=96x64:r=25:d=3"
        try await scratch.ffmpeg("\(source) -c:v mpeg2video -bf 2 -g 12 whole.mkv")
        try await scratch.ffmpeg("-ss 1.3 -i whole.mkv -c copy open.ts")
        try await scratch.ffmpeg("\(source) -c:v libvpx-vp9 -b:v 300k -cpu-used 8 whole.webm")
        try await scratch.ffmpeg(["-i", "whole.webm", "-c", "copy", "-bsf:v", "vp9_superframe_split", "split.nut"])
        try await scratch.ffmpeg("\(source) tail.gif")
        try await scratch.ffmpeg("\(source) -c:v mjpeg tail.mjpeg")
        for name in ["tail.gif", "tail.mjpeg"] { try scratch.write(name, scratch.bytes(name) + Data("\r\n".utf8)) }
        for name in ["open.ts", "split.nut", "tail.gif", "tail.mjpeg"] {
            let found = try read(scratch(name))
            #expect(found.damage.isNone && found.frames > 40, "\(name): \(found)")
        }
    }

    /// Of a bare stream nothing but its last frame tells that it is cut off.
    @Test func bareStreamsEndWithinAFrame() async throws {
        let scratch = try Scratch()
        let source = "-f lavfi -i testsrc2=s=128x96:r=25 -frames:v 20"
        for (name, codec) in [
            ("h264", "-c:v libx264 -bf 2"), ("m2v", "-c:v mpeg2video"), ("mjpeg", "-c:v mjpeg"),
        ] {
            try await scratch.ffmpeg("\(source) \(codec) whole.\(name)")
            #expect(try read(scratch("whole.\(name)")).damage.isNone)
            let bytes = try scratch.bytes("whole.\(name)")
            try scratch.write("cut.\(name)", bytes.prefix(bytes.count * 55 / 100))
            let cut = try read(scratch("cut.\(name)"))
            #expect(cut.damage.end != nil, "\(name): \(cut)")
        }
    }

    /// A key frame may take others with it, up to the next one: as many are missing as did not come.
    @Test(arguments: ["-c:v libx264 -g 10 -bf 0", "-c:v mpeg4 -g 10"]) func howManyAreGoneIsCounted(codec: String)
        async throws
    {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=128x96:r=25 -frames:v 20 \(codec) whole.mp4")
        try await scratch.ffmpeg(
            ["-i", "whole.mp4", "-c", "copy", "-bsf:v", "noise=amount=eq(n\\,10)", "wrong.mp4"])
        let found = try read(scratch("wrong.mp4"))
        #expect(found.frames + (found.damage.missing ?? 0) == 20 && found.damage.frames > 0, "\(found)")
    }

    /// A Matroska file's first cluster is passed over while streams are looked for.
    @Test func aBeginningIsMissed() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=160x96:r=25 -frames:v 20 -c:v libx264 -g 10 whole.mkv")
        var bytes = try scratch.bytes("whole.mkv")
        // A simple block of track 1, at the cluster's time, a key frame.
        let mark = try #require(bytes.firstRange(of: Data([0x81, 0, 0, 0x80]))).lowerBound
        let block = try #require(bytes[..<mark].lastIndex(of: 0xA3))
        bytes.replaceSubrange(block..<(block + 2), with: [0, 0])
        try scratch.write("wrong.mkv", bytes)
        let found = try read(scratch("wrong.mkv"))
        #expect(found.frames == 10 && found.damage.missing == 10, "\(found)")
    }

    /// Readers that call the end of a file an error, and decoders that call each beginning one.
    @Test(arguments: [
        ("roq", "-c:v roqvideo -r 30 -s 128x128"), ("mpjpeg", "-f mpjpeg"),
        ("mkv", "-c:v h261 -s 176x144"), ("drc", "-c:v vc2 -pix_fmt yuv422p"), ("ivf", "-c:v libvpx -auto-alt-ref 1"),
    ])
    func wholeFilesAreWhole(container: String, codec: String) async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=128x96:r=25 -frames:v 20 \(codec) whole.\(container)")
        let reader = try VideoReader(scratch("whole.\(container)"))
        var times: [Double] = []
        while let place = try reader.advance() { times.append(place.presentationTime.seconds) }
        #expect(reader.damage.isNone, "\(reader.damage), \(reader.notices)")
        let steps = zip(times, times.dropFirst()).map { $1 - $0 }
        #expect(times.count >= 20 && steps.allSatisfy { $0 > 0.03 && $0 < 0.05 }, "\(times)")
    }
}
