package import SystemPackage

/// The machine's cores.
package enum Cores {
    /// How many this process may use: no more than it may run on (`taskset`, Slurm, sets of cores), and no more than
    /// the time that a container or any other group around it gets (`docker --cpus`, `CPUQuota=`), rounded up. Threads
    /// beyond that time make all of them stand still together.
    /// - Parameter root: where `proc` and `sys` are.
    package static func available(under root: FilePath = "/") -> Int {
        min(ThreadTeam.cores, quota(under: root) ?? .max)
    }

    /// The cores' worth of time that the tightest group gives, rounded up; nil where there is no limit.
    package static func quota(under root: FilePath) -> Int? {
        ControlGroups.around("cpu", under: root).compactMap { group in
            let words =
                group.isFirstVersion
                ? [group.words("cpu.cfs_quota_us"), group.words("cpu.cfs_period_us")].flatMap { $0 ?? [] }
                : group.words("cpu.max") ?? []
            // Microseconds of each so many. Without a limit version 2 says "max", which is no number; version 1 says
            // -1.
            guard words.count == 2, let time = Int(words[0]), let period = Int(words[1]), time > 0, period > 0 else {
                return nil
            }
            return (time - 1) / period + 1
        }.min()
    }
}
