internal import Glibc
package import SystemPackage

/// Bytes into a descriptor that was given open, as standard output. Of a pipe whose reader waits, a writer waits too,
/// and looks meanwhile whether it shall stop.
package struct Outlet: Sendable {
    private let file: FileDescriptor
    private let name: String
    /// How many bytes never wait once there is room for any; nil where there is no such number.
    private let portion: Int?
    private static let patience: Int32 = 200

    /// - Parameter name: by which errors call it.
    package init(_ file: FileDescriptor, name: String) {
        (self.file, self.name) = (file, name)
        var status = stat()
        let isPipe = fstat(file.rawValue, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
        portion = isPipe ? Int(PIPE_BUF) : nil
    }

    /// - Parameter check: is called again and again; what it throws ends the writing.
    /// - Throws: `OutputError` failed, also where nobody reads any more.
    package func write(_ bytes: UnsafeRawBufferPointer, check: () throws -> Void) throws {
        try withoutPipeSignal { try writeAll(bytes, check: check) }
    }

    private func writeAll(_ bytes: UnsafeRawBufferPointer, check: () throws -> Void) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            try check()
            var poll = pollfd(fd: file.rawValue, events: Int16(POLLOUT), revents: 0)
            guard Glibc.poll(&poll, 1, Self.patience) > 0 else { continue }
            let next = UnsafeRawBufferPointer(rebasing: rest.prefix(portion ?? rest.count))
            let count = Glibc.write(file.rawValue, next.baseAddress, next.count)
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR && errno != EAGAIN {
                throw OutputError.failed(operation: "write to", file: name, code: errno)
            }
        }
    }

    /// A pipe that nobody reads would end the process by a signal, where that does not ignore it: not every program
    /// that uses the library does. It comes to the thread that writes.
    private func withoutPipeSignal(_ body: () throws -> Void) throws {
        var (signals, before) = (sigset_t(), sigset_t())
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        do {
            try body()
        } catch {
            if sigismember(&before, SIGPIPE) == 0 {
                var moment = timespec()
                sigtimedwait(&signals, nil, &moment)
            }
            throw error
        }
    }
}
