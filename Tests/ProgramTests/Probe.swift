import Foundation
import TestSupport
import Testing

/// What ffprobe says of a file: its streams, and every packet with a checksum of its bytes.
struct Probe: Decodable {
    struct Stream: Decodable {
        var index: Int
        var codec_type: String
        var codec_name: String?
        var width: Int?
        var height: Int?
        var pix_fmt: String?
        var channels: Int?
        var sample_aspect_ratio: String?
        var color_range: String?
        var color_space: String?
        var color_primaries: String?
        var color_transfer: String?
        var time_base: String
        var duration: String?
        var tags: [String: String]?
        var side_data_list: [SideData]?
    }

    struct SideData: Decodable { var rotation: Int? }

    struct Packet: Decodable {
        var stream_index: Int
        var pts_time: String?
        var duration_time: String?
        var data_hash: String
    }

    struct Format: Decodable { var duration: String? }

    var streams: [Stream]
    var packets: [Packet]
    var format: Format

    /// Reads a file of a test's folder.
    static func read(_ file: String, in folder: Scratch) async throws -> Probe {
        let outcome = try await Program.command(
            "ffprobe",
            [
                "-v", "error", "-show_streams", "-show_format", "-show_packets", "-show_data_hash", "md5", "-of",
                "json", file,
            ],
            in: folder)
        try #require(outcome.status.isSuccess, "\(outcome.error)")
        return try JSONDecoder().decode(Probe.self, from: Data(outcome.output.utf8))
    }

    var video: Stream { get throws { try #require(streams.first { $0.codec_type == "video" }) } }
    var sound: [Stream] { streams.filter { $0.codec_type == "audio" } }

    /// Presentation times of the frames, in order, in seconds.
    var frameTimes: [Double] {
        get throws {
            let index = try video.index
            return try packets.filter { $0.stream_index == index }.map { try #require(Double($0.pts_time ?? "")) }
                .sorted()
        }
    }

    /// Checksums of a stream's packets.
    func hashes(of stream: Stream) -> [String] { packets.filter { $0.stream_index == stream.index }.map(\.data_hash) }

    /// Presentation times of a stream's packets, in seconds.
    func times(of stream: Stream) -> [Double] {
        packets.filter { $0.stream_index == stream.index }.compactMap { Double($0.pts_time ?? "") }
    }
}

/// Pixels of a file's frames in RGB, by ffmpeg.
struct Pixels {
    var frames: [[UInt8]]

    /// - Parameter filter: of ffmpeg, applied before the conversion.
    static func read(_ file: String, width: Int, height: Int, filter: String = "null", in folder: Scratch) async throws
        -> Pixels
    {
        let raw = "pixels-\(UInt32.random(in: 0 ... .max)).rgb"
        let outcome = try await Program.command(
            "ffmpeg",
            [
                "-v", "error", "-nostdin", "-i", file, "-vf",
                "\(filter),scale=flags=accurate_rnd+full_chroma_int+bitexact",
            ]
                + ["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", raw], in: folder)
        try #require(outcome.status.isSuccess, "\(outcome.error)")
        let bytes = Array(try folder.bytes(raw))
        try FileManager.default.removeItem(atPath: folder.file(raw))
        let size = width * height * 3
        try #require(!bytes.isEmpty && bytes.count % size == 0)
        return Pixels(frames: stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<$0 + size]) })
    }

    /// The largest difference of two frames' bytes.
    static func farthest(_ a: [UInt8], _ b: [UInt8]) -> Int { zip(a, b).map { abs(Int($0) - Int($1)) }.max() ?? 0 }

    /// The mean difference of two frames' bytes.
    static func mean(_ a: [UInt8], _ b: [UInt8]) -> Double {
        Double(zip(a, b).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }) / Double(max(a.count, 1))
    }
}
