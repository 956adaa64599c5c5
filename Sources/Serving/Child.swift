import Glibc
import Machine
import SystemPackage

/// A command of this program, as a process of its own: what befalls it does not befall the page.
struct Child {
    let process: pid_t
    /// Its standard error; closed by `lines`.
    private let errors: Int32

    /// Starts `/proc/self/exe`, the program that runs here, also where its file has been replaced since.
    /// - Parameter output: the file that its standard output goes to.
    /// - Throws: `ChildError`.
    init(_ arguments: [String], output: FilePath) throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw ChildError(code: errno) }
        defer { close(ends[1]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.string, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO)
        // Connections and files of the page's are open too, and not all can be marked when they are made. One that is
        // not open is closed without a complaint.
        for descriptor in STDERR_FILENO + 1..<Self.descriptors {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Signals that are blocked or ignored here would be there too. And Ctrl-C is the page's alone: it ends them.
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        var words: [UnsafeMutablePointer<CChar>?] = (["stylevideo"] + arguments).map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var process = pid_t()
        let code = posix_spawn(&process, "/proc/self/exe", &actions, &attributes, &words, environ)
        guard code == 0 else {
            close(ends[0])
            throw ChildError(code: code)
        }
        (self.process, errors) = (process, ends[0])
    }

    /// Reads what it says until it has closed its standard error, and waits for its end.
    /// - Parameter line: one line of it; of a very long one, its beginning.
    /// - Parameter before: called when it has ended, while its number is still its own.
    /// - Returns: its exit code, or 128 and the signal that it died of.
    func end(line: (String) -> Void, before: () -> Void) -> Int32 {
        var (buffer, text) = ([UInt8](repeating: 0, count: 4096), [UInt8]())
        while true {
            let count = read(errors, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            for byte in buffer.prefix(count) {
                if byte == 10 || byte == 13 {
                    if !text.isEmpty { line(String(decoding: text, as: UTF8.self)) }
                    text.removeAll(keepingCapacity: true)
                } else if text.count < Self.longestLine {
                    text.append(byte)
                }
            }
        }
        if !text.isEmpty { line(String(decoding: text, as: UTF8.self)) }
        close(errors)
        // It may be about to end, and not have: it stays to be waited for.
        var information = siginfo_t()
        while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        before()
        return wait()
    }

    private func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }

    private static let longestLine = 65536

    /// More than there ever are: two for each connection, and a dozen. Those beyond a limit would be complained of.
    private static var descriptors: Int32 {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int32(min(limit.rlim_cur, rlim_t(4 * Listener.connections + 32)))
    }
}

/// The system starts no process.
struct ChildError: Trouble {
    let code: Int32

    var trouble: TroubleKind { .unavailable }
    var description: String { "cannot start a process: \(String(cString: strerror(code)))" }
}
