internal import CKernels
internal import Glibc
package import SystemPackage

/// What this system is, as its own files name it.
package enum System {
    /// The distribution, the kernel and the C library: "Debian GNU/Linux 12 (bookworm), Linux 6.1.0 x86_64, glibc
    /// 2.36".
    /// - Parameter root: where `etc` is.
    package static func name(under root: FilePath = "/") -> String {
        var kernel = utsname()
        let words = uname(&kernel) == 0 ? [text(kernel.sysname), text(kernel.release), text(kernel.machine)] : []
        return [distribution(under: root), words.joined(separator: " "), library].compactMap { $0 }
            .filter { !$0.isEmpty }.joined(separator: ", ")
    }

    /// "glibc 2.36".
    private static var library: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
            let count = confstr(Int32(_CS_GNU_LIBC_VERSION), text.baseAddress, text.count)
            return count > 0 ? String(cString: text.baseAddress!) : ""
        }
    }

    private static func distribution(under root: FilePath) -> String? {
        guard let release = try? contents(of: root.appending("etc/os-release")) else { return nil }
        let key = "PRETTY_NAME="
        let line = release.split(separator: "\n").first { $0.hasPrefix(key) }
        return line.map { $0.dropFirst(key.count).filter { $0 != "\"" && $0 != "'" } }
    }

    /// The CPU as it names itself; nil where the kernel does not say, as on arm64.
    /// - Parameter root: where `proc` is.
    package static func processor(under root: FilePath = "/") -> String? {
        guard let processors = try? contents(of: root.appending("proc/cpuinfo")) else { return nil }
        let line = processors.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":", maxSplits: 1).last.map { name in
            name.split(separator: " ").joined(separator: " ")
        }
    }

    /// The cores that are switched on, whoever may use them.
    package static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// The text of one of C's arrays of characters, which Swift takes for a tuple.
    private static func text<Characters>(_ characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// The file that the function of that name comes from in this process, links followed: a library, or the program.
    package static func origin(of function: String) -> FilePath? {
        guard let name = stylevideo_origin(function), let real = realpath(name, nil) else { return nil }
        defer { free(real) }
        return FilePath(platformString: real)
    }
}
