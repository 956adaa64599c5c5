import Foundation
import Media
import SystemPackage
import TestSupport
import Testing

/// A part of each picture that the container says is meant to be seen.
@Suite struct ApertureTests {
    private func edit(_ file: FilePath, as target: FilePath, _ change: (inout Data) throws -> Void) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: file.string))
        try change(&bytes)
        try bytes.write(to: URL(fileURLWithPath: target.string))
    }

    /// Expects the frames to be such a part of those that are stored, with square pixels, and a notice.
    private func expect(_ cut: FilePath, isPartOf whole: FilePath, columns: Range<Int>, rows: Range<Int>) throws {
        let reader = try VideoReader(cut)
        #expect(reader.notices.contains { $0.contains("\(columns.count) x \(rows.count) of 96 x 64") })
        #expect(reader.information.video.sampleAspectRatio.value == 1)
        let (found, stored) = (try shots(cut), try shots(whole))
        try #require(found.count == 5 && stored.count == 5)
        for (part, all) in zip(found, stored) {
            try #require((part.width, part.height) == (columns.count, rows.count))
            // Where colours are halved, a part's edge sees other neighbours.
            for y in 2..<part.height - 2 {
                for x in 2..<part.width - 2 {
                    let (own, other) = (part.pixel(x, y), all.pixel(x + columns.lowerBound, y + rows.lowerBound))
                    #expect(zip(own, other).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
                }
            }
        }
    }

    /// ffmpeg writes the display's shape where pixels are not square; in the same room it becomes a cropping.
    @Test func matroska() async throws {
        let folder = try Scratch()
        try await folder.ffmpeg(
            "-f lavfi -i testsrc2=s=96x64:r=25:d=0.2 -c:v ffv1 -pix_fmt yuv444p -vf setsar=2 in.mkv")
        try edit(folder("in.mkv"), as: folder("cut.mkv")) { bytes in
            for (old, new): ([UInt8], [UInt8]) in [
                ([0x54, 0xB0, 0x81, 3], [0x54, 0xCC, 0x81, 8]), ([0x54, 0xBA, 0x81, 1], [0x54, 0xBB, 0x81, 6]),
            ] {
                bytes.replaceSubrange(try #require(bytes.range(of: Data(old))), with: new)
            }
        }
        try expect(folder("cut.mkv"), isPartOf: folder("in.mkv"), columns: 8..<96, rows: 6..<64)
    }

    /// A display's side of 2^55: numbers that nobody means are passed over.
    @Test func sidesBeyondAllMeasure() async throws {
        let folder = try Scratch()
        try await folder.ffmpeg("-f lavfi -i testsrc2=s=96x64:r=25:d=0.2 -c:v ffv1 -vf setsar=2 in.mkv")
        try edit(folder("in.mkv"), as: folder("wild.mkv")) { bytes in
            // Width and height of the display in eight bytes become one of them, and a cropping.
            let place = try #require(bytes.range(of: Data([0x54, 0xB0, 0x81, 3, 0x54, 0xBA, 0x81, 1])))
            bytes.replaceSubrange(place, with: [0x54, 0xCC, 0x81, 8, 0x54, 0xBA, 0x81, 0xFF])
        }
        #expect(try shots(folder("wild.mkv")).count == 5)
    }

    /// A clean aperture of 80 x 60, its middle four columns to the right of the picture's.
    @Test func mp4() async throws {
        let folder = try Scratch()
        try await folder.ffmpeg("-f lavfi -i testsrc2=s=96x64:r=25:d=0.2 -c:v libx264 -qp 0 -pix_fmt yuv444p in.mp4")
        try edit(folder("in.mp4"), as: folder("cut.mp4")) { bytes in
            let numbers: [UInt32] = [40, 0x636C_6170, 80, 1, 60, 1, 4, 1, 0, 1]
            let box = numbers.flatMap { withUnsafeBytes(of: $0.bigEndian, Array.init) }
            func size(at place: Int) -> UInt32 { bytes[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) } }
            var end = 0
            for tag in ["moov", "trak", "mdia", "minf", "stbl", "stsd", "avc1"] {
                let place = try #require(bytes.range(of: Data(tag.utf8), options: .backwards)).lowerBound - 4
                end = place + Int(size(at: place))
                let grown = withUnsafeBytes(of: (size(at: place) + 40).bigEndian, Array.init)
                bytes.replaceSubrange(place..<place + 4, with: grown)
            }
            bytes.insert(contentsOf: box, at: end)
        }
        try expect(folder("cut.mp4"), isPartOf: folder("in.mp4"), columns: 12..<92, rows: 2..<62)
    }
}
