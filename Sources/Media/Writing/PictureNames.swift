import Machine
public import SystemPackage

/// Names that differ by a number only, as `shot%04d.png` says: `%d` is any number, `%05d` one of at least five digits.
public struct PictureNames: Sendable {
    private let folder: FilePath
    private let head, tail: String
    private let digits: Int

    /// Nil where a path's name is no such pattern.
    public init?(_ path: FilePath) {
        guard let name = path.lastComponent?.string, let mark = name.firstMatch(of: /%(?:0(\d{1,2}))?d/) else {
            return nil
        }
        folder = path.removingLastComponent()
        (head, tail) = (String(name[..<mark.range.lowerBound]), String(name[mark.range.upperBound...]))
        digits = mark.1.flatMap { Int($0) } ?? 1
    }

    /// The file of a number, which is at least 0.
    public func file(_ number: Int) -> FilePath {
        let text = String(number)
        return folder.appending(head + String(repeating: "0", count: max(digits - text.count, 0)) + text + tail)
    }

    /// The number that a file's name says; nil where it is none of these.
    func number(of file: String) -> Int? {
        guard file.hasPrefix(head), file.hasSuffix(tail), file.utf8.count > head.utf8.count + tail.utf8.count else {
            return nil
        }
        let number = file.dropFirst(head.count).dropLast(tail.count)
        guard number.allSatisfy({ $0.isASCII && $0.isNumber }), number.count >= digits,
            number.count == digits || number.first != "0"
        else { return nil }
        return Int(number)
    }

    /// Those that are there, in order.
    public var existing: [(number: Int, file: FilePath)] {
        OutputFile.names(in: folder).compactMap { name in number(of: name).map { ($0, folder.appending(name)) } }
            .sorted { $0.number < $1.number }
    }
}
