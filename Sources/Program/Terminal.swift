import Glibc
import Machine

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
    /// - Returns: what went wrong.
    static func lost(_ text: String) -> OutputError? {
        guard !write(text, to: STDOUT_FILENO) else { return nil }
        return .failed(operation: "write to", file: "standard output", code: errno)
    }

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

    /// Whether the locale says that the terminal shows UTF-8.
    static let isUTF8: Bool = {
        let said = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap(environment).first { !$0.isEmpty } ?? "C"
        return said.lowercased().contains(/utf-?8/)
    }()

    static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
