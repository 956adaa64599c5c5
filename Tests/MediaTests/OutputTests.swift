import Foundation
import Glibc
import Imaging
@testable import Media
import SystemPackage
import TestSupport
import Testing

/// Has glibc fill the memory that it hands out: mallopt(M_PERTURB, filling), which Swift's Glibc does not import.
private func fillMemory(with filling: Int32) {
    typealias Function = @convention(c) (Int32, Int32) -> Int32
    guard let symbol = dlsym(nil, "mallopt") else { return }
    // The symbol is glibc's int mallopt(int, int).
    _ = unsafe unsafeBitCast(symbol, to: Function.self)(-6, filling)
}

/// Whether this process may mount a file system; a container may keep even root from it.
private let mayMount: Bool = {
    guard geteuid() == 0, let scratch = try? Scratch(),
        mount("tmpfs", scratch.path.string, "tmpfs", 0, "size=4k") == 0
    else { return false }
    return umount2(scratch.path.string, Int32(MNT_DETACH)) == 0
}()

/// The output's name is borne by a whole file or by none.
@Suite struct OutputTests {
    private func clip(_ scratch: Scratch) async throws -> ClipInformation {
        try await scratch.ffmpeg("\(Clips.video) \(Clips.sound) \(Clips.fast) -c:a aac in.mp4")
        return try VideoReader(scratch("in.mp4")).information
    }

    @Test func theNameAppearsWithTheWholeFile() async throws {
        let scratch = try Scratch()
        let information = try await clip(scratch)
        let reader = try VideoReader(scratch("in.mp4"))
        let writer = try VideoWriter(scratch("out.mp4"), like: information, audioFrom: scratch("in.mp4"))
        let frame = reader.makeFrame()
        while try reader.next(into: frame) { try writer.write(frame) }
        #expect(scratch.names == ["in.mp4", writer.temporary.lastComponent?.string ?? ""])
        try writer.finish()
        #expect(scratch.names == ["in.mp4", "out.mp4"])
    }

    @Test func givingUpLeavesNothing() async throws {
        let scratch = try Scratch()
        let information = try await clip(scratch)
        let reader = try VideoReader(scratch("in.mp4"))
        let frame = reader.makeFrame()
        let writer = try VideoWriter(scratch("out.mp4"), like: information)
        #expect(try reader.next(into: frame))
        try writer.write(frame)
        writer.abandon()
        #expect(scratch.names == ["in.mp4"])
        do {
            let dropped = try VideoWriter(scratch("out.mp4"), temporary: scratch("some.part"), like: information)
            try dropped.write(frame)
            #expect(scratch.names == ["in.mp4", "some.part"])
        }
        #expect(scratch.names == ["in.mp4"])
    }

