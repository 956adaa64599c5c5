internal import CKernels
import Glibc
import Synchronization

/// The program's own threads, and the only owner of the cores: work is cut into items whose results do not depend on
/// who computes them, so the same bits come out of any number of threads.
///
/// OpenBLAS is held to one thread for that reason: its own threading changes bits (`sgemm` differs between one and two
/// threads in three of four convolution-like shapes, OpenBLAS 0.3.21).
// Sendable: state is guarded by `lock`, the item counter is atomic.
public final class ThreadTeam: @unchecked Sendable {
    public typealias Body = (_ item: Int, _ worker: Int) -> Void

    /// Workers, the calling thread included: worker numbers go from 0 to `count - 1`. Where the system starts fewer threads,
    /// fewer work.
    public let count: Int

    /// The most threads of a team. Each that multiplies takes one of OpenBLAS's 128 buffers, as Debian builds it, and the threads
    /// that OpenBLAS starts by itself hold up to 63; without a free one it warns, leaks, and in the end writes beyond a
    /// table of its own (0.3.21, by its code).
    public static let most = 64

    /// The cores that this process may use, which can be fewer than the machine has.
    public static var cores: Int { Int(stylevideo_cores()) }

    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let entry = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var threads: [pthread_t] = []
    private var body: Body?
    private var items = 0
    private var generation = 0
    private var busy = 0
    private var closing = false
    private let next = Atomic<Int>(0)
    private var scratches: UnsafeMutablePointer<Scratch>

    private struct Scratch {
        var memory: UnsafeMutablePointer<Float>?
        var count = 0
    }

    /// - Parameter threads: how many are wanted; `most` are the most.
    public init(threads: Int) {
        precondition(threads >= 1, "a team of \(threads) threads")
        count = min(threads, ThreadTeam.most)
        scratches = .allocate(capacity: count)
        scratches.initialize(repeating: Scratch(), count: count)
        pthread_mutex_init(lock, nil)
        pthread_mutex_init(entry, nil)
        pthread_cond_init(wake, nil)
        pthread_cond_init(done, nil)
        for worker in 1..<count { start(worker) }
    }

    deinit {
        pthread_mutex_lock(lock)
        closing = true
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(lock)
        for thread in threads { pthread_join(thread, nil) }
        pthread_cond_destroy(done)
        pthread_cond_destroy(wake)
        pthread_mutex_destroy(entry)
        pthread_mutex_destroy(lock)
        done.deallocate()
        wake.deallocate()
        entry.deallocate()
        lock.deallocate()
        for worker in 0..<count { AlignedMemory.free(scratches[worker].memory) }
        scratches.deallocate()
    }

    /// Calls `body` once for every item from 0 to `items - 1`, on all workers, and returns when all are done. Calls
    /// from several threads take turns. `body` must not call `run` of the same team.
    public func run(_ items: Int, _ body: Body) {
        guard items > 0 else { return }
        pthread_mutex_lock(entry)
        defer { pthread_mutex_unlock(entry) }
        if threads.isEmpty || items == 1 {
            for item in 0..<items { body(item, 0) }
            return
        }
        withoutActuallyEscaping(body) { body in
            pthread_mutex_lock(lock)
            self.body = body
            self.items = items
            next.store(0, ordering: .relaxed)
            generation &+= 1  // a counter that may wrap
            busy = threads.count
            pthread_cond_broadcast(wake)
            pthread_mutex_unlock(lock)
            take(items, body, worker: 0)
            pthread_mutex_lock(lock)
            while busy > 0 { pthread_cond_wait(done, lock) }
            self.body = nil
            pthread_mutex_unlock(lock)
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

    private func take(_ items: Int, _ body: Body, worker: Int) {
        while true {
            let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard item < items else { return }
            body(item, worker)
        }
    }

    private final class Start {
        // Not retained: the team joins its threads before it goes.
        unowned(unsafe) let team: ThreadTeam
        let worker: Int
        init(_ team: ThreadTeam, _ worker: Int) { (self.team, self.worker) = (team, worker) }
    }

    private func start(_ worker: Int) {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(Start(self, worker)).toOpaque()
        let code = pthread_create(
            &thread, nil,
            { raw in
                let start = Unmanaged<Start>.fromOpaque(raw!).takeRetainedValue()
                start.team.work(start.worker)
                return nil
            }, argument)
        guard code == 0 else {
            // A limit of processes is reached. What is computed does not depend on how many compute it.
            Unmanaged<Start>.fromOpaque(argument).release()
            return
        }
        threads.append(thread)
    }

    private func work(_ worker: Int) {
        var seen = 0
        pthread_mutex_lock(lock)
        while true {
            while generation == seen && !closing { pthread_cond_wait(wake, lock) }
            if closing { break }
            seen = generation
            let (items, body) = (self.items, self.body!)
            pthread_mutex_unlock(lock)
            take(items, body, worker: worker)
            pthread_mutex_lock(lock)
            busy -= 1
            if busy == 0 { pthread_cond_signal(done) }
        }
        pthread_mutex_unlock(lock)
    }
}
