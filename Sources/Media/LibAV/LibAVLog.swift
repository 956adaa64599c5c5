internal import CFFmpeg
import Glibc
import Logging
import Machine

/// libav's own log: to swift-log at debug (what libav calls errors and warnings) and trace (the rest), never to
/// standard error; and the last line that libav called an error, for the text of a `MediaError`.
enum LibAVLog {
    /// Sends libav's log here from now on; done once.
    static func install() { _ = installed }

    /// What libav said last on this thread at level "error", once; then nil until it says more there. It may be of an
    /// earlier call that went on all the same: of a picture too large only the search for streams speaks.
    static func lastError() -> String? {
        guard let kept = pthread_getspecific(latest) else { return nil }
        pthread_setspecific(latest, nil)
        return Unmanaged<Line>.fromOpaque(kept).takeRetainedValue().text
    }

    private final class Line {
        let text: String
        init(_ text: String) { self.text = text }
    }

    /// Each thread's own: with one place for all, what another thread met in between took a failure's reason away, and
    /// a picture refused for its size was called damaged.
    private static let latest: pthread_key_t = {
        var key = pthread_key_t()
        let code = pthread_key_create(&key) { Unmanaged<Line>.fromOpaque($0!).release() }
        precondition(code == 0, "pthread_key_create: \(code)")
        return key
    }()

    private static let logger = Logger(label: "libav")

    private static let installed: Void = {
        // The only call of sv_install_log: its sink is a static of the file that calls it.
        sv_install_log { level, line in
            guard let line else { return }
            LibAVLog.take(level: level, line: line)
        }
    }()

    /// What libav's lines hold that advise those who write it or build it: nothing for a user of ours.
    private static let advice = [
        "FFmpeg", "ffmpeg", "patch", "sample of", "probesize", "analyzeduration", "recompile", "-strict", "bug",
        "option",
    ]

    private static func take(level: Int32, line: UnsafePointer<CChar>) {
        if level > AV_LOG_WARNING, logger.logLevel > .trace { return }
        let text = String(cString: line).trimmed
        if level <= AV_LOG_ERROR, !text.isEmpty, !advice.contains(where: text.contains) {
            _ = lastError()
            pthread_setspecific(latest, Unmanaged.passRetained(Line(text.withoutAddress)).toOpaque())
        }
        logger.log(level: level <= AV_LOG_WARNING ? .debug : .trace, "\(printable(text))")
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = Substring(self)
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    /// Without libav's prefixes "[name @ 0x55…] ", whose addresses differ from run to run.
    fileprivate var withoutAddress: String {
        var text = self[...]
        while text.hasPrefix("["), let close = text.firstIndex(of: "]"), text[..<close].contains("@ 0x") {
            text = text[text.index(after: close)...].drop { $0 == " " }
        }
        return String(text)
    }
}
