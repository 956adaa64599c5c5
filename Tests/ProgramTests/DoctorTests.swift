import Foundation
import TestSupport
import Testing

/// `doctor`.
@Suite struct DoctorTests {
    private func findings(_ outcome: Program.Outcome) throws -> [String: [String: Any]] {
        let all = try #require(Report(outcome).whole["findings"] as? [[String: Any]])
        return Dictionary(all.map { ($0["subject"] as? String ?? "", $0) }) { first, _ in first }
    }

    @Test func aSoundSystemPaints() async throws {
        let outcome = try await Program.run(["doctor"], in: Scratch())
        #expect(outcome.code == 0 && outcome.error.isEmpty, "\(outcome.output) \(outcome.error)")
        let lines = outcome.output.split(separator: "\n").map { $0.split(separator: " ") }
        for subject in [
            "program", "system", "cpu", "threads", "memory", "disk", "temporary", "weights", "measuring", "libraries",
            "pictures", "encoders", "deinterlacing", "painting", "settings", "terminal",
        ] {
            let isThere = lines.contains { $0.count > 2 && ["ok", "note"].contains($0[0]) && $0[1] == subject }
            #expect(isThere, "\(subject): \(outcome.output)")
        }
        #expect(outcome.output.contains("libx264") && outcome.output.contains("FFmpeg "))
    }

    @Test func jsonHasWhatTheTextSays() async throws {
        let outcome = try await Program.run(["doctor", "--json", "--threads", "1"], in: Scratch())
        #expect(outcome.code == 0 && outcome.error.isEmpty, "\(outcome.error)")
        let report = try Report(outcome).whole
        #expect(report["schema"] as? Int == 1 && report["paints"] as? Bool == true)
        let versions = try #require(report["versions"] as? [String: String])
        for name in ["stylevideo", "libavcodec", "libheif", "libtiff", "lcms", "libjpeg", "zimg"] {
            #expect(versions[name]?.first?.isNumber == true, "\(name)")
        }
        let findings = try findings(outcome)
        #expect(findings["threads"]?["amount"] as? Int == 1)
        #expect(findings["memory"]?["amount"] as? Int ?? 0 > 1 << 20)
    }

    /// What the test picture's painting is compared with is of every level; another one would be a problem, code 69.
    @Test func theTestPaintingIsThatOfEveryCPU() async throws {
        let outcome = try await Program.run(
            ["doctor", "--json"], in: Scratch(), environment: ["STYLEVIDEO_CPU": "plain"])
        #expect(outcome.code == 0, "\(outcome.output)")
        let findings = try findings(outcome)
        #expect(findings["weights"]?["verdict"] as? String == "ok", "these weights are not those that it knows")
        #expect(findings["painting"]?["verdict"] as? String == "ok")
        #expect(findings["cpu"]?["verdict"] as? String == "note")
    }

    /// It tells of them in place of failing by them.
    @Test(arguments: [
        ("crff = 20", "config, line 1: no command knows 'crff'"), ("threads = 0", "--threads must be from 1"),
        ("crf = 99", "--crf"), ("json = perhaps", "json must be yes or no"),
    ])
    func wrongSettingsAreAProblem(_ line: String, _ words: String) async throws {
        let folder = try Scratch()
        try folder.makeFolder("stylevideo")
        try folder.write("stylevideo/config", (line + "\n").utf8)
        let environment = ["XDG_CONFIG_HOME": folder.path.string]
        let outcome = try await Program.run(["doctor", "--threads=1"], in: folder, environment: environment)
        let without = try await Program.run(["doctor", "--no-config"], in: folder, environment: environment)
        #expect(without.code == 0, "\(without.output) \(without.error)")
        guard line != "threads = 0" else { return #expect(outcome.code == 69 && outcome.output.contains("problem")) }
        #expect(outcome.code == 69 && outcome.errorLines.count == 1, "\(outcome.error)")
        #expect(outcome.error.contains("1 problem") && outcome.output.contains(/problem +settings/))
        #expect(outcome.output.contains(words), "\(outcome.output)")
    }

    @Test func missingWeightsAreAProblem() async throws {
        let folder = try Scratch()
        let outcome = try await Program.shell(
            "cp \"$PROGRAM\" alone && ./alone doctor", in: folder)
        #expect(outcome.code == 69 && outcome.errorLines.count == 1, "\(outcome.status) \(outcome.error)")
        #expect(outcome.error.hasPrefix("stylevideo: painting does not work here: 3 problems"), "\(outcome.error)")
        #expect(outcome.output.contains(/problem +weights .*\n +stylekernel-fast.safetensors, .* was not found/))
    }

    /// What is shown may be sent to others.
    @Test func theHomeFolderIsNotNamed() async throws {
        let folder = try Scratch()
        for name in ["stylekernel-fast.safetensors", "lpips-alex.safetensors"] {
            try folder.take("\(Program.resources)/\(name)", as: name)
        }
        let outcome = try await Program.run(
            ["doctor"], in: folder,
            environment: ["HOME": folder.path.string, "STYLEVIDEO_RESOURCES": folder.path.string])
        #expect(outcome.code == 0, "\(outcome.output)")
        #expect(outcome.output.contains("~/stylekernel-fast.safetensors"))
        #expect(!outcome.output.contains(folder.path.string))
    }

    @Test func aMissingTemporaryFolderIsNoted() async throws {
        let outcome = try await Program.run(
            ["doctor", "--json"], in: Scratch(), environment: ["TMPDIR": "/nowhere/at/all"])
        #expect(outcome.code == 0)
        #expect(try findings(outcome)["temporary"]?["verdict"] as? String == "note")
    }
}
