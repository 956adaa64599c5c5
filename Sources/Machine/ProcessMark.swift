internal import Glibc
internal import SystemPackage

/// What tells one process from all others, on this machine and on those that see the same folders.
public struct ProcessMark: Hashable, Sendable {
    /// The machine's name, for people.
    public let host: String
    /// Names the machine, and the set of process numbers (a container's, or the machine's own) that it counts in.
    let machine: String
    /// Names this boot of the machine.
    let boot: String
    public let process: Int
    /// When it began, in the kernel's ticks since the boot: numbers of processes are used again.
    let start: Int

    /// This process.
    public static let own = running(Int(getpid())) ?? ProcessMark(process: Int(getpid()), start: 0)

    /// A process of this machine; nil where none of that number is seen.
    static func running(_ process: Int) -> ProcessMark? {
        guard let start = startTime(of: process, in: processes), start >= 0 else { return nil }
        return ProcessMark(process: process, start: start)
    }

    private init(
        host: String = Self.hostName, machine: String = Self.machineName, boot: String = Self.bootName, process: Int,
        start: Int
    ) {
        (self.host, self.machine, self.boot, self.process, self.start) = (host, machine, boot, process, start)
    }

    /// Whether the process has ended; nil where that cannot be known, as of another machine's.
    public var hasEnded: Bool? { hasEnded(in: Self.processes) }

    /// - Parameter processes: the folder where the kernel shows processes, or those of them that it shows to this user.
    func hasEnded(in processes: FilePath) -> Bool? {
        guard machine == Self.machineName else { return nil }
        guard boot == Self.bootName else { return true }
        if let found = Self.startTime(of: process, in: processes) { return found != start }
        // Where others' processes are hidden (hidepid=2), only that there is one can be known, and not since when.
        guard let number = pid_t(exactly: process), kill(number, 0) == 0 || errno != ESRCH else { return true }
        return nil
    }

    private static var processes: FilePath { "/proc" }

    /// Nil where it is not seen; -1 where it has been killed, and nobody has asked for it yet.
    private static func startTime(of process: Int, in processes: FilePath) -> Int? {
        guard let text = try? contents(of: processes.appending("\(process)/stat")), let name = text.lastIndex(of: ")")
        else { return nil }
        // State, parent, ...: the 3rd, 4th and following fields; the start is the 22nd.
        let fields = text[text.index(after: name)...].split(separator: " ")
        guard fields.count > 19 else { return nil }
        return ["Z", "X"].contains(fields[0]) ? -1 : Int(fields[19])
    }

    private static let hostName: String = {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "unknown" }
        let name = String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return name.isEmpty ? "unknown" : String(name.filter { !$0.isWhitespace && $0 != "/" })
    }()

    /// Machines that are copies of one disk have one id, and then names of their own. Where there is no id, as in many
    /// containers, the boot stands for it: two that have one name must not pass for one machine.
    private static let machineName: String = {
        let id = (try? contents(of: "/etc/machine-id")) ?? ""
        var space = stat()
        // Two containers may have one name, and count processes each for itself.
        let inode = stat("/proc/self/ns/pid", &space) == 0 ? space.st_ino : 0
        return shortHash(of: "\(hostName) \(id.isEmpty ? bootName : id) \(inode)")
    }()

    private static let bootName = shortHash(of: (try? contents(of: "/proc/sys/kernel/random/boot_id")) ?? "")

    /// FNV-1a in 32 bits: a name's mark, no secret.
    private static func shortHash(of text: String) -> String {
        String(text.utf8.reduce(2_166_136_261 as UInt32) { ($0 ^ UInt32($1)) &* 16_777_619 }, radix: 36)
    }
}

extension ProcessMark {
    /// As a part of a file's name.
    var short: String {
        ["\(machine)_\(boot)", String(process, radix: 36), String(start, radix: 36)].joined(separator: "-")
    }

    /// Out of `short`; nil for anything else.
    init?(short text: some StringProtocol) {
        let parts: [Substring] = String(text).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, let process = Int(parts[1], radix: 36),
            let start = Int(parts[2], radix: 36),
            process > 0, start >= 0
        else { return nil }
        let names = parts[0].split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let boot = names.count > 1 ? names[1] : ""
        self.init(host: "", machine: names[0], boot: boot, process: process, start: start)
    }

    /// As a line of a file.
    var line: String { "\(host) \(process) \(short)\n" }

    /// Out of `line`; nil for anything else.
    init?(line: String) {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard words.count == 3, let mark = ProcessMark(short: words[2]) else { return nil }
        self.init(
            host: String(words[0]), machine: mark.machine, boot: mark.boot, process: mark.process, start: mark.start)
    }
}
