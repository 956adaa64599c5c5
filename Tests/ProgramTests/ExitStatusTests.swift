import Machine
import StyleVideo
import Testing

@testable import Program

/// The codes of errors that no file can be made to cause on every machine.
@Suite struct ExitStatusTests {
    @Test func whatTheSystemLacks() {
        let errors: [any Error] = [
            JobError.tooLarge(width: 9, height: 9, needed: 2, available: 1),
            JobError.styleTooLarge(width: 9, height: 9, needed: 2, available: 1),
            Shortage.addresses(needed: 2, available: 1, threads: 1), Shortage.threads(code: 11),
        ]
        for error in errors { #expect(ExitStatus.code(of: error) == 69) }
    }

    @Test func whatIsUnknownIsAMistakeOfTheProgram() {
        struct Unknown: Error {}
        #expect(ExitStatus.code(of: Unknown()) == 70)
    }
}

/// What an error wants is told by the flag that gives it, and by no other layer.
@Suite struct RemedyTests {
    @Test func eachNamesAFlagThatTheProgramHas() {
        let help = StyleVideoCommand.helpMessage(for: PaintCommand.self)
        for remedy in Remedy.allCases {
            let flags = remedy.advice.matches(of: /--[a-z-]+|-o/).map { String($0.output) }
            #expect(!flags.isEmpty && flags.allSatisfy(help.contains), "\(remedy): \(remedy.advice)")
        }
    }

    @Test func theSentenceEndsWithIt() {
        let one = Failure(error: OutputError.exists(file: "out.mp4")).sentence
        #expect(one == "stylevideo: out.mp4 exists already; --overwrite replaces it")
        let none = Failure(error: Shortage.addresses(needed: 2 << 20, available: 1 << 20, threads: 1)).sentence
        #expect(!none.contains("--threads"))
    }
}

/// What the argument parser tells of a command's flags, of which wrong ones are corrected.
@Suite struct FlagsOfACommandTests {
    @Test func longAndShort() throws {
        let flags = try #require(Flags(of: PaintCommand.self))
        for flag in ["--style", "--output", "--crf", "--audio", "--threads", "--json", "--quiet", "--help"] {
            #expect(flags.long.contains(flag), "\(flag)")
        }
        #expect(flags.short == Set("oehqv"))
        #expect(!flags.long.contains("--at") && !flags.long.contains("--hash") && flags.hidden.contains("--hash"))
        #expect(flags.hidden.contains("--no-audio"))
        #expect(try #require(Flags(of: PreviewCommand.self)).long.contains("--at"))
    }
}
