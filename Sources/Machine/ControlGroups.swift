internal import SystemPackage

/// The control groups (cgroups) that this process is in, of version 1 and 2, as containers and batch systems set them.
enum ControlGroups {
    /// A group's folder, and whether its files are those of version 1.
    struct Group {
        let folder: FilePath
        let isFirstVersion: Bool

        /// The words of one of its files; nil where there is none.
        func words(_ name: String) -> [Substring]? {
            guard let text = try? contents(of: folder.appending(name)) else { return nil }
            return text.split(whereSeparator: { $0 == " " || $0 == "\n" })
        }
    }

    /// Those in which `controller` may be limited, this process's own first: each one's limits hold for those in it.
    /// - Parameter root: where `proc` and `sys` are.
    static func around(_ controller: String, under root: FilePath) -> [Group] {
        guard let own = try? contents(of: root.appending("proc/self/cgroup")) else { return [] }
        var groups: [Group] = []
        for line in own.split(separator: "\n") {
            // Hierarchy, controllers, path: "4:memory:/a" in version 1, "0::/a" in version 2.
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let isFirstVersion = parts[1].split(separator: ",").contains { $0 == controller }
            guard isFirstVersion || parts[0] == "0" else { continue }
            // Systems that mount several controllers as one link each one's name to it.
            let top = root.appending(isFirstVersion ? "sys/fs/cgroup/\(controller)" : "sys/fs/cgroup")
            // Up to the top. Inside a container the path may be the host's, and the container's own group is the top.
            var path = FilePath(root: nil, FilePath(String(parts[2])).components)
            repeat {
                groups.append(Group(folder: top.appending(path.components), isFirstVersion: isFirstVersion))
            } while path.removeLastComponent()
        }
        return groups
    }
}

/// What a file of the kernel's says, which has no length before it is read; no more than 16 KiB of it.
func contents(of path: FilePath) throws -> String {
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
