import Pages
import Subprocess
import SystemPackage
import TestSupport
import Testing

@Test func aCommandComesThroughTheShellAsItWas() async throws {
    let words = [
        "stylevideo", "my clip.mp4", "it's", "", "a\"b", "$HOME", "`id`", "a\\b", "*", "~", "-x", "é日本", "tab\there",
        "line\nbreak", "\u{1B}[31m", "!x", "a;b", "#c", "\u{202E}right 1'to\\left", "{a,b}",
    ]
    let line = Escape.command(words)
    #expect(!line.contains("\n") && !line.contains("\u{1B}"))
    let result = try await Subprocess.run(
        .name("bash"), arguments: ["-c", "printf '%s\\0' " + line], output: .string(limit: 1 << 16))
    let parts = result.standardOutput.split(separator: "\0", omittingEmptySubsequences: false)
    #expect(parts.dropLast().map(String.init) == words)
    #expect(Escape.command(["stylevideo", "in.mp4", "--crf=18"]) == "stylevideo in.mp4 --crf=18")
}

@Test func addressesAreRelativeAndEscaped() {
    func address(_ file: String, _ folder: String) -> String {
        Escape.address(
            of: file.split(separator: "/").map(String.init), from: folder.split(separator: "/").map(String.init))
    }
    #expect(address("/a/b/in.mp4", "/a/b") == "in.mp4")
    #expect(address("/a/b/c/in.mp4", "/a/b") == "c/in.mp4")
    #expect(address("/a/x/in.mp4", "/a/b/c") == "../../x/in.mp4")
    #expect(address("/in.mp4", "/a") == "../in.mp4")
    // A folder of the file's own name.
    #expect(address("/a/b", "/a/b") == "../b")
    #expect(address("/a/100% <&>\"'#?:é.mp4", "/a") == "100%25%20%3C%26%3E%22%27%23%3F%3A%C3%A9.mp4")
}
