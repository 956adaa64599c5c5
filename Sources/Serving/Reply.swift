import Glibc

/// HTTP's words for how a request went.
enum Status: Int {
    case good = 200
    case made = 201
    case part = 206
    case badRequest = 400
    case forbidden = 403
    case notFound = 404
    case wrongMethod = 405
    case slow = 408
    case unmeasured = 411
    case longBody = 413
    case longTarget = 414
    case noSuchPart = 416
    case wrongContent = 422
    case longHead = 431
    case busy = 503

    var words: String {
        switch self {
        case .good: "OK"
        case .made: "Created"
        case .part: "Partial Content"
        case .badRequest: "Bad Request"
        case .forbidden: "Forbidden"
        case .notFound: "Not Found"
        case .wrongMethod: "Method Not Allowed"
        case .slow: "Request Timeout"
        case .unmeasured: "Length Required"
        case .longBody: "Content Too Large"
        case .longTarget: "URI Too Long"
        case .noSuchPart: "Range Not Satisfiable"
        case .wrongContent: "Unprocessable Content"
        case .longHead: "Request Header Fields Too Large"
        case .busy: "Service Unavailable"
        }
    }
}

/// What is sent back.
struct Reply {
    enum Body {
        case bytes([UInt8])
        case file(OpenFile, Range<Int>)
    }

    var status = Status.good
    var type = "text/plain; charset=utf-8"
    var headers: [(name: String, value: String)] = []
    var body = Body.bytes([])
    var policy = Self.ownPolicy

    /// A page may load what is its own, and nothing within it runs that came in a text.
    static let ownPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
        + "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

    /// For a report, whose scripts are within it: it counts as another place's page, which is let ask for nothing.
    static let reportPolicy =
        "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
        + "img-src 'self' data: blob:; media-src 'self' data: blob:; form-action 'none'; base-uri 'none'; "
        + "frame-ancestors 'none'"

    static func text(_ text: String, type: String = "text/plain; charset=utf-8", status: Status = .good) -> Reply {
        Reply(status: status, type: type, body: .bytes(Array(text.utf8)))
    }

    init(
        status: Status = .good, type: String = "text/plain; charset=utf-8", body: Body = .bytes([]),
        policy: String = Self.ownPolicy
    ) {
        (self.status, self.type, self.body, self.policy) = (status, type, body, policy)
    }

    init(_ refusal: Refusal) {
        let words = if case .wrongContent(let sentence) = refusal { sentence } else { refusal.status.words }
        self = .text(words + "\n", status: refusal.status)
        if case .wrongMethod(let allowed) = refusal { headers.append(("Allow", allowed)) }
    }

    /// A file, or the part of it that was asked for.
    init(_ file: OpenFile, type: String, range: String?) {
        self.type = type
        headers.append(("Accept-Ranges", "bytes"))
        switch ByteRange.asked(range, of: file.length) {
        case .whole: body = .file(file, 0..<file.length)
        case .part(let part):
            (status, body) = (.part, .file(file, part))
            headers.append(("Content-Range", "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(file.length)"))
        case .none:
            (status, self.type) = (.noSuchPart, "text/plain; charset=utf-8")
            headers.append(("Content-Range", "bytes */\(file.length)"))
        }
    }

    var length: Int {
        switch body {
        case .bytes(let bytes): bytes.count
        case .file(_, let range): range.count
        }
    }

    /// Everything before the body.
    var head: String {
        let all =
            [
                ("Content-Type", type), ("Content-Length", "\(length)"), ("Connection", "close"),
                ("Cache-Control", "no-store"), ("Content-Security-Policy", policy),
                ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
            ] + headers
        return "HTTP/1.1 \(status.rawValue) \(status.words)\r\n"
            + all.map { "\($0.0): \($0.1)\r\n" }.joined() + "\r\n"
    }
}

/// Which bytes of a file are asked for.
enum ByteRange: Equatable {
    case whole
    case part(Range<Int>)
    /// None of what was asked for is there.
    case none

    /// Bytes of one answer: a film that is played is fetched piece by piece, so that no player holds a connection
    /// while it waits.
    static let longest = 4 << 20

    /// - Parameter header: `bytes=0-499`, `bytes=500-` or `bytes=-500`. Anything else, as several ranges, may be
    ///   answered by the whole.
    static func asked(_ header: String?, of length: Int) -> ByteRange {
        guard let header, header.hasPrefix("bytes="), !header.contains(",") else { return .whole }
        let ends = header.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard ends.count == 2, let first = number(ends[0]), let last = number(ends[1]) else { return .whole }
        switch (first, last) {
        case (nil, nil): return .whole
        case (nil, let count?): return part(from: max(length - count, 0), to: length - 1, of: length)
        case (let start?, let end): return part(from: start, to: end ?? length - 1, of: length)
        }
    }

    private static func part(from start: Int, to end: Int, of length: Int) -> ByteRange {
        guard start < length, start <= end else { return .none }
        return .part(start..<min(min(end, length - 1) + 1, start + longest))
    }

    /// Nil within where nothing stands there; nil where it is no number.
    private static func number(_ text: Substring) -> Int?? {
        guard !text.isEmpty else { return .some(nil) }
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(text) else { return nil }
        return number
    }
}
