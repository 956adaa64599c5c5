import Foundation
import Imaging
import Machine
import Media
import Pipeline
import SystemPackage
import TestSupport

@testable import StyleVideo

extension Scratch {
    /// Has ffmpeg make a file.
    func make(_ name: String, _ arguments: [String]) async throws -> FilePath {
        try await ffmpeg(arguments + [file(name)])
        return self(name)
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
        var settings = Settings()
        settings.styleSize = 64
        var job = VideoJob(input: input, style: try await style(), output: self("out.mp4"), settings: settings)
        job.encoder = EncoderSettings(crf: 0, preset: "ultrafast", pixelFormat: .yuv444p)
        return job
    }

    /// Two scenes of nine frames each, with sound; four chunks of four or five.
    func chunkedJob() async throws -> VideoJob {
        let silent = try await twoScenes()
        let input = try await make(
            "sound.mp4",
            ["-i", silent.string, "-f", "lavfi", "-i", "sine=duration=2", "-c:v", "copy", "-c:a", "aac"])
        var job = try await job(input)
        job.chunkLength = 4
        return job
    }

    /// The program's own, but for the last bit of their last number.
    func otherWeights() throws -> FilePath {
        let own = try Run().resource("stylekernel-fast.safetensors")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: own))
        bytes[bytes.count - 4] ^= 1
        try write("other.safetensors", bytes)
        return self("other.safetensors")
    }
}

struct Stop: Trouble, Equatable {
    var trouble: TroubleKind { .interrupted(signal: 2) }
    var description: String { "stopped" }
}

extension VideoJob {
    /// Runs until so many frames have been written, and stops.
    func stop(after frames: Int) -> (any Error)? {
        let cancellation = Cancellation()
        do {
            _ = try run(
                .told(
                    { if $0.phase == .painting, $0.done >= frames { cancellation.cancel(Stop()) } },
                    cancellation: cancellation))
            return nil
        } catch {
            return error
        }
    }
}

extension Run {
    /// On two threads, telling someone of its progress.
    static func told(
        _ progress: @escaping ProgressHandler, cancellation: Cancellation = Cancellation(),
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) -> Run {
        var run = Run(threads: 2)
        (run.cancellation, run.progress, run.notice) = (cancellation, progress, notice)
        return run
    }
}
