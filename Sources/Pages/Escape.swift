internal import Machine

/// Texts as HTML, shells and addresses take them, whatever they hold.
public enum Escape {
    /// Between tags, and in attributes between either kind of quotes.
    static func html(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }

    /// The same of what a user reads: control characters, and what turns the direction of writing, are spelt out.
    static func shown(_ text: String) -> String { html(printable(text)) }

    /// Words as a line that a shell takes apart into the same again. Control characters are written as bash, zsh and
    /// ksh read them ($'\x1b').
    public static func command(_ words: [String]) -> String { words.map(word).joined(separator: " ") }

    private static func word(_ text: String) -> String {
        let plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,+@%"
        guard printable(text) == text else { return spelt(text) }
        if !text.isEmpty, text.unicodeScalars.allSatisfy({ plain.unicodeScalars.contains($0) }) { return text }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }

    private static func spelt(_ text: String) -> String {
        let parts = text.unicodeScalars.map { scalar in
            let character = String(scalar)
            if character == "'" || character == "\\" { return "\\" + character }
            guard printable(character) != character else { return character }
            return character.utf8.map { "\\x" + hexadecimal($0) }.joined()
        }
        return "$'" + parts.joined() + "'"
    }

    /// From one file's folder to another file: what a browser takes for its address there.
    /// - Parameters:
    ///   - file: absolute, in its components.
    ///   - folder: the same.
    public static func address(of file: [String], from folder: [String]) -> String {
        let shared = zip(file.dropLast(), folder).prefix { $0 == $1 }.count
        let up = [String](repeating: "..", count: folder.count - shared)
        return (up + file.dropFirst(shared).map(component)).joined(separator: "/")
    }

    private static func component(_ name: String) -> String {
        let plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~"
        return name.utf8.map { byte in
            plain.utf8.contains(byte) ? String(UnicodeScalar(byte)) : "%" + hexadecimal(byte).uppercased()
        }.joined()
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }

    /// Bytes in the page itself.
    static func data(_ bytes: [UInt8], type: String) -> String { "data:\(type);base64," + base64(bytes) }

    private static func base64(_ bytes: [UInt8]) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let capacity = (bytes.count + 2) / 3 * 4
        return String(unsafeUninitializedCapacity: capacity) { target in
            var place = 0
            for start in stride(from: 0, to: bytes.count, by: 3) {
                let count = min(3, bytes.count - start)
                let word = (0..<3).reduce(0) { $0 << 8 | ($1 < count ? Int(bytes[start + $1]) : 0) }
                for digit in 0..<4 {
                    target[place] = digit <= count ? letters[word >> (18 - 6 * digit) & 63] : UInt8(ascii: "=")
                    place += 1
                }
            }
            return capacity
        }
    }
}
