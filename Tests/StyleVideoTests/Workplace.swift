import Foundation
import Imaging
import Media
import Pipeline
import StyleVideo
import Subprocess
import SystemPackage
import Testing

/// A folder of one test with a small clip in it, gone when the test is.
final class Workplace: Sendable {
    let folder: FilePath

    init() throws {
        folder = FilePath("\(NSTemporaryDirectory())stylevideo-library-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder.string) }

    func file(_ name: String) -> FilePath { folder.appending(name) }

    /// What `body` makes of a folder that holds these files, as if it were the root.
    static func holding<Result>(_ files: [String: String], _ body: (FilePath) throws -> Result) throws -> Result {
        let place = try Workplace()
        for (name, text) in files {
            let file = place.file(name)
            try FileManager.default.createDirectory(
                atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: file.string))
        }
        return try withExtendedLifetime(place) { try body(place.folder) }
    }

    var names: Set<String> {
        get throws { Set(try FileManager.default.contentsOfDirectory(atPath: folder.string)) }
    }

    /// Has ffmpeg make a file.
    func make(_ name: String, _ arguments: [String]) async throws -> FilePath {
        let result = try await run(
            .name("ffmpeg"), arguments: Arguments(["-v", "error", "-nostdin", "-y"] + arguments + [file(name).string]),
            output: .discarded, error: .string(limit: 1 << 20))
        try #require(result.terminationStatus.isSuccess, "\(result.standardError)")
        return file(name)
    }

    /// Two scenes of nine frames each, 70 x 50: no multiple of the network's stride.
    func twoScenes() async throws -> FilePath {
        try await make(
            "in.mp4",
            [
                "-f", "lavfi", "-i", "testsrc2=size=70x50:rate=10:duration=0.9", "-f", "lavfi", "-i",
                "mandelbrot=size=70x50:rate=10",
            ]
                + ["-filter_complex", "[1:v]trim=end_frame=9,setpts=N/10/TB[b];[0:v][b]concat=n=2", "-frames:v", "18"]
                + ["-c:v", "libx264", "-pix_fmt", "yuv420p"])
    }

    /// Frames of noise, 160 x 120: a large file.
    func noise(frames: Int) async throws -> FilePath {
        try await make(
            "in.mp4",
            ["-f", "lavfi", "-i", "color=gray:size=160x120:rate=25,noise=alls=80:allf=t", "-frames:v", "\(frames)"]
                + ["-c:v", "libx264", "-qp", "10", "-preset", "ultrafast", "-pix_fmt", "yuv420p"])
    }

    func style() async throws -> FilePath {
        try await make("style.png", ["-f", "lavfi", "-i", "mandelbrot=size=96x80:rate=1", "-frames:v", "1"])
    }

    /// A job over a clip in it, small and quick.
    func job(_ input: FilePath) async throws -> VideoJob {
        var settings = Settings(threads: 2)
        settings.styleSize = 64
        var job = VideoJob(input: input, style: try await style(), output: file("out.mp4"), settings: settings)
        job.encoder = EncoderSettings(crf: 0, preset: "ultrafast", pixelFormat: .yuv444p)
        return job
    }
}

extension Frame {
    /// The picture's bytes, without what lies between its rows.
    var pixels: [UInt8] {
        withBytes { bytes in (0..<height).flatMap { bytes[$0 * rowStride..<$0 * rowStride + 3 * width] } }
    }
}
