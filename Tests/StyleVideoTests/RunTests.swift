import Testing

@testable import StyleVideo

@Suite struct RunTests {
    private struct Reason: Error, Equatable { var number: Int }

    @Test func whatFailsInAnAttemptDoesNotEndTheRun() {
        let run = Run(threads: 1)
        let attempt = run.attempt()
        attempt.cancellation.cancel(Reason(number: 1))
        #expect(run.cancellation.reason == nil)
        #expect(run.attempt().cancellation.reason == nil, "another attempt begins anew")
    }

    @Test func theRunsEndEndsItsAttempts() {
        let run = Run(threads: 1)
        let attempt = run.attempt()
        run.cancellation.cancel(Reason(number: 2))
        #expect(attempt.cancellation.reason as? Reason == Reason(number: 2))
        #expect(run.attempt().cancellation.reason as? Reason == Reason(number: 2))
    }
}
