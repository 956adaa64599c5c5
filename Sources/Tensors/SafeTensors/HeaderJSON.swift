/// The JSON that a safetensors header may hold, read strictly: no key twice, nothing nested deeply, nothing after it
/// but the spaces that pad it.
indirect enum HeaderJSON {
    case string(String)
    /// A whole number from 0 to Int.max; any other number is `other`.
    case integer(Int)
    case array([HeaderJSON])
    /// In the order of the file.
    case object([(key: String, value: HeaderJSON)])
    case other

    struct Failure: Error {
        var offset: Int
        var reason: String
    }

    init(parsing bytes: [UInt8]) throws(Failure) {
        var parser = Parser(bytes: bytes)
        self = try parser.value(depth: 0)
        while parser.at < bytes.count {
            guard bytes[parser.at] == UInt8(ascii: " ") else {
                throw parser.failure("more follows the header's object")
            }
            parser.at += 1
        }
    }

    private struct Parser {
        let bytes: [UInt8]
        var at = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        func failure(_ reason: String) -> Failure { Failure(offset: at, reason: reason) }

        var next: UInt8? { at < bytes.count ? bytes[at] : nil }

        mutating func skipSpace() {
            while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { at += 1 }
        }

        mutating func take(_ character: Unicode.Scalar) throws(Failure) {
            skipSpace()
            guard next == UInt8(ascii: character) else { throw failure("'\(character)' expected") }
            at += 1
        }

        mutating func takes(_ character: Unicode.Scalar) -> Bool {
            skipSpace()
            guard next == UInt8(ascii: character) else { return false }
            at += 1
            return true
        }

        mutating func value(depth: Int) throws(Failure) -> HeaderJSON {
            guard depth < 8 else { throw failure("nested too deeply") }
            skipSpace()
            switch next {
            case UInt8(ascii: "{"): return try object(depth: depth)
            case UInt8(ascii: "["): return try array(depth: depth)
            case UInt8(ascii: "\""): return .string(try string())
            case UInt8(ascii: "t"): return try word("true")
            case UInt8(ascii: "f"): return try word("false")
            case UInt8(ascii: "n"): return try word("null")
            default: return try number()
            }
        }

        mutating func object(depth: Int) throws(Failure) -> HeaderJSON {
            try take("{")
            var pairs: [(key: String, value: HeaderJSON)] = []
            var keys: Set<String> = []
            if takes("}") { return .object(pairs) }
            repeat {
                skipSpace()
                let key = try string()
                guard keys.insert(key).inserted else { throw failure("the name \"\(key)\" stands there twice") }
                try take(":")
                pairs.append((key, try value(depth: depth + 1)))
            } while takes(",")
            try take("}")
            return .object(pairs)
        }

        mutating func array(depth: Int) throws(Failure) -> HeaderJSON {
            try take("[")
            var values: [HeaderJSON] = []
            if takes("]") { return .array(values) }
            repeat {
                // Shapes and offsets are short; a header of 100 MB of numbers would take gigabytes.
                guard values.count < 64 else { throw failure("an array of more than 64 values") }
                values.append(try value(depth: depth + 1))
            } while takes(",")
            try take("]")
            return .array(values)
        }

        mutating func word(_ word: StaticString) throws(Failure) -> HeaderJSON {
            let characters = "\(word)".utf8
            guard bytes[at...].starts(with: characters) else { throw failure("a value expected") }
            at += characters.count
            return .other
        }

        mutating func number() throws(Failure) -> HeaderJSON {
            let start = at
            var value: Int? = 0
            while let byte = next, byte >= 0x30 && byte <= 0x39 {
                let (tens, overflow) = (value ?? 0).multipliedReportingOverflow(by: 10)
                let (sum, carry) = tens.addingReportingOverflow(Int(byte) - 0x30)
                value = value == nil || overflow || carry ? nil : sum
                at += 1
            }
            let digits = at - start
            while let byte = next, "+-.eE0123456789".utf8.contains(byte) { at += 1 }
            guard at > start else { throw failure("a value expected") }
            return digits == at - start && value != nil ? .integer(value!) : .other
        }

        mutating func string() throws(Failure) -> String {
            guard next == UInt8(ascii: "\"") else { throw failure("a string expected") }
            at += 1
            var text: [UInt8] = []
            while let byte = next, byte != UInt8(ascii: "\"") {
                guard byte >= 0x20 else { throw failure("a control character in a string") }
                at += 1
                if byte == UInt8(ascii: "\\") { try escape(into: &text) } else { text.append(byte) }
            }
            guard next != nil else { throw failure("a string does not end") }
            at += 1
            guard let valid = String(validating: text, as: UTF8.self) else { throw failure("a string is not UTF-8") }
            return valid
        }

        mutating func escape(into text: inout [UInt8]) throws(Failure) {
            guard let byte = next else { throw failure("a string does not end") }
            at += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"):
                var units = [try unit()]
                if units[0] >> 10 == 0x36 {  // the first half of a pair
                    try takeNow("\\")
                    try takeNow("u")
                    units.append(try unit())
                }
                guard let scalars = String(validating: units, as: UTF16.self) else {
                    throw failure("half a surrogate pair")
                }
                text.append(contentsOf: scalars.utf8)
            default: throw failure("an unknown escape")
            }
        }

        mutating func takeNow(_ character: Unicode.Scalar) throws(Failure) {
            guard next == UInt8(ascii: character) else { throw failure("'\(character)' expected") }
            at += 1
        }

        mutating func unit() throws(Failure) -> UInt16 {
            var value: UInt16 = 0
            for _ in 0..<4 {
                guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                    throw failure("four hexadecimal digits expected")
                }
                value = value << 4 | UInt16(digit)
                at += 1
            }
            return value
        }
    }
}
