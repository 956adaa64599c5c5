import Foundation
import Machine
import SystemPackage
import TestSupport
import Testing

/// What is free, on machines and in containers of both kinds, as the kernel's files say it.
@Suite struct AvailableMemoryTests {
    private let gibibyte = 1 << 30

    private func available(_ files: [String: String], of figure: (FilePath) -> Int? = { Memory.available(under: $0) })
        throws -> Int?
    {
        try Scratch.holding(files, figure)
    }

    private let machine = "MemTotal:       16777216 kB\nMemFree:         1048576 kB\nMemAvailable:    8388608 kB\n"

    @Test func ofAMachine() throws {
        #expect(try available([:]) == nil)
        #expect(try available(["proc/meminfo": machine]) == 8 * gibibyte)
        let unlimited = ["proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "max\n"]
        #expect(
            try available(
                unlimited.merging(["proc/meminfo": machine, "sys/fs/cgroup/a/memory.current": "5\n"]) { $1 })
                == 8 * gibibyte)
    }

    /// What files take that were read long ago can be given back at once.
    @Test(arguments: [
        (
            "0::/outer/inner\n", "sys/fs/cgroup/outer/inner", ["memory.max", "memory.current"], "inactive_file"
        ),
        (
            "12:cpu,cpuacct:/x\n4:memory:/docker/abc\n0::/\n", "sys/fs/cgroup/memory/docker/abc",
            ["memory.limit_in_bytes", "memory.usage_in_bytes"], "total_inactive_file"
        ),
        // A container that sees its own group as the top, under the host's path.
        (
            "4:memory:/docker/abc\n", "sys/fs/cgroup/memory", ["memory.limit_in_bytes", "memory.usage_in_bytes"],
            "total_inactive_file"
        ),
        ("0::/\n", "sys/fs/cgroup", ["memory.max", "memory.current"], "inactive_file"),
    ]) func ofAControlGroup(own: String, folder: String, names: [String], files: String) throws {
        let group = [
            "proc/meminfo": machine, "proc/self/cgroup": own, "\(folder)/\(names[0])": "\(4 * gibibyte)\n",
            "\(folder)/\(names[1])": "\(3 * gibibyte)\n",
        ]
        #expect(try available(group) == gibibyte)
        let statistics = "anon 7\n\(files) \(gibibyte / 2)\nactive_file 9\n"
        #expect(
            try available(group.merging(["\(folder)/memory.stat": statistics]) { $1 }) == gibibyte + gibibyte / 2)
    }

    /// The tightest around this process; a figure beyond the machine's is none.
    @Test func theLimitIsTheTightestGroups() throws {
        func limit(_ inner: String, _ outer: String) throws -> Int? {
            try available(
                [
                    "proc/meminfo": machine, "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": inner,
                    "sys/fs/cgroup/a/memory.max": outer,
                ]
            ) { Memory.limit(under: $0) }
        }
        #expect(try limit("max\n", "max\n") == nil)
        #expect(try limit("max\n", "1073741824\n") == gibibyte)
        #expect(try limit("1000000\n", "1073741824\n") == 1_000_000)
        #expect(try limit("9223372036854771712\n", "max\n") == nil)
    }

    /// `ulimit -v`, as batch systems set it.
    @Test func ofAddresses() throws {
        func limits(_ soft: String) -> [String: String] {
            [
                "proc/meminfo": machine, "proc/self/status": "Name:\tx\nVmPeak:\t 9 kB\nVmSize:\t 1048576 kB\n",
                "proc/self/limits": """
                Limit                     Soft Limit           Hard Limit           Units
                Max cpu time              unlimited            unlimited            seconds
                Max address space         \(soft)           unlimited            bytes

                """,
            ]
        }
        func addresses(_ soft: String) throws -> Int? {
            try available(limits(soft), of: { Memory.addresses(under: $0) })
        }
        #expect(try addresses("\(4 * gibibyte)") == 3 * gibibyte)
        #expect(try addresses("\(gibibyte / 2)") == 0)
        #expect(try addresses("unlimited") == nil)
        #expect(try available([:], of: { Memory.addresses(under: $0) }) == nil)
    }

    /// The limit of a group around this process's own holds for it too.
    @Test func ofTheGroupsAround() throws {
        var files = [
            "proc/meminfo": machine, "proc/self/cgroup": "0::/outer/inner\n",
            "sys/fs/cgroup/outer/inner/memory.max": "max\n", "sys/fs/cgroup/outer/inner/memory.current": "7\n",
            "sys/fs/cgroup/outer/memory.max": "\(3 * gibibyte)\n",
            "sys/fs/cgroup/outer/memory.current": "\(gibibyte)\n",
        ]
        #expect(try available(files) == 2 * gibibyte)
        files["sys/fs/cgroup/outer/inner/memory.max"] = "\(gibibyte)\n"
        #expect(try available(files) == gibibyte - 7)
    }
}
