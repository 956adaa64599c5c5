/// A page taken apart: its elements by name, in order, with their attributes and the text inside.
struct Markup {
    struct Element {
        var name: String
        var attributes: [String: String]
        var text = ""
    }

    var elements: [Element] = []
    /// What is not well-formed.
    var faults: [String] = []

    private static let void: Set = ["meta", "link", "input", "img", "br", "path"]

    init(_ html: String) {
        var open: [Int] = []
        var rest = Substring(html)
        while let start = rest.firstIndex(of: "<") {
            let text = String(rest[..<start])
            if let last = open.last { elements[last].text += text }
            rest = rest[start...]
            // What a script or a style holds is no markup.
            if let last = open.last, ["script", "style"].contains(elements[last].name) {
                let end = "</" + elements[last].name
                guard let close = rest.range(of: end) else {
                    faults.append("\(end) is missing")
                    return
                }
                elements[last].text += rest[..<close.lowerBound]
                rest = rest[close.lowerBound...]
            }
            guard let end = Self.end(of: rest) else {
                faults.append("a tag without end")
                return
            }
            take(String(rest[rest.index(after: rest.startIndex)..<end]), &open)
            rest = rest[rest.index(after: end)...]
        }
        if !open.isEmpty { faults.append("open at the end: \(open.map { elements[$0].name })") }
    }

    /// Where a tag ends: at the first bracket outside quotes.
    private static func end(of tag: Substring) -> String.Index? {
        var isQuoted = false
        return tag.indices.first { index in
            if tag[index] == "\"" { isQuoted.toggle() }
            return tag[index] == ">" && !isQuoted
        }
    }

    private mutating func take(_ tag: String, _ open: inout [Int]) {
        if tag.hasPrefix("!") { return }
        if tag.hasPrefix("/") {
            let name = String(tag.dropFirst())
            guard let last = open.popLast(), elements[last].name == name else {
                return faults.append("</\(name)> closes another")
            }
            return
        }
        let closed = tag.hasSuffix("/")
        let body = closed ? String(tag.dropLast()) : tag
        let name = String(body.prefix { $0.isLetter || $0.isNumber })
        elements.append(Element(name: name, attributes: attributes(Substring(body.dropFirst(name.count)))))
        if !closed, !Self.void.contains(name) { open.append(elements.count - 1) }
    }

    private mutating func attributes(_ text: Substring) -> [String: String] {
        var (rest, found) = (text, [String: String]())
        while let start = rest.firstIndex(where: { !$0.isWhitespace }) {
            rest = rest[start...]
            let name = String(rest.prefix { $0 != "=" && !$0.isWhitespace })
            rest = rest.dropFirst(name.count)
            guard rest.hasPrefix("=\"") else {
                found[name] = ""
                continue
            }
            let value = rest.dropFirst(2).prefix { $0 != "\"" }
            if found[name] != nil { faults.append("\(name) is there twice") }
            if value.contains("<") { faults.append("\(name) has an open bracket") }
            found[name] = String(value)
            rest = rest.dropFirst(3 + value.count)
        }
        return found
    }

    func all(_ name: String) -> [Element] { elements.filter { $0.name == name } }
}

extension Substring {
    /// Where a text first is.
    fileprivate func range(of text: String) -> Range<Index>? {
        indices.first { self[$0...].hasPrefix(text) }.map { $0..<index($0, offsetBy: text.count) }
    }
}
