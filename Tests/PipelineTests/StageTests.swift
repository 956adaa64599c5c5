import Pipeline
import Testing

struct StageTests {
    /// Four stages over queues of one element, as a painting has them; `failing` throws at its tenth element.
    private func run(elements: Int, failing: Int?) -> (cancellation: Cancellation, written: Int) {
        let cancellation = Cancellation()
        let queues = (0..<3).map { _ in BoundedQueue<Int>(capacity: 1, cancellation: cancellation) }
        let written = Counter()
        @Sendable func check(_ stage: Int, _ number: Int) throws {
            if stage == failing && number == 10 { throw Reason.first }
        }
        var stages = [
            Stage("0", cancellation: cancellation) { _ in
                for number in 0..<elements {
                    try check(0, number)
                    try queues[0].put(number)
                }
                queues[0].close()
            }
        ]
        for index in 1...2 {
            stages.append(
                Stage("\(index)", cancellation: cancellation) { _ in
                    while let number = try queues[index - 1].take() {
                        try check(index, number)
                        try queues[index].put(number)
                    }
                    queues[index].close()
                })
        }
        stages.append(
            Stage("3", cancellation: cancellation) { _ in
                while let number = try queues[2].take() {
                    try check(3, number)
                    written.increment()
                }
            })
        for stage in stages { stage.join() }
        return (cancellation, written.value)
    }

    @Test func everythingComesThrough() {
        let (cancellation, written) = run(elements: 500, failing: nil)
        #expect(cancellation.reason == nil)
        #expect(written == 500)
    }

    @Test(arguments: 0...3) func anErrorInAnyStageEndsThemAll(stage: Int) {
        let (cancellation, written) = run(elements: 500, failing: stage)
        #expect(cancellation.reason as? Reason == .first)
        #expect(written <= 10)
    }

    @Test func theFirstReasonStays() {
        let cancellation = Cancellation()
        let told = Counter()
        cancellation.onCancel { told.increment() }
        cancellation.cancel(Reason.first)
        cancellation.cancel(Reason.second)
        #expect(cancellation.reason as? Reason == .first)
        #expect(throws: Reason.first) { try cancellation.check() }
        cancellation.onCancel { told.increment() }
        #expect(told.value == 2)
    }

    @Test func theClockLeavesWaitingOut() {
        let clock = StageClock()
        #expect(clock.seconds == 0)
        #expect(clock.time { 7 } == 7)
        #expect(clock.seconds > 0)
        let spent = clock.seconds
        var idle = 0
        for number in 0..<100_000 { idle ^= number }
        #expect(clock.seconds == spent && idle >= 0)
    }
}
