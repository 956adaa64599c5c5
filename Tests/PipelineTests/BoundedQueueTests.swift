import Pipeline
import Synchronization
import Testing

struct BoundedQueueTests {
    @Test func keepsOrderAndEndsWhenClosed() throws {
        let cancellation = Cancellation()
        let queue = BoundedQueue<Int>(capacity: 3, cancellation: cancellation)
        let producer = Stage("producer", cancellation: cancellation) { _ in
            for number in 0..<1000 { try queue.put(number) }
            queue.close()
        }
        var seen: [Int] = []
        while let number = try queue.take() { seen.append(number) }
        producer.join()
        #expect(seen == Array(0..<1000))
        #expect(try queue.take() == nil)
    }

    @Test(arguments: [1, 2, 5]) func neverHoldsMoreThanItsCapacity(capacity: Int) throws {
        let cancellation = Cancellation()
        let queue = BoundedQueue<Int>(capacity: capacity, cancellation: cancellation)
        let put = Counter()
        let producer = Stage("producer", cancellation: cancellation) { _ in
            for number in 0..<50 {
                try queue.put(number)
                put.increment()
            }
            queue.close()
        }
        var taken = 0
        while try queue.take() != nil {
            taken += 1
            // What was put and not taken lies in the queue; one more may have passed between the two looks.
            #expect(put.value - taken <= capacity)
        }
        producer.join()
        #expect(taken == 50 && put.value == 50)
    }

    @Test func aCancelledJobWakesWhoWaitsForRoom() throws {
        let cancellation = Cancellation()
        let queue = BoundedQueue<Int>(capacity: 1, cancellation: cancellation)
        try queue.put(0)
        let full = Stage("full", cancellation: cancellation) { _ in try queue.put(1) }
        cancellation.cancel(Reason.first)
        full.join()
        #expect(throws: Reason.first) { try queue.put(2) }
    }

    @Test func aCancelledJobWakesWhoWaitsForAnElement() {
        let cancellation = Cancellation()
        let queue = BoundedQueue<Int>(capacity: 1, cancellation: cancellation)
        let empty = Stage("empty", cancellation: cancellation) { _ in _ = try queue.take() }
        cancellation.cancel(Reason.first)
        empty.join()
        #expect(throws: Reason.first) { try queue.take() }
    }

    @Test func aQueueMadeAfterTheCancellationThrowsToo() {
        let cancellation = Cancellation()
        cancellation.cancel(Reason.first)
        let queue = BoundedQueue<Int>(capacity: 1, cancellation: cancellation)
        #expect(throws: Reason.first) { try queue.take() }
    }
}

enum Reason: Error, Equatable { case first, second }

final class Counter: Sendable {
    private let count = Atomic(0)
    func increment() { count.add(1, ordering: .sequentiallyConsistent) }
    var value: Int { count.load(ordering: .sequentiallyConsistent) }
}
