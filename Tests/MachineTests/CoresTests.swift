import Machine
import TestSupport
import Testing

/// The share of the machine's time that control groups give, as the kernel's files say it.
@Suite struct CoresTests {
    private func quota(_ files: [String: String]) throws -> Int? {
        try Scratch.holding(files) { Cores.quota(under: $0) }
    }

    @Test func withoutALimit() throws {
        #expect(try quota([:]) == nil)
        #expect(try quota(["proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/cpu.max": "max 100000\n"]) == nil)
        #expect(
            try quota([
                "proc/self/cgroup": "3:cpu,cpuacct:/a\n", "sys/fs/cgroup/cpu/a/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/a/cpu.cfs_period_us": "100000\n",
            ]) == nil)
        #expect(try quota(["proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/cpu.max": "nonsense\n"]) == nil)
    }

    /// Rounded up: one and a half cores' time keeps two threads busier than one.
    @Test(arguments: [(50_000, 1), (100_000, 1), (150_000, 2), (400_000, 4)])
    func ofAControlGroup(time: Int, cores: Int) throws {
        #expect(
            try quota(["proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "\(time) 100000\n"]) == cores)
        // A container that sees its own group as the top, under the host's path.
        #expect(
            try quota([
                "proc/self/cgroup": "4:cpu,cpuacct:/docker/abc\n3:cpuset:/x\n0::/\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "\(time)\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            ]) == cores)
    }

    @Test func theTightestGroupHolds() throws {
        let files = [
            "proc/self/cgroup": "0::/outer/inner\n", "sys/fs/cgroup/outer/inner/cpu.max": "800000 100000\n",
            "sys/fs/cgroup/outer/cpu.max": "30000 10000\n",
        ]
        #expect(try quota(files) == 3)
        let one = files.merging(["sys/fs/cgroup/outer/cpu.max": "10000 10000\n"]) { $1 }
        #expect(try Scratch.holding(one) { Cores.available(under: $0) } == 1)
        #expect(try Scratch.holding([:]) { Cores.available(under: $0) } == ThreadTeam.cores)
    }
}
