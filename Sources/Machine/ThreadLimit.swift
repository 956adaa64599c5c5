internal import Glibc
internal import SystemPackage

/// How many threads this system lets the process have at once: limits of processes count them (`ulimit -u`, the `pids`
/// limit of a container or a batch system).
package enum ThreadLimit {
    /// Starts as many threads as a job will have beside the calling one, all at once, and lets them go. To reckon from
    /// the limits would not do: they also count what others have started.
    /// - Parameter threads: how many of them the caller asked for.
    /// - Throws: `Shortage.fewThreads`.
    package static func check(_ count: Int, threads: Int) throws(Shortage) {
        let started = most(count)
        guard started < count else { return }
        throw .fewThreads(needed: count + 1, available: started + 1, limits: limits(), threads: threads)
    }

    /// How many of so many threads can be started. They wait at a closed gate and take no memory but a small stack.
    private static func most(_ count: Int) -> Int {
        let gate = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        pthread_mutex_init(gate, nil)
        pthread_mutex_lock(gate)
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, 1 << 16)
        var started: [pthread_t] = []
        while started.count < count, let thread = start(waitingAt: gate, &attributes) { started.append(thread) }
        pthread_mutex_unlock(gate)
        for thread in started { pthread_join(thread, nil) }
        pthread_attr_destroy(&attributes)
        pthread_mutex_destroy(gate)
        gate.deallocate()
        return started.count
    }

    private static func start(
        waitingAt gate: UnsafeMutablePointer<pthread_mutex_t>, _ attributes: inout pthread_attr_t
    ) -> pthread_t? {
        var thread = pthread_t()
        let code = pthread_create(
            &thread, &attributes,
            { raw in
                let gate = raw!.assumingMemoryBound(to: pthread_mutex_t.self)
                pthread_mutex_lock(gate)
                pthread_mutex_unlock(gate)
                return nil
            }, gate)
        return code == 0 ? thread : nil
    }

    /// The limits that hold, as a user would look for them.
    /// - Parameter root: where `proc` and `sys` are.
    static func limits(under root: FilePath = "/") -> [String] {
        let groups = ControlGroups.around("pids", under: root).compactMap { group in
            group.words("pids.max")?.first.flatMap { Int($0) }
        }
        var limit = rlimit()
        let own = getrlimit(__rlimit_resource_t(__RLIMIT_NPROC.rawValue), &limit) == 0 && limit.rlim_cur != .max
        return (groups.min().map { ["its control group's or container's pids limit is \($0)"] } ?? [])
            + (own ? ["ulimit -u is \(limit.rlim_cur)"] : [])
    }
}
