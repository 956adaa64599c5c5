import TestSupport
import Testing

/// One thing that the program must refuse: how the folder is made ready, what is asked, and what must come of it.
struct Refusal: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var arguments: [String]
    var code: Int32
    /// What the sentence must name.
    var naming: [String]
    var prepare: @Sendable (Scratch) async throws -> Void

    init(
        _ description: String, _ arguments: [String], code: Int32, naming: String...,
        prepare: @escaping @Sendable (Scratch) async throws -> Void = { _ in }
    ) {
        testDescription = description
        (self.arguments, self.code, self.naming, self.prepare) = (arguments, code, naming, prepare)
    }

    /// What most runs are asked for; `in.mp4` and `style.png` are in every folder.
    static func paint(_ input: String = "in.mp4", style: String = "style.png", output: String = "out.mp4") -> [String] {
        [input, "--style", style, "-o", output, "--style-size", "64"]
    }

    /// Runs it: the exit code, one sentence on standard error, nothing on standard output, and a folder in which
    /// nothing has appeared or changed.
    func check() async throws {
        let folder = try Scratch()
        try folder.take(await Fixture.clip, as: "in.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        try await prepare(folder)
        let before = try folder.contents()
        let outcome = try await Program.run(arguments, in: folder)
        #expect(outcome.status == .exited(code), "\(outcome.error)")
        #expect(outcome.output.isEmpty)
        #expect(outcome.error.hasPrefix("stylevideo: ") && outcome.error.hasSuffix("\n"))
        #expect(outcome.errorLines.count == 1, "\(outcome.error)")
        #expect(!outcome.error.dropLast().unicodeScalars.contains { $0.properties.generalCategory == .control })
        for name in naming { #expect(outcome.error.contains(name)) }
        #expect(try folder.contents() == before, "the folder has changed")
    }
}
