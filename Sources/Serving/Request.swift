/// A request as it came, its line and headers checked for form alone.
struct Request: Equatable {
    var method: String
    /// The path's parts, decoded one by one: a part may hold a slash that was encoded, and names no folder by it.
    var path: [String]
    /// By names in lower case; of several by one name the first, and `isAmbiguous` says so.
    var headers: [String: String]
    var body: [UInt8] = []

    /// Bytes of line and headers together.
    static let longestHead = 8192
    /// Bytes of a path, longer than four encoded names.
    static let longestTarget = 4096
    static let mostHeaders = 64
    static let longestBody = 65536

    /// Reads line and headers.
    /// - Parameter head: without the empty line at its end.
    /// - Throws: `Refusal`.
    init(head: some Collection<UInt8>) throws(Refusal) {
        guard let text = String(validating: head, as: UTF8.self), !text.utf8.contains(0) else { throw .malformed }
        // Not by characters: a carriage return and a line feed are one.
        let lines = text.utf8.split(separator: 10, omittingEmptySubsequences: false).map { line in
            String(Substring(line.last == 13 ? line.dropLast() : line))
        }
        let words = lines[0].split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else { throw .malformed }
        guard words[1].utf8.count <= Self.longestTarget else { throw .longTarget }
        guard let path = Self.parts(of: words[1]) else { throw .malformed }
        (method, self.path, headers) = (String(words[0]), path, [:])
        guard lines.count <= Self.mostHeaders + 1 else { throw .longHead }
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":"), Self.isToken(line[..<colon]) else { throw .malformed }
            let name = line[..<colon].lowercased()
            // Two of these could be read as one by somebody, and as the other by somebody else.
            guard headers[name] == nil || !Self.single.contains(name) else { throw .malformed }
            headers[name] = headers[name] ?? line[line.index(after: colon)...].trimmed
        }
    }

    /// Bytes that follow the head.
    var bodyLength: Int {
        get throws(Refusal) {
            guard headers["transfer-encoding"] == nil else { throw .unmeasured }
            guard let text = headers["content-length"] else { return 0 }
            guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { throw .malformed }
            guard let length = Int(text), length <= Self.longestBody else { throw .longBody }
            return length
        }
    }

    private static let single = Set(["host", "origin", "content-length", "transfer-encoding", "range"])

    private static func isToken(_ name: Substring) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { (33...126).contains($0) }
    }

    /// Nil for an address that begins with no slash, or whose signs are no text. A query is left out: nothing asks for
    /// one, and browsers' caches may be passed by it.
    static func parts(of target: Substring) -> [String]? {
        guard target.first == "/" else { return nil }
        let path = target.prefix { $0 != "?" && $0 != "#" }
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(decoded)
        return parts.contains(nil) ? nil : parts.compactMap(\.self)
    }

    /// A part without its percent signs.
    private static func decoded(_ part: Substring) -> String? {
        var (bytes, rest) = ([UInt8](), part.utf8[...])
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2).compactMap { Character(UnicodeScalar($0)).hexDigitValue }
            guard digits.count == 2 else { return nil }
            bytes.append(UInt8(digits[0] * 16 + digits[1]))
            rest = rest.dropFirst(2)
        }
        return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
    }
}

/// Why a request is not answered.
enum Refusal: Error {
    case malformed, longTarget, longHead, longBody, unmeasured, slow
    /// It comes from another page, or from somebody who was not given the address.
    case foreign
    case unknownPath, unknownMethod
    case wrongMethod(allowed: String)
    /// A sentence for whoever asked.
    case wrongContent(String)
    case busy

    var status: Status {
        switch self {
        case .malformed: .badRequest
        case .longTarget: .longTarget
        case .longHead: .longHead
        case .longBody: .longBody
        case .unmeasured: .unmeasured
        case .slow: .slow
        case .foreign: .forbidden
        case .unknownPath: .notFound
        case .unknownMethod, .wrongMethod: .wrongMethod
        case .wrongContent: .wrongContent
        case .busy: .busy
        }
    }
}

extension StringProtocol {
    /// Without spaces and tabs at either end.
    var trimmed: String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else {
            return ""
        }
        return String(self[first...last])
    }
}
