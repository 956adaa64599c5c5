import Foundation
import TestSupport
import Testing

/// Clips that are damaged on the way, or end before their time: what can be seen of them is painted, and told.
@Suite struct DamagedInputTests {
    private struct Report: Decodable {
        struct Damage: Decodable {
            var frames: Int
            var times: [Double]
            var missing: Int?
            var end: Double?
        }
        var frames: Int
        var damage: Damage?
        var notices: [String]
    }

    private let folder: Scratch

    init() async throws {
        folder = try Scratch()
        try folder.take(await Fixture.style, as: "style.png")
    }

    private static let flags = ["--style-size", "64", "--no-measure", "--steady", "off", "--overwrite", "--json"]

    /// Three seconds with a key frame in each half of one; its index lies at the front where it has one.
    private func clip(_ container: String) async throws -> Data {
        let codecs =
            switch container {
            case "avi": ["-c:v", "mpeg4", "-c:a", "libmp3lame"]
            case "webm": ["-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"]
            case "mpg": ["-c:v", "mpeg2video", "-c:a", "mp2"]
            case "ogv": ["-c:v", "libtheora", "-c:a", "libvorbis"]
            case "wmv": ["-c:v", "wmv2", "-c:a", "wmav2"]
            case "y4m": ["-an"]
            default: ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "3", "-c:a", "aac"]
            }
        let front = container == "mp4" ? ["-movflags", "+faststart"] : []
        try await folder.ffmpeg(
            ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=3", "-f", "lavfi", "-i", "sine=d=3", "-g", "12"]
                + ["-pix_fmt", "yuv420p"] + codecs + front + ["whole.\(container)"])
        return try folder.bytes("whole.\(container)")
    }

    private func paint(_ input: String, _ more: [String] = []) async throws -> (
        outcome: Program.Outcome, report: Report?
    ) {
        let outcome = try await Program.run(
            [input, "--style", "style.png", "-o", "out.mp4"] + Self.flags + more, in: folder)
        return (outcome, try? JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8)))
    }

    @Test(
        arguments: [
            ("mp4", []), ("mkv", ["--chunk-frames", "20"]), ("avi", []), ("webm", []), ("ts", []), ("m2ts", []),
            ("flv", []), ("mpg", []), ("ogv", []), ("wmv", []), ("y4m", []),
        ] as [(String, [String])])
    func oneThatIsCutOffIsPaintedAndAFailure(
        _ container: String, _ more: [String]
    ) async throws {
        let whole = try await clip(container)
        // Odd, so that no packet of a transport stream ends there.
        try folder.write("in.\(container)", whole.prefix(whole.count * 6 / 10 | 1))
        let (outcome, report) = try await paint("in.\(container)", more)
        #expect(outcome.code == 65, "\(outcome.error)")
        let end = try #require(report?.damage?.end)
        let shown = report!.frames + (report!.damage?.missing ?? 0)
        // Theora's encoder leaves out frames that show nothing new.
        #expect(end > 1 && end < 2.6 && (container == "ogv" || abs(end - Double(shown) / 25) < 0.2), "\(report!)")
        #expect(outcome.errorLines.last?.contains("cut off at 0:0\(Int(end))") == true, "\(outcome.error)")
        #expect(try await Probe.read("out.mp4", in: folder).frameTimes.count == report?.frames)
        let info = try await Program.run(["info", "in.\(container)", "--json", "--style-size", "64"], in: folder)
        let told = try JSONDecoder().decode(Report.self, from: Data(info.output.utf8))
        #expect(info.code == 0 && told.damage?.end == end && told.notices.contains { $0.contains("cut off") })
        // And whole it is no failure.
        let again = try await paint("whole.\(container)", more)
        // FFmpeg gives wmv and mpg another one at their end.
        let frames = container == "ogv" ? 50...75 : ["wmv", "mpg"].contains(container) ? 75...76 : 75...75
        #expect(again.outcome.code == 0 && again.report?.damage == nil, "\(again.outcome.error)")
        #expect(frames.contains(again.report!.frames))
    }

    /// From a moment on, where nobody has counted what lies before it.
    @Test(arguments: ["mp4", "mkv", "avi"]) func oneThatIsCutOffIsSoFromAnyStart(_ container: String) async throws {
        let whole = try await clip(container)
        try folder.write("in.\(container)", whole.prefix(whole.count * 8 / 10))
        let (outcome, report) = try await paint("in.\(container)", ["--start", "1"])
        #expect(outcome.code == 65, "\(outcome.error)")
        let end = try #require(report?.damage?.end)
        #expect(end > 1.5 && end < 2.9 && abs(end - 1 - Double(report!.frames) / 25) < 0.2)
        let again = try await paint("whole.\(container)", ["--start", "1"])
        #expect(again.outcome.code == 0 && again.report!.frames > report!.frames && again.report?.damage == nil)
        // What is asked for is there.
        let before = try await paint("in.\(container)", ["--start", "0.4", "--end", "1"])
        #expect(before.outcome.code == 0 && before.report?.frames == 15, "\(before.outcome.error)")
    }

    /// The container says 60 s, and its pictures end at 3: they are the only ones who could fill it. Beside sound that
    /// is as long, they are whole.
    @Test func oneThatIsShorterThanItSaysEndsEarly() async throws {
        try await folder.ffmpeg(
            ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=3", "-c:v", "libx264", "-g", "12", "-write_crc32", "0"]
                + ["in.mkv"])
        // Duration: an element of eight bytes, a floating-point number of milliseconds.
        var data = try folder.bytes("in.mkv")
        let place = try #require(data.range(of: Data([0x44, 0x89, 0x88]))).upperBound
        data.replaceSubrange(place..<place + 8, with: withUnsafeBytes(of: (60_000.0).bitPattern.bigEndian, Array.init))
        try folder.write("in.mkv", data)
        for more in [[], ["--start", "1"]] {
            let (outcome, report) = try await paint("in.mkv", more)
            #expect(outcome.code == 65 && report?.damage?.end == 3, "\(outcome.error)")
            #expect(report?.frames == (more.isEmpty ? 75 : 50))
        }
        try await folder.ffmpeg(
            ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=3", "-f", "lavfi", "-i", "sine=d=10", "-c:v", "libx264"]
                + ["-c:a", "aac", "long.mkv"])
        let sound = try await paint("long.mkv")
        #expect(sound.outcome.code == 0 && sound.report?.damage == nil, "\(sound.outcome.error)")
    }

    /// Frames that vanish whole, as a part of the file does: what the container's own counters, or its grammar, tell.
    @Test(arguments: ["mkv", "webm", "ts", "m2ts"], [false, true])
    func framesThatAreGoneAreCounted(_ container: String, _ cutsOut: Bool) async throws {
        var data = try await clip(container)
        let (first, count) = (data.count * 4 / 10, data.count / 5)
        if cutsOut {
            data.removeSubrange(first..<first + count)
        } else {
            data.replaceSubrange(first..<first + count, with: Data(count: count))
        }
        try folder.write("in.\(container)", data)
        let (outcome, report) = try await paint("in.\(container)", ["--chunk-frames", "20"])
        let damage = try #require(report?.damage, "\(outcome.error)")
        #expect(outcome.code == 65, "\(outcome.error)")
        let missing = try #require(damage.missing)
        #expect(missing > 0 && missing <= damage.frames, "\(report!)")
        // A frame that is cut in two may come out twice.
        #expect((75...76).contains(report!.frames + missing), "\(report!)")
        #expect(damage.times.contains { $0 > 0.9 && $0 < 2 }, "\(damage)")
        #expect(outcome.errorLines.last?.contains(damage.end == nil ? "has lost \(missing) frame" : "cut off") == true)
        let strict = try await paint("in.\(container)", ["--strict"])
        #expect(strict.outcome.code == 65 && strict.report == nil)
    }

    /// A clip may pause, and have no frame for seconds.
    @Test(arguments: ["mkv", "ts", "mp4"]) func aPauseIsNoDamage(_ container: String) async throws {
        try await folder.ffmpeg(
            ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=5", "-f", "lavfi", "-i", "sine=d=5", "-vf"]
                + ["select='not(between(n,30,70)+eq(n,90))'", "-fps_mode", "vfr", "-c:v", "libx264", "-c:a", "aac"]
                + ["in.\(container)"])
        let (outcome, report) = try await paint("in.\(container)", ["--strict"])
        #expect(outcome.code == 0 && report?.damage == nil && report?.frames == 83, "\(outcome.error)")
    }

    /// Recordings put one after another: their counters begin anew, and nothing is lost.
    @Test func partsThatAreJoinedAreWhole() async throws {
        for (name, seconds) in [("a", 1), ("b", 2)] {
            try await folder.ffmpeg(
                ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=\(seconds)", "-f", "lavfi", "-i", "sine=d=\(seconds)"]
                    + ["-c:v", "libx264", "-c:a", "aac", "\(name).ts"])
        }
        try folder.write("in.ts", ["a.ts", "b.ts", "a.ts"].reduce(Data()) { $0 + (try folder.bytes($1)) })
        let (outcome, report) = try await paint("in.ts", ["--strict"])
        #expect(outcome.code == 0 && report?.damage == nil && report?.frames == 100, "\(outcome.error)")
    }

    /// HEVC's decoder leaves what it has lost of a picture as it was, and says so in its log alone.
    @Test(arguments: 1...4) func damagedHEVCIsOneFilm(_ seed: Int) async throws {
        try await folder.ffmpeg(
            ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=4", "-c:v", "libx265", "-preset", "ultrafast", "-g", "25"]
                + ["-bf", "3", "-x265-params", "log-level=none", "-pix_fmt", "yuv420p", "whole.mp4"])
        var (data, random) = (try folder.bytes("whole.mp4"), Seeded(seed))
        for _ in 0..<6 {
            let place = Int.random(in: data.count / 10..<data.count * 9 / 10, using: &random)
            for offset in 0..<8 { data[place + offset] = UInt8.random(in: 0...255, using: &random) }
        }
        try folder.write("in.mp4", data)
        var films: Set<Data> = []
        for _ in 0..<6 {
            let (outcome, _) = try await paint("in.mp4", ["--crf", "0", "--max-size", "64"])
            #expect([0, 65].contains(outcome.code), "\(outcome.error)")
            films.insert(try folder.bytes("out.mp4"))
        }
        #expect(films.count == 1)
        #expect(try await paint("whole.mp4", ["--strict"]).report?.damage == nil)
    }

    /// Wrong bytes on the way: in two runs the same film, though two threads of a decoder would make two.
    @Test(arguments: ["mp4", "mkv"]) func damageIsCountedAndTold(_ container: String) async throws {
        var data = try await clip(container)
        var random = Seeded(7)
        for _ in 0..<40 {
            data[Int.random(in: data.count / 3..<data.count, using: &random)] = UInt8.random(
                in: 0...255, using: &random)
        }
        try folder.write("in.\(container)", data)
        let (outcome, report) = try await paint("in.\(container)", ["--chunk-frames", "30"])
        let damage = try #require(report?.damage, "\(outcome.error)")
        #expect(outcome.code == (damage.end == nil ? 0 : 65))
        #expect(damage.frames > 0 && damage.times.count == min(damage.frames, 20))
        #expect(damage.times.allSatisfy { $0 >= 0 && $0 < 3.5 })
        #expect(report!.notices.contains { $0.contains("damaged") && $0.contains("\(damage.times[0])") })
        let times = try await Probe.read("out.mp4", in: folder).frameTimes
        #expect(times.count == report?.frames && zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
        // Matroska keeps times among its pictures, where wrong bytes may be.
        if container == "mp4" { #expect(times.allSatisfy { abs($0 * 25 - ($0 * 25).rounded()) < 0.01 }) }
        let film = try folder.bytes("out.mp4")
        _ = try await paint("in.\(container)", ["--chunk-frames", "30"])
        #expect(try folder.bytes("out.mp4") == film)

        try FileManager.default.removeItem(atPath: folder.file("out.mp4"))
        let strict = try await paint("in.\(container)", ["--strict"])
        #expect(strict.outcome.code == 65 && strict.outcome.error.contains("damaged at \(damage.times[0]) s"))
        #expect(!folder.exists("out.mp4") && !folder.exists("out.mp4.stylevideo"))
        #expect(try await paint("whole.\(container)", ["--strict"]).outcome.code == 0)
    }
}
