import Foundation
import Machine
import Media
import SystemPackage
import TestSupport
import Testing

@testable import StyleVideo

/// A clip painted into YUV4MPEG2.
@Suite struct StreamOutTests {
    private func sums(_ file: String, _ place: Scratch) async throws -> [Substring] {
        try await place.ffmpeg(["-i", file, "-fps_mode", "passthrough", "-f", "framemd5", "sums"])
        let lines = String(decoding: try place.bytes("sums"), as: UTF8.self).split(separator: "\n")
        return lines.filter { !$0.hasPrefix("#") }.compactMap { $0.split(separator: ",").last }
    }

    private func run(_ job: VideoJob, into name: String, _ place: Scratch) throws -> PaintReport {
        var job = job
        let file = try FileDescriptor.open(
            place(name), .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
        job.destination = .stream(file)
        return try file.closeAfter { try job.run(Run(threads: 2)) }
    }

    private func head(_ name: String, _ place: Scratch) throws -> String {
        String(decoding: try place.bytes(name).prefix { $0 != 10 }, as: UTF8.self)
    }

    /// Across the chunks' borders too, at which a film changes its file.
    @Test(arguments: [
        (EncodedPixels.yuv420p, "420mpeg2"), (.yuv422p, "422"), (.yuv444p10le, "444p10"), (.yuv420p12le, "420p12"),
    ])
    func framesAreThoseOfALosslessFilm(pixels: EncodedPixels, name: String) async throws {
        let place = try Scratch()
        var job = try await place.job(try await place.twoScenes())
        (job.output, job.measure, job.chunkLength) = (place("out.mkv"), false, 4)
        job.encoder = try EncoderSettings(container: .mkv, codec: .ffv1, pixelFormat: pixels)
        job.settings.isUnpainted = pixels.depth > 8
        _ = try job.run(Run(threads: 2))
        let report = try run(job, into: "out.y4m", place)
        #expect(report.output == "standard output" && report.frames == 18 && report.notices.isEmpty)
        #expect(try head("out.y4m", place) == "YUV4MPEG2 W70 H50 F10:1 Ip A1:1 C\(name) XCOLORRANGE=LIMITED")
        let film = try await sums("out.mkv", place)
        #expect(try await sums("out.y4m", place) == film && film.count == 18)
    }

    /// Full range, chroma in the middle and pixels that are no squares are said.
    @Test func whatTheSourceIsIsSaid() async throws {
        let place = try Scratch()
        let clip = try await place.make(
            "in.avi",
            ["-f", "lavfi", "-i", "testsrc2=s=70x50:r=30000/1001", "-frames:v", "3", "-vf", "setsar=16/11"]
                + ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p"])
        var job = try await place.job(clip)
        (job.measure, job.settings.isUnpainted, job.encoder.pixelFormat) = (false, true, .yuv420p)
        _ = try run(job, into: "out.y4m", place)
        #expect(
            try head("out.y4m", place)
                == "YUV4MPEG2 W70 H50 F30000:1001 Ip A16:11 C420jpeg XCOLORRANGE=FULL")
    }

    /// As FFmpeg's own constant rate does it, and with a word of how many.
    @Test func unevenTimesGoOnAGrid() async throws {
        let place = try Scratch()
        let clip = try await place.make(
            "in.mkv",
            ["-f", "lavfi", "-i", "testsrc2=s=70x50:r=25:d=2,noise=alls=40:allf=t"]
                + ["-vf", "select='not(between(n,10,14)+eq(n,30))'"]
                + ["-fps_mode", "vfr", "-c:v", "libx264"])
        var job = try await place.job(clip)
        (job.measure, job.settings.isUnpainted, job.encoder.pixelFormat) = (false, true, .yuv420p)
        let report = try run(job, into: "out.y4m", place)
        #expect(report.notices.count == 1 && report.notices[0].contains("at 25/1 a second 6 frames are shown again"))
        let sums = try await sums("out.y4m", place)
        #expect(sums.count == 50 && Set(sums).count == 44)
        #expect(Set(sums[9...14]).count == 1 && sums[29] == sums[30])
    }

    @Test func aStreamIsNotClaimedAndNotResumed() async throws {
        let place = try Scratch()
        var job = try await place.job(try await place.twoScenes())
        (job.measure, job.chunkLength, job.encoder.pixelFormat) = (false, 4, .yuv420p)
        _ = try run(job, into: "out.y4m", place)
        #expect(Set(place.names) == ["in.mp4", "style.png", "out.y4m"])
        // Whoever reads no more ends the run by a sentence.
        let pipe = try FileDescriptor.pipe()
        try pipe.readEnd.close()
        job.destination = .stream(pipe.writeEnd)
        let error = #expect(throws: OutputError.self) { try job.run(Run(threads: 2)) }
        #expect(error == .failed(operation: "write to", file: "standard output", code: EPIPE))
        try pipe.writeEnd.close()
    }

    /// Nobody reads, and the pipe is full.
    @Test func aWaitingRunCanBeStopped() async throws {
        let place = try Scratch()
        var job = try await place.job(try await place.twoScenes())
        (job.measure, job.settings.isUnpainted, job.encoder.pixelFormat) = (false, true, .yuv444p)
        let pipe = try FileDescriptor.pipe()
        job.destination = .stream(pipe.writeEnd)
        #expect(job.stop(after: 2) is Stop)
        try pipe.readEnd.close()
        try pipe.writeEnd.close()
    }
}
