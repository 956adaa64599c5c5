import Foundation
import TestSupport
import Testing

/// Small clips and pictures that ffmpeg makes, each once for all tests.
actor Fixtures {
    static let shared = Fixtures()

    private let folder: Scratch
    private var made: [String: Task<String, any Error>] = [:]

    init() {
        folder = try! Scratch()
        let path = folder.path.string
        // The last owner lives as long as the process, whose end runs no deinit.
        Self.leftover = strdup(path)
        atexit { try? FileManager.default.removeItem(atPath: String(cString: Fixtures.leftover!)) }
    }

    // Written once, before the handler that reads it is registered.
    nonisolated(unsafe) private static var leftover: UnsafeMutablePointer<CChar>?

    /// The path of a fixture, made by ffmpeg's arguments.
    func make(_ name: String, _ arguments: [String]) async throws -> String {
        if let task = made[name] { return try await task.value }
        let folder = folder
        let task = Task {
            let outcome = try await Program.command(
                "ffmpeg", ["-v", "error", "-nostdin", "-y"] + arguments + [folder.file(name)], in: folder)
            try #require(outcome.status.isSuccess, "ffmpeg could not make \(name): \(outcome.error)")
            return folder.file(name)
        }
        made[name] = task
        return try await task.value
    }
}

/// The fixtures by name.
enum Fixture {
    static let pattern = ["-f", "lavfi", "-i"]
    static let x264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]

    /// 64 x 48, ten frames at 10 a second with B-frames, and AAC.
    static var clip: String {
        get async throws {
            try await Fixtures.shared.make(
                "clip.mp4",
                pattern + ["testsrc2=size=64x48:rate=10:duration=1"] + pattern + ["sine=frequency=440:duration=1"]
                    + ["-c:v", "libx264", "-bf", "2", "-pix_fmt", "yuv420p", "-c:a", "aac"])
        }
    }

    /// A picture of 96 x 80, the style of every test.
    static var style: String {
        get async throws {
            try await Fixtures.shared.make(
                "style.png", pattern + ["mandelbrot=size=96x80:rate=1"] + ["-frames:v", "1"])
        }
    }

    /// Sound alone.
    static var sound: String {
        get async throws {
            try await Fixtures.shared.make(
                "sound.m4a", pattern + ["sine=frequency=440:duration=0.5"] + ["-c:a", "aac"])
        }
    }

    /// Only video of the given size. (`testsrc2` would make odd sides even.)
    static func silent(_ width: Int, _ height: Int, frames: Int, rate: Int = 10, pixels: String = "yuv420p")
        async throws
        -> String
    {
        try await Fixtures.shared.make(
            "silent-\(width)x\(height)-\(frames)-\(rate)-\(pixels).mp4",
            pattern + ["testsrc=size=\(width)x\(height):rate=\(rate)"] + ["-frames:v", "\(frames)"]
                + ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", pixels])
    }
}

extension Fixture {
    /// Two scenes of eight frames each, 64 x 48.
    static var twoScenes: String {
        get async throws {
            try await Fixtures.shared.make(
                "two-scenes.mp4",
                pattern + ["testsrc2=size=64x48:rate=10:duration=0.8"] + pattern + ["mandelbrot=size=64x48:rate=10"]
                    + [
                        "-filter_complex", "[1:v]trim=end_frame=8,setpts=N/10/TB[b];[0:v][b]concat=n=2", "-frames:v",
                        "16",
                    ] + x264)
        }
    }

    /// A clip of another container, with sound; `more` says how both are encoded.
    static func clip(_ name: String, _ more: [String]) async throws -> String {
        try await Fixtures.shared.make(
            name,
            pattern + ["testsrc2=size=64x48:rate=10:duration=1"] + pattern + ["sine=frequency=440:duration=1"] + more)
    }

    /// Matroska at uneven times, with two tracks of sound in two languages.
    static var uneven: String {
        get async throws {
            try await Fixtures.shared.make(
                "uneven.mkv",
                pattern + ["testsrc2=size=64x48:rate=100:duration=1.5"] + pattern + ["sine=frequency=440:duration=1.5"]
                    + pattern + ["sine=frequency=880:duration=1.5"]
                    + [
                        "-vf", "select='lt(mod(n*n\\,31)\\,8)'", "-fps_mode", "vfr", "-map", "0", "-map", "1", "-map",
                        "2",
                    ]
                    + x264
                    + [
                        "-c:a:0", "aac", "-c:a:1", "ac3", "-metadata:s:a:0", "language=deu", "-metadata:s:a:1",
                        "language=fra",
                    ])
        }
    }
}
