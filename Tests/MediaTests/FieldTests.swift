import Foundation
import Imaging
import Media
import SystemPackage
import TestSupport
import Testing

/// Interlaced frames, of which whole ones are made. What comes out must not depend on the way to it.
@Suite struct FieldTests {
    private static let together = Selection(deinterlacing: .off)
    private static let fields = "-vf tinterlace=interleave_top -flags +ilme+ildct"
    private static let mpeg2 = "-c:v mpeg2video -b:v 4M -g 12 -bf 2"

    /// Sixty moments a second in thirty frames, or as they are.
    private func clip(_ name: String, _ codec: String, _ seconds: Double, in folder: Scratch, isWhole: Bool = false)
        async throws
    {
        try await folder.ffmpeg(
            "-f lavfi -i testsrc2=s=96x64:r=\(isWhole ? 30 : 60):d=\(seconds) "
                + "\(isWhole ? "" : Self.fields) \(codec) \(name)"
        )
    }

    /// Two stretches of fields and one of whole frames, so that a frame's neighbour may be of the other kind.
    private func mixed(in folder: Scratch) async throws -> FilePath {
        for (number, isWhole) in [false, true, false].enumerated() {
            try await clip("\(number).mkv", Self.mpeg2, 1, in: folder, isWhole: isWhole)
        }
        let list = (0..<3).map { "file \(folder("\($0).mkv"))\n" }.joined()
        try Data(list.utf8).write(to: URL(fileURLWithPath: folder("list").string))
        try await folder.ffmpeg("-f concat -safe 0 -i list -c copy mixed.mkv")
        return folder("mixed.mkv")
    }

    /// As ffmpeg makes them: every line of the first field is kept, and the times are.
    @Test(arguments: [mpeg2, "-c:v libx264 -x264opts tff=1 -bf 2", "-c:v libx264 -x264opts bff=1", "-c:v ffv1"])
    func theyAreMadeAnew(codec: String) async throws {
        let folder = try Scratch()
        try await clip("in.mkv", codec + " -field_order tt", 2, in: folder)
        try await folder.ffmpeg("-i in.mkv -vf bwdif=mode=send_frame:deint=all -c:v ffv1 expected.mkv")
        let found = try shots(folder("in.mkv"))
        let stored = try shots(folder("in.mkv"), selection: Self.together)
        try #require(found.count == 60 && stored.count == 60)
        #expect(found == (try shots(folder("expected.mkv"))))
        #expect(found.map(\.time) == stored.map(\.time))
        #expect(zip(found, stored).allSatisfy { $0.pixels != $1.pixels })
        let notices = try carry(folder("in.mkv"), to: folder("out.mp4"))
        #expect(notices.contains { $0.contains("interlaced") && $0.contains("whole one") })
        let off = try VideoReader(folder("in.mkv"), selection: Self.together).notices
        #expect(off.contains { $0.contains("as they are stored") })
    }

    /// After a seek, from a selection's start, forwards and back; where frames that nothing refers to are passed over.
    @Test(arguments: ["mkv", "mp4", "ts", "mixed"]) func theyAreTheSameFromAnywhere(kind: String) async throws {
        let folder = try Scratch()
        let name = "in.\(kind)"
        if kind == "mixed" {
            try await FileManager.default.moveItem(atPath: mixed(in: folder).string, toPath: folder(name).string)
        } else {
            try await clip(name, kind == "mkv" ? Self.mpeg2 : "-c:v libx264 -x264opts tff=1 -g 20 -bf 3", 3, in: folder)
        }
        let whole = try shots(folder(name))
        try #require(whole.count == 90)
        let reader = try VideoReader(folder(name))
        reader.index = FrameIndex()
        while try reader.advance() != nil {}
        let frame = reader.makeFrame()
        for number in [80, 0, 1, 30, 29, 31, 60, 61, 12, 59, 24, 89, 36, 48, 47, 72, 71, 5, 88] {
            try reader.seek(toFrame: number)
            try #require(try reader.next(into: frame))
            #expect(Shot(frame) == whole[number], "frame \(number)")
        }
        for number in [1, 12, 20, 29, 30, 31, 60, 61, 75] {
            let part = try shots(folder(name), selection: Selection(start: Double(number) / 30 - 0.01, frames: 3))
            #expect(part == Array(whole[number..<min(number + 3, 90)]), "from frame \(number)")
        }
        #expect(whole.contains { shot in shot.pixels != whole[0].pixels })
    }

    /// Of a clip of whole frames and fields only these are made anew.
    @Test func wholeFramesStay() async throws {
        let folder = try Scratch()
        let clip = try await mixed(in: folder)
        let (found, stored) = (try shots(clip), try shots(clip, selection: Self.together))
        try #require(found.count == 90 && stored.count == 90)
        let changed = found.indices.filter { found[$0] != stored[$0] }
        #expect(changed == Array(0..<30) + Array(60..<90))
    }

    /// A single frame is its own neighbour.
    @Test func oneFrame() async throws {
        let folder = try Scratch()
        try await clip("in.mkv", Self.mpeg2, 1.0 / 30, in: folder)
        try await folder.ffmpeg("-i in.mkv -vf bwdif=mode=send_frame:deint=all -c:v ffv1 expected.mkv")
        let found = try shots(folder("in.mkv"))
        #expect(try found.count == 1 && found == shots(folder("expected.mkv")))
    }

    /// Frames that bwdif does not take stay as they are stored.
    @Test(arguments: [("64x2", "yuv444p"), ("2x64", "yuv444p")]) func tooSmallForIt(size: String, format: String)
        async throws
    {
        let folder = try Scratch()
        try await folder.ffmpeg(
            "-f lavfi -i testsrc2=s=\(size):r=25:d=0.2 -vf setfield=tff -c:v ffv1 -pix_fmt \(format) "
                + "-field_order tt a.mkv"
        )
        let (found, stored) = (try shots(folder("a.mkv")), try shots(folder("a.mkv"), selection: Self.together))
        #expect(found.count == 5 && found == stored)
    }
}
