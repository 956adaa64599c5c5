import StyleVideo
import Testing

@testable import stylevideo

/// The codes of errors that no file can be made to cause on every machine.
@Suite struct ExitStatusTests {
    @Test func whatTheSystemLacks() {
        #expect(ExitStatus(JobError.tooLarge(width: 9, height: 9, needed: 2, available: 1)) == .unavailable)
        #expect(ExitStatus(JobError.addresses(needed: 2, available: 1, threads: 1)) == .unavailable)
        #expect(ExitStatus(JobError.styleTooLarge(width: 9, height: 9, needed: 2, available: 1)) == .unavailable)
        #expect(ExitStatus.unavailable.rawValue == 69)
    }

    @Test func whatIsUnknownIsAMistakeOfTheProgram() {
        struct Unknown: Error {}
        #expect(ExitStatus(Unknown()) == .ourMistake)
        #expect(ExitStatus.ourMistake.rawValue == 70)
    }
}
