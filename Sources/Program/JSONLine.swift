import Machine

/// A JSON object on one line, its members in the order in which they are added. (`JSONEncoder` has them in any, or by
/// their letters, and what a line is should be its first.)
struct JSONLine {
    private var members: [String] = []

    /// - Parameter type: what kind of line it is.
    init(_ type: String) { add("type", type) }

    /// Adds nothing where there is no value; so do the others.
    mutating func add(_ name: String, _ text: String?) {
        if let text { members.append("\(Self.quoted(name)):\(Self.quoted(text))") }
    }

    mutating func add(_ name: String, _ number: Int?) {
        if let number { members.append("\(Self.quoted(name)):\(number)") }
    }

    mutating func add(_ name: String, _ number: Double?, digits: Int) {
        guard let number, number.isFinite else { return }
        members.append("\(Self.quoted(name)):\(number.rounded(digits: digits))")
    }

    mutating func add(_ name: String, _ texts: [String]) {
        members.append("\(Self.quoted(name)):[\(texts.map(Self.quoted).joined(separator: ","))]")
    }

    var text: String { "{\(members.joined(separator: ","))}" }

    private static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\n": result += "\\n"
            // Some readers take these two for ends of lines.
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return "\"\(escaped)\""
    }
}
