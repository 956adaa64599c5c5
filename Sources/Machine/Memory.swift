package import SystemPackage

/// The machine's memory.
package enum Memory {
    /// Bytes that can be had without swapping, as the kernel reckons, and no more than this process's control group may
    /// still take; nil where neither is said.
    /// - Parameter root: where `proc` and `sys` are.
    package static func available(under root: FilePath = "/") -> Int? {
        [ofMachine(root), ofControlGroups(root)].compactMap { $0 }.min()
    }

    /// Bytes that this process may still map (`ulimit -v`, as batch systems set it); nil where there is no limit.
    package static func addresses(under root: FilePath = "/") -> Int? {
        // "Max address space", the limit that holds, the one up to which it may be raised, "bytes".
        guard let limits = try? contents(of: root.appending("proc/self/limits")),
            let line = limits.split(separator: "\n").first(where: { $0.hasPrefix("Max address space") }),
            let limit = line.split(separator: " ").dropFirst(3).first.flatMap({ Int($0) }),
            let taken = figure("VmSize:", in: root.appending("proc/self/status"))
        else { return nil }
        return max(0, limit - taken)
    }

    /// - Parameters:
    ///   - needed: bytes of tensors and frames that are still to be mapped.
    ///   - threads: that are asked for.
    /// - Throws: `Shortage.addresses` where the caller's limit leaves no room for them and what is mapped beside them.
    package static func checkAddresses(for needed: Int, threads: Int, isClip: Bool) throws {
        let threads = min(threads, ThreadTeam.most)
        let needed = needed + overhead(threads: threads, isClip: isClip)
        guard let available = addresses(), needed > available else { return }
        throw Shortage.addresses(needed: needed, available: available, threads: threads)
    }

    /// Bytes that are mapped beside tensors and frames, though hardly touched: the threads that compute, and a clip's
    /// 16 or so others (decoders, encoder, stages), have 8 MiB of stack each and 64 MiB that malloc keeps.
    static func overhead(threads: Int, isClip: Bool) -> Int {
        (threads + (isClip ? 16 : 2)) * 72 << 20
    }

    /// The least that a container or any group around this process has left: its limit, less what is taken and could
    /// not be given back at once.
    private static func ofControlGroups(_ root: FilePath) -> Int? {
        ControlGroups.around("memory", under: root).compactMap { left(in: $0) }.min()
    }

    /// The least that a container or any group around this process allows; nil where there is no limit.
    /// - Parameter root: where `proc` and `sys` are.
    package static func limit(under root: FilePath = "/") -> Int? {
        let limits = ControlGroups.around("memory", under: root).compactMap { group in
            let name = group.isFirstVersion ? firstVersion.0 : secondVersion.0
            return group.words(name)?.first.flatMap { Int($0) }
        }
        // Version 1 has a huge figure for none.
        return limits.min().flatMap { $0 < total(under: root) ?? .max ? $0 : nil }
    }

    /// Bytes that the machine has; nil where that is not said.
    /// - Parameter root: where `proc` is.
    package static func total(under root: FilePath = "/") -> Int? {
        figure("MemTotal:", in: root.appending("proc/meminfo"))
    }

    private static let firstVersion = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    private static let secondVersion = ("memory.max", "memory.current", "inactive_file")

    private static func left(in group: ControlGroups.Group) -> Int? {
        let (limitName, takenName, filesName) = group.isFirstVersion ? firstVersion : secondVersion
        func number(_ name: String) -> Int? { group.words(name)?.first.flatMap { Int($0) } }
        // Without a limit version 2 says "max", which is no number; version 1 says a huge one.
        guard let limit = number(limitName), let taken = number(takenName) else { return nil }
        let statistics = group.words("memory.stat") ?? []
        let files = statistics.firstIndex { $0 == filesName }.map { statistics[($0 + 1)...] }
        return limit - taken + (files?.first.flatMap { Int($0) } ?? 0)
    }

    private static func ofMachine(_ root: FilePath) -> Int? {
        figure("MemAvailable:", in: root.appending("proc/meminfo"))
    }

    /// The most memory that this process has held at once, in bytes.
    package static var peak: Int? { figure("VmHWM:", in: "/proc/self/status") }

    /// A line's figure, which is in kB there, in bytes.
    private static func figure(_ name: String, in path: FilePath) -> Int? {
        guard let text = try? contents(of: path) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        let words = line?.split(whereSeparator: { $0 == " " || $0 == "\t" })
        return words?.dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }
}
