import Foundation
import Media
import SystemPackage
import TestSupport
import Testing

/// Files that end before their own head says, or in the midst of what they are made of.
@Suite struct CutOffTests {
    private static let sound = "-c:a libmp3lame -ar 44100"

    /// Reads a file to its end.
    private func damage(_ file: FilePath) throws -> (end: Double?, notices: [String]) {
        let reader = try VideoReader(file)
        while try reader.advance() != nil {}
        return (reader.damage.end, reader.notices)
    }

    @Test(arguments: [
        ("avi", "-c:v mpeg4 \(sound)"), ("wmv", "-c:v wmv2 -c:a wmav2"), ("flv", "-c:v flv \(sound)"),
        ("swf", "-c:v flv \(sound)"), ("ogv", "-c:v libtheora -c:a libvorbis"), ("gif", ""), ("apng", "-f apng"),
        ("y4m", ""), ("mjpeg", "-c:v mjpeg"), ("mxf", "-c:v mpeg2video -ar 48000"), ("mkv", "-c:v libx264 -c:a aac"),
        ("gxf", "-s 720x576 -c:v mpeg2video -c:a pcm_s16le -ar 48000"), ("ivf", "-c:v libvpx"),
        ("nut", "-c:v ffv1"), ("nut", "-c:v libx264 -c:a aac"),
        ("mov", "-c:v libx264 -g 10 -c:a aac -movflags frag_keyframe+empty_moov"),
    ])
    func itIsTold(_ container: String, _ codecs: String) async throws {
        let folder = try Scratch()
        try await folder.ffmpeg(
            "-f lavfi -i testsrc2=s=96x64:r=25:d=4 -f lavfi -i sine=d=4 \(codecs) whole.\(container)")
        let whole = try damage(folder("whole.\(container)"))
        #expect(whole.end == nil && whole.notices.isEmpty, "\(whole)")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: folder("whole.\(container)").string))
        let cut = URL(fileURLWithPath: folder("cut.\(container)").string)
        try bytes.prefix(bytes.count * 6 / 10 + 1).write(to: cut)
        let found = try damage(folder("cut.\(container)"))
        let end = try #require(found.end, "\(found)")
        #expect(end > 1 && end < 3.5)
        #expect(found.notices.contains { $0.contains("cut off") || $0.contains("says it is 4.0 s long") }, "\(found)")
    }

    /// Cut between two fragments an MP4 lacks nothing but what its index tells of.
    @Test func aFragmentIsMissing() async throws {
        let folder = try Scratch()
        try await folder.ffmpeg(
            "-f lavfi -i testsrc2=s=96x64:r=25:d=4 -c:v libx264 -g 25 -movflags dash+global_sidx+frag_keyframe "
                + "whole.mp4"
        )
        #expect(try damage(folder("whole.mp4")).end == nil)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: folder("whole.mp4").string))
        let last = try #require(bytes.range(of: Data("moof".utf8), options: .backwards)).lowerBound - 4
        try bytes.prefix(last).write(to: URL(fileURLWithPath: folder("cut.mp4").string))
        #expect(try damage(folder("cut.mp4")).end == 3)
    }
}
