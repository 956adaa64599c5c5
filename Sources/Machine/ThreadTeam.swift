internal import CKernels
internal import Synchronization

/// The program's own threads, and the only owner of the cores: work is cut into items whose results do not depend on
/// who computes them, so the same bits come out of any number of threads.
// Sendable: calls take turns, and each worker alone touches its scratch.
public final class ThreadTeam: @unchecked Sendable {
    public typealias Body = (_ item: Int, _ worker: Int) -> Void

    /// Workers, the calling thread included: worker numbers go from 0 to `count - 1`. Where the system starts fewer
    /// threads, fewer work: what is computed does not depend on how many compute it.
    public let count: Int

    /// The most threads of a team: no frame has work for more.
    public static let most = 256

    /// The cores that this process may use, which can be fewer than the machine has.
    public static var cores: Int { Int(stylevideo_cores()) }

    private struct Scratch {
        var memory: UnsafeMutablePointer<Float>?
        var count = 0
    }

    private let turn = Mutex(())
    private let work = SharedWork()
    private var threads: [Thread] = []
    private let scratches: UnsafeMutablePointer<Scratch>

    /// - Parameter threads: how many are wanted; `most` are the most.
    public init(threads: Int) {
        precondition(threads >= 1, "a team of \(threads) threads")
        count = min(threads, ThreadTeam.most)
        scratches = .allocate(capacity: count)
        scratches.initialize(repeating: Scratch(), count: count)
        let work = work  // Its threads hold this, and not the team, which could never go.
        for worker in 1..<count {
            guard let thread = try? Thread({ work.attend(worker) }) else { break }
            self.threads.append(thread)
        }
    }

    deinit {
        work.close()
        for thread in threads { thread.join() }
        for worker in 0..<count { AlignedMemory.free(scratches[worker].memory) }
        scratches.deallocate()
    }

    /// Calls `body` once for every item from 0 to `items - 1`, on all workers, and returns when all are done. Calls
    /// from several threads take turns. `body` must not call `run` of the same team.
    /// - Parameter count: floats that the items will ask `scratch` for, at most. Each worker has them before the first
    ///   item: who gets an item is chance, and so would be who allocates, and when.
    // Never inlined: the body lives until this function returns, and its words are borrowed until then.
    @inline(never)
    public func run(_ items: Int, scratch count: Int = 0, _ body: Body) {
        guard items > 0 else { return }
        turn.withLock { _ in
            if count > 0 { for worker in 0...threads.count { _ = scratch(worker, count) } }
            if threads.isEmpty || items == 1 {
                for item in 0..<items { body(item, 0) }
            } else {
                work.share(items, words(of: body), with: threads.count)
            }
        }
    }

    /// 64-byte aligned room for `count` floats that belongs to `worker` until its item is done, holding anything. It
    /// grows when more is asked for than ever before, so a frame loop allocates in its first frame only.
    public func scratch(_ worker: Int, _ count: Int) -> UnsafeMutablePointer<Float> {
        precondition(worker >= 0 && worker < self.count)
        if let memory = scratches[worker].memory, scratches[worker].count >= count { return memory }
        AlignedMemory.free(scratches[worker].memory)
        let memory = AlignedMemory.allocate(count)
        scratches[worker] = Scratch(memory: memory, count: count)
        return memory
    }
}

/// What a team's threads are to do: a call after another, its items one by one.
private final class SharedWork: Sendable {
    /// Each call has the next number.
    private struct Call {
        var number = 0
        var items = 0
        /// Borrowed from the caller, who waits until all have finished.
        var body = stylevideo_closure()
        var isClosing = false
    }

    private let call = Monitor(Call())
    /// The number of the last call that all workers have finished.
    private let finished = Monitor(0)
    private let next = Atomic<Int>(0)
    private let busy = Atomic<Int>(0)
    /// The number of the last call, for those that look without waiting.
    private let last = Atomic<Int>(0)

    /// How often a thread looks before it sleeps: some 10 microseconds. A frame's calls follow one another within such
    /// times, by the thousand, and to wake a thread takes as long.
    private static let patience = 1000

    private static func look(until isSo: () -> Bool) {
        for _ in 0..<patience {
            if isSo() { return }
            stylevideo_pause()
        }
    }

    /// Does all items with other threads that attend, and returns when all are done.
    func share(_ items: Int, _ body: stylevideo_closure, with others: Int) {
        next.store(0, ordering: .relaxed)
        busy.store(others, ordering: .relaxed)
        let number = call.withLock { call in
            call.number &+= 1
            (call.items, call.body) = (items, body)
            return call.number
        }
        last.store(number, ordering: .relaxed)
        take(items, body, worker: 0)
        Self.look { busy.load(ordering: .relaxed) == 0 }
        _ = finished.value { $0 == number }
    }

    /// Takes part in every call until `close`.
    func attend(_ worker: Int) {
        var seen = 0
        while true {
            Self.look { last.load(ordering: .relaxed) != seen }
            let call = call.value { [seen] in $0.number != seen || $0.isClosing }
            if call.isClosing { return }
            seen = call.number
            take(call.items, call.body, worker: worker)
            // The last one wakes the caller, once.
            if busy.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
                finished.withLock { $0 = call.number }
            }
        }
    }

    func close() { call.withLock { $0.isClosing = true } }

    private func take(_ items: Int, _ body: stylevideo_closure, worker: Int) {
        while true {
            let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard item < items else { return }
            stylevideo_call(body, item, worker)
        }
    }
}

/// A closure's function and context, good until the function that received the closure returns.
@_silgen_name("stylevideo_closure_words") private func words(of body: ThreadTeam.Body) -> stylevideo_closure
