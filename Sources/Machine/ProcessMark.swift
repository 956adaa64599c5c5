internal import Glibc
internal import SystemPackage

/// What tells one process from all others, on this machine and on those that see the same folders.
public struct ProcessMark: Hashable, Sendable {
    /// The machine's name, for people.
    public let host: String
    /// Names this boot of the machine, and the set of process numbers (a container's, or the machine's own) that it
    /// counts in.
    let machine: String
    public let process: Int
    /// When it began, in the kernel's ticks since the boot: numbers of processes are used again.
    let start: Int

    /// This process.
    public static let own =
        running(Int(getpid())) ?? ProcessMark(host: hostName, machine: machineName, process: Int(getpid()), start: 0)

    /// A process of this machine; nil where there is none of that number.
    static func running(_ process: Int) -> ProcessMark? {
        startTime(of: process).map { ProcessMark(host: hostName, machine: machineName, process: process, start: $0) }
    }

    private init(host: String, machine: String, process: Int, start: Int) {
        (self.host, self.machine, self.process, self.start) = (host, machine, process, start)
    }

    /// Whether the process has ended; nil where that cannot be known, as of another machine's.
    public var hasEnded: Bool? {
        guard machine == Self.own.machine else { return nil }
        return Self.startTime(of: process) != start
    }

    /// Of a process that runs: one that has been killed and that nobody has asked for yet does not.
    private static func startTime(of process: Int) -> Int? {
        guard let text = try? contents(of: FilePath("/proc/\(process)/stat")), let name = text.lastIndex(of: ")") else {
            return nil
        }
        // State, parent, ...: the 3rd, 4th and following fields; the start is the 22nd.
        let fields = text[text.index(after: name)...].split(separator: " ")
        guard fields.count > 19, !["Z", "X"].contains(fields[0]) else { return nil }
        return Int(fields[19])
    }

    private static let hostName: String = {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "unknown" }
        let name = String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return name.isEmpty ? "unknown" : String(name.filter { !$0.isWhitespace && $0 != "/" })
    }()

    private static let machineName: String = {
        let boot = (try? contents(of: "/proc/sys/kernel/random/boot_id")) ?? ""
        var space = stat()
        // Two containers may have one name, and count processes each for itself.
        let inode = stat("/proc/self/ns/pid", &space) == 0 ? space.st_ino : 0
        return String(shortHash(of: "\(hostName) \(boot) \(inode)"), radix: 36)
    }()

    /// FNV-1a in 32 bits: a name's mark, no secret.
    private static func shortHash(of text: String) -> UInt32 {
        text.utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
    }
}

extension ProcessMark {
    /// As a part of a file's name.
    var short: String { [machine, String(process, radix: 36), String(start, radix: 36)].joined(separator: "-") }

    /// Out of `short`; nil for anything else.
    init?(short text: some StringProtocol) {
        let parts: [Substring] = String(text).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, let process = Int(parts[1], radix: 36),
            let start = Int(parts[2], radix: 36),
            process > 0, start >= 0
        else { return nil }
        self.init(host: "", machine: String(parts[0]), process: process, start: start)
    }

    /// As a line of a file.
    var line: String { "\(host) \(process) \(short)\n" }

    /// Out of `line`; nil for anything else.
    init?(line: String) {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard words.count == 3, let mark = ProcessMark(short: words[2]) else { return nil }
        self.init(host: String(words[0]), machine: mark.machine, process: mark.process, start: mark.start)
    }
}