    @Test func anExistingFileIsReplacedOnlyWhenAsked() async throws {
        let scratch = try Scratch()
        let information = try await clip(scratch)
        try Data("precious".utf8).write(to: URL(fileURLWithPath: scratch("out.mp4").string))
        func write(replacing: Bool) throws {
            let reader = try VideoReader(scratch("in.mp4"))
            let frame = reader.makeFrame()
            let writer = try VideoWriter(scratch("out.mp4"), like: information)
            while try reader.next(into: frame) { try writer.write(frame) }
            try writer.finish(replacing: replacing)
        }
        expectTrouble(.cannotCreate, naming: "out.mp4", "appeared") { try write(replacing: false) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: scratch("out.mp4").string)) == Data("precious".utf8))
        // What was written is not lost.
        #expect(scratch.names == ["in.mp4", "out.2.mp4", "out.mp4"])
        #expect(try shots(scratch("out.2.mp4")).count == 45)
        try FileManager.default.removeItem(atPath: scratch("out.2.mp4").string)
        try write(replacing: true)
        #expect(try shots(scratch("out.mp4")).count == 45)
        #expect(scratch.names == ["in.mp4", "out.mp4"])
    }

    @Test func foldersThatCannotBeWrittenToAreNamed() async throws {
        let scratch = try Scratch()
        let information = try await clip(scratch)
        expectTrouble(.cannotCreate, naming: "nowhere/out.mp4", "does not exist") {
            _ = try VideoWriter(scratch("nowhere/out.mp4"), like: information)
        }
        expectTrouble(.cannotCreate, naming: "in.mp4/out.mp4", "is no folder") {
            _ = try VideoWriter(scratch("in.mp4/out.mp4"), like: information)
        }
        let picture = Frame(width: 8, height: 8)
        expectTrouble(.cannotCreate, naming: "nowhere/a.png", "does not exist") {
            try PictureFile.write(picture, to: scratch("nowhere/a.png"))
        }
        expectTrouble(.cannotCreate, naming: "a.gif", ".png or .jpg") {
            try PictureFile.write(picture, to: scratch("a.gif"))
        }
        expectTrouble(.cannotCreate, naming: "/proc/a.png", "/proc") {
            try PictureFile.write(picture, to: "/proc/a.png")
        }
    }

    /// Every write to /dev/full fails as on a full disk: whichever call meets it, the error is told.
    @Test func aFullDiskIsTold() async throws {
        let scratch = try Scratch()
        let information = try await clip(scratch)
        let reader = try VideoReader(scratch("in.mp4"))
        let frame = reader.makeFrame()
        let encoder = try VideoEncoder(
            file: "out.mp4", like: information.video, width: 96, height: 64, settings: EncoderSettings())
        let muxer = try Muxer("/dev/full", file: "out.mp4")
        expectTrouble(.outputFailed, naming: "out.mp4", "No space left") {
            let stream = try muxer.addVideo(encoder, like: information)
            try muxer.writeHeader(videoTimescale: 15360)
            while try reader.next(into: frame) {
                try encoder.encode(frame, time: frame.presentationTime.value, duration: 512) {
                    try muxer.write($0, stream: stream)
                }
            }
            try encoder.finish { try muxer.write($0, stream: stream) }
            try muxer.finish()
        }
    }

    /// A real file system that fills up.
    @Test(.enabled(if: mayMount, "this process may not mount a file system; aFullDiskIsTold runs for everyone"))
    func aFullFileSystemLeavesNothing() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=640x480:r=30:d=3 -vf noise=alls=60:allf=t -c:v libx264 -preset ultrafast "
                + "-crf 10 in.mp4"
        )
        try FileManager.default.createDirectory(atPath: scratch("disk").string, withIntermediateDirectories: false)
        try #require(mount("tmpfs", scratch("disk").string, "tmpfs", 0, "size=600k") == 0)
        defer { umount2(scratch("disk").string, Int32(MNT_DETACH)) }
        let output = scratch("disk/out.mp4")
        expectTrouble(.outputFailed, naming: "out.mp4", "No space left") { try carry(scratch("in.mp4"), to: output) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch("disk").string).isEmpty)
        let noise = Frame(width: 1000, height: 700)
        var generator = SystemRandomNumberGenerator()
        noise.fill { _, _ in (0..<3).map { _ in UInt8.random(in: 0...255, using: &generator) } }
        expectTrouble(.outputFailed, naming: "out.png", "No space left") {
            try PictureFile.write(noise, to: scratch("disk/out.png"))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch("disk").string).isEmpty)
    }

    /// Whatever lay in memory before: glibc fills what it hands out with another byte each time (M_PERTURB).
    @Test func theSameInputGivesTheSameFile() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg("-f lavfi -i testsrc2=s=96x240:r=30:d=1 \(Clips.sound) \(Clips.fast) -c:a aac in.mp4")
        let settings = EncoderSettings(crf: 20, preset: "medium")
        defer { fillMemory(with: 0) }
        let files = try [0, 1, 165].map { (filling: Int32) in
            fillMemory(with: filling)
            let output = scratch("\(filling).mp4")
            try carry(scratch("in.mp4"), to: output, settings: settings)
            return try Data(contentsOf: URL(fileURLWithPath: output.string))
        }
        #expect(files[0] == files[1] && files[0] == files[2] && files[0].count > 1000)
    }

    /// The index comes first, so that the file plays while it is still being fetched.
    @Test func theIndexLeads() async throws {
        let scratch = try Scratch()
        _ = try await clip(scratch)
        try carry(scratch("in.mp4"), to: scratch("out.mp4"))
        let data = try Data(contentsOf: URL(fileURLWithPath: scratch("out.mp4").string))
        let index = try #require(data.range(of: Data("moov".utf8)))
        let content = try #require(data.range(of: Data("mdat".utf8)))
        #expect(index.lowerBound < content.lowerBound)
    }

    /// Sound and picture lie side by side in the file, never a second apart.
    @Test func soundAndPictureAreInStep() async throws {
        let scratch = try Scratch()
        try await scratch.ffmpeg(
            "-f lavfi -i testsrc2=s=96x64:r=30:d=8 -f lavfi -i sine=d=8:r=48000 \(Clips.fast) -c:a aac in.mkv")
        try carry(scratch("in.mkv"), to: scratch("out.mp4"))
        let packets = try await scratch.ffprobe(scratch("out.mp4"), "packet=codec_type,dts_time,pos")
        let placed = packets.compactMap { packet -> (kind: String, time: Double, place: Int)? in
            guard let kind = packet["codec_type"], let time = packet["dts_time"].flatMap(Double.init),
                let place = packet["pos"].flatMap({ Int($0) })
            else { return nil }
            return (kind, time, place)
        }.sorted { $0.place < $1.place }
        #expect(placed.count > 600)
        var latest: [String: Double] = [:]
        var worst = 0.0
        for packet in placed {
            latest[packet.kind] = packet.time
            if let video = latest["video"], let audio = latest["audio"] { worst = max(worst, abs(video - audio)) }
        }
        #expect(worst > 0 && worst < 0.3, "\(worst) s apart")
    }
}
