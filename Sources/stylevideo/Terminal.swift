import Glibc

/// Standard output and standard error, a whole text at a time.
enum Terminal {
    static let errorIsTerminal = isatty(STDERR_FILENO) == 1

    /// Columns of standard error's terminal; 80 where it does not say.
    static var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// To standard output: data that was asked for.
    /// - Returns: false where it could not be written.
    @discardableResult
    static func print(_ text: String) -> Bool { write(text, to: STDOUT_FILENO) }

    /// To standard error, as a line of its own.
    static func warn(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    @discardableResult
    static func write(_ text: String, to descriptor: Int32) -> Bool {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            bytes = bytes.dropFirst(count)
        }
        return true
    }

    static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
