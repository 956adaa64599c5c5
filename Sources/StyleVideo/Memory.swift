import SystemPackage

/// The machine's memory.
enum Memory {
    /// Bytes that can be had without swapping, as the kernel reckons; nil where it does not say.
    static var available: Int? {
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
