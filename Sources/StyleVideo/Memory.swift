import SystemPackage

/// The machine's memory.
enum Memory {
    /// Bytes that can be had without swapping, as the kernel reckons, and no more than this process's control group may still
    /// take; nil where neither is said.
    static var available: Int? { [ofMachine, ofControlGroup].compactMap { $0 }.min() }

    /// A container's limit, less what is taken and could not be given back at once.
    private static var ofControlGroup: Int? {
        guard let own = try? contents(of: "/proc/self/cgroup") else { return nil }
        for line in own.split(separator: "\n") {
            // Hierarchy, controllers, path: "4:memory:/a" in version 1, "0::/a" in version 2.
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let path = parts[2].drop { $0 == "/" }
            if parts[1].split(separator: ",").contains("memory") {
                let root: FilePath = "/sys/fs/cgroup/memory"
                let names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
                // Inside a container the path may be the host's, and the container's own group is the root.
                if let free = left(in: root.appending(String(path)), names) ?? left(in: root, names) { return free }
            } else if parts[0] == "0" {
                let names = ("memory.max", "memory.current", "inactive_file")
                if let free = left(in: FilePath("/sys/fs/cgroup/" + path), names) { return free }
            }
        }
        return nil
    }

    private static func left(in folder: FilePath, _ names: (limit: String, taken: String, files: String)) -> Int? {
        func number(_ name: String) -> Int? {
            (try? contents(of: folder.appending(name))).flatMap { Int($0.split(separator: "\n").first ?? "") }
        }
        // Without a limit version 2 says "max", which is no number; version 1 says a huge one.
        guard let limit = number(names.limit), let taken = number(names.taken) else { return nil }
        let statistics = (try? contents(of: folder.appending("memory.stat"))) ?? ""
        let files = statistics.split(separator: "\n").first { $0.hasPrefix(names.files + " ") }
        return limit - taken + (files?.split(separator: " ").last.flatMap { Int($0) } ?? 0)
    }

    private static var ofMachine: Int? {
        guard let text = try? contents(of: "/proc/meminfo") else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix("MemAvailable:") {
            return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
        }
        return nil
    }

    /// The most memory that this process has held at once, in bytes.
    static var peak: Int? {
        guard let text = try? contents(of: "/proc/self/status") else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix("VmHWM:") {
            return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
                .map { $0 * 1024 }
        }
        return nil
    }

    private static func contents(of path: FilePath) throws -> String {
        let file = try FileDescriptor.open(path, .readOnly)
        return try file.closeAfter {
            var bytes = [UInt8](repeating: 0, count: 16384)
            var length = 0
            while length < bytes.count {
                let count = try bytes.withUnsafeMutableBytes {
                    try file.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[length...]))
                }
                if count == 0 { break }
                length += count
            }
            return String(decoding: bytes[..<length], as: UTF8.self)
        }
    }
}
