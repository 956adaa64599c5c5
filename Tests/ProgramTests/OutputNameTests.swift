import Foundation
import Glibc
import TestSupport
import Testing

/// Names that outputs may have, what they lead to, and who may read them.
@Suite struct OutputNameTests {
    private func folder() async throws -> Scratch {
        let folder = try Scratch()
        try folder.take(await Fixture.style, as: "style.png")
        return folder
    }

    private func image(_ output: String, _ flags: [String] = []) -> [String] {
        ["image", "style.png", "--style", "style.png", "--style-size", "64", "-o", output] + flags
    }

    private func isPicture(_ path: String) throws -> Bool {
        try Data(contentsOf: URL(fileURLWithPath: path)).starts(with: [0x89, 0x50, 0x4E, 0x47])
    }

    private func mode(_ path: String) -> mode_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode : nil
    }

    /// As long as file systems allow, and longer with anything added.
    @Test func theLongestName() async throws {
        let folder = try await folder()
        let name = String(repeating: "é", count: 125) + "x.png"
        #expect(name.utf8.count == 255)
        let outcome = try await Program.run(image(name), in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(try Set(folder.contents().keys) == ["style.png", name])
        #expect(try isPicture(folder.file(name)))
    }

    @Test func aLinkStaysAndTheFileBehindItIsReplaced() async throws {
        let folder = try await folder()
        try folder.makeFolder("deep")
        try folder.write("deep/old.png", "old".utf8)
        #expect(symlink("deep/old.png", folder.file("out.png")) == 0)
        let outcome = try await Program.run(image("out.png", ["--overwrite"]), in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(mode(folder.file("out.png")).map { $0 & S_IFMT } == S_IFLNK)
        #expect(try isPicture(folder.file("deep/old.png")))
        #expect(try Set(folder.contents().keys) == ["style.png", "out.png", "deep", "deep/old.png"])
    }

    @Test func aLinkThatLeadsNowhereStaysAndLeadsThere() async throws {
        let folder = try await folder()
        try folder.makeFolder("deep")
        #expect(symlink("deep/second.png", folder.file("out.png")) == 0)
        #expect(symlink("new.png", folder.file("deep/second.png")) == 0)
        let outcome = try await Program.run(image("out.png", ["--overwrite"]), in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(mode(folder.file("out.png")).map { $0 & S_IFMT } == S_IFLNK)
        #expect(mode(folder.file("deep/new.png")).map { $0 & S_IFMT } == S_IFREG)
        #expect(try isPicture(folder.file("deep/new.png")))
        #expect(try Set(folder.contents().keys) == ["style.png", "out.png", "deep", "deep/second.png", "deep/new.png"])
    }

    @Test func theCallersMaskAndTheOldFilesModeDecideWhoMayRead() async throws {
        let folder = try await folder()
        for (mask, expected) in [("002", 0o664), ("077", 0o600)] as [(String, mode_t)] {
            let words = image("\(mask).png").joined(separator: " ")
            let outcome = try await Program.shell("umask \(mask); exec \"$PROGRAM\" \(words)", in: folder)
            #expect(outcome.code == 0, "\(outcome.error)")
            #expect(mode(folder.file("\(mask).png")).map { $0 & 0o777 } == expected)
        }
        try folder.write("old.png", "old".utf8)
        #expect(chmod(folder.file("old.png"), 0o640) == 0)
        let outcome = try await Program.run(image("old.png", ["--overwrite"]), in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(mode(folder.file("old.png")).map { $0 & 0o777 } == 0o640)
    }

    @Test(.enabled(if: geteuid() != 0, "root may read every folder"))
    func aFolderThatMayNotBeRead() async throws {
        let folder = try await folder()
        try folder.makeFolder("box")
        #expect(chmod(folder.file("box"), 0o300) == 0)
        let outcome = try await Program.run(image("box/out.png"), in: folder)
        #expect(chmod(folder.file("box"), 0o700) == 0)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(try isPicture(folder.file("box/out.png")))
    }

    /// Swift's texts would name another file.
    @Test func aNameThatIsNotUTF8IsRefused() async throws {
        let folder = try await folder()
        let before = try folder.contents()
        let outcome = try await Program.shell(
            "exec \"$PROGRAM\" image style.png --style style.png -o \"$(printf 'caf\\351.png')\"", in: folder)
        #expect(outcome.code == 64 && outcome.output.isEmpty)
        #expect(outcome.errorLines.count == 1 && outcome.error.contains("UTF-8"))
        #expect(try folder.contents() == before)
    }
}
