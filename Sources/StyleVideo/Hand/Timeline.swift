import FoundationEssentials
public import Machine
import Media
import StyleKernel
public import SystemPackage

/// What changes with time: moments in order, and what stands there.
///
/// A file of it has a line for each moment: the moment, in seconds or as 1:02:03.5 from the clip's start, and then in
/// any order `name=weight` for styles (a picture's file name without its ending, or its number from 1 on), `strength=`,
/// `brush=`, `region=`, and a word for how it is reached: `linear` (the default), `ease` or `cut`. What a line does not
/// speak of stays as it was; styles that it does not name, where it names any, have no weight. `#` begins a comment.
public struct Timeline: Sendable, Codable, Hashable {
    public struct Mark: Sendable, Codable, Hashable {
        /// Seconds from the clip's start.
        public var moment: Double
        /// Of every style; nil: as before.
        public var weights: [Double]?
        public var strength: Double?
        /// From then on: strokes do not grow on the way.
        public var brush: Double?
        /// How much the regions' masks cover, 0 to 1.
        public var region: Double?
        public var curve: Curve

        public init(
            moment: Double, weights: [Double]? = nil, strength: Double? = nil, brush: Double? = nil,
            region: Double? = nil, curve: Curve = .linear
        ) {
            (self.moment, self.weights, self.strength, self.curve) = (moment, weights, strength, curve)
            (self.brush, self.region) = (brush, region)
        }
    }

    /// At least one; their moments rise.
    public var marks: [Mark]

    public init(marks: [Mark]) { self.marks = marks }

    /// - Parameters:
    ///   - file: a text in UTF-8.
    ///   - styles: the pictures, by whose names weights are given.
    /// - Throws: `HandError`.
    public init(file: FilePath, styles: [FilePath]) throws {
        guard let bytes = try? Data(contentsOf: URL(filePath: file.string)) else {
            throw HandError.unreadable(file: file.string, reason: Self.whyUnread(file))
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw HandError.timeline(file: file.string, line: nil, "it is not a text in UTF-8")
        }
        // Some editors write a mark of the encoding before the text.
        try self.init(
            text: text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text, file: file.string, styles: styles)
    }

    private static func whyUnread(_ file: FilePath) -> String {
        do {
            try FileDescriptor.open(file, .readOnly).close()
            return "it is no file"
        } catch {
            return "\(error)"
        }
    }

    init(text: String, file: String, styles: [FilePath]) throws {
        marks = []
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            func fail(_ reason: String) -> HandError { .timeline(file: file, line: number + 1, reason) }
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).map(String.init)
            guard let first = words.first else { continue }
            guard let moment = seconds(ofMoment: first) else {
                throw fail("it begins with '\(first)', which is no moment")
            }
            if let last = marks.last, moment <= last.moment { throw fail("its moment does not follow the one before") }
            marks.append(try Self.mark(moment, words.dropFirst(), styles, fail))
        }
        guard !marks.isEmpty else { throw HandError.timeline(file: file, line: nil, "it has no moment") }
    }

    private static func mark(
        _ moment: Double, _ words: ArraySlice<String>, _ styles: [FilePath], _ fail: (String) -> HandError
    ) throws -> Mark {
        var (mark, curve) = (Mark(moment: moment), Curve?.none)
        var weights: [Double?] = styles.map { _ in nil }
        for word in words {
            if let named = Curve(rawValue: word) {
                guard curve == nil else { throw fail("it says twice how the moment is reached") }
                curve = named
                continue
            }
            guard let sign = word.lastIndex(of: "=") else { throw fail("it has the word '\(word)'") }
            let (name, text) = (String(word[..<sign]), String(word[word.index(after: sign)...]))
            guard let value = decimal(text) else { throw fail("'\(word)' has no number") }
            if let property = Hand.Property(rawValue: name) {
                guard mark[property] == nil else { throw fail("it says \(name) twice") }
                guard property.range.contains(value) else {
                    throw fail("\(property.what) is \(property.bounds), and not \(text)")
                }
                mark[property] = value
                continue
            }
            let place = try place(of: name, in: styles, fail)
            guard weights[place] == nil else { throw fail("it names \(name) twice") }
            guard (0...1).contains(value) else { throw fail("a weight is from 0 to 1, and not \(text)") }
            weights[place] = value
        }
        mark.curve = curve ?? .linear
        guard weights.contains(where: { $0 != nil }) else { return mark }
        guard let whole = summingToOne(weights.map { $0 ?? 0 }) else {
            throw fail("its weights sum to \(shown(weights.reduce(0) { $0 + ($1 ?? 0) })), and not to 1")
        }
        mark.weights = whole
        return mark
    }

    private static func place(of name: String, in styles: [FilePath], _ fail: (String) -> HandError) throws -> Int {
        let named = styles.indices.filter { styles[$0].stem == name }
        if named.count == 1 { return named[0] }
        guard named.isEmpty else { throw fail("\(named.count) styles have the name \(name): say 1 for the first") }
        if let number = Int(name), styles.indices.contains(number - 1) { return number - 1 }
        throw fail(
            "it names \(name), and the styles are " + styles.map { $0.stem ?? $0.string }.joined(separator: ", "))
    }
}

/// What is wrong with what the painter has decided.
public enum HandError: Trouble {
    /// What cannot be, or not together.
    case wrong(String)
    /// A timeline's file, and which line of it.
    case timeline(file: String, line: Int?, String)
    case unreadable(file: String, reason: String)

    public var trouble: TroubleKind {
        switch self {
        case .wrong: .usage
        case .timeline: .badData
        case .unreadable: .missingInput
        }
    }

    public var description: String {
        switch self {
        case .wrong(let text): printable(text)
        case .timeline(let file, let line?, let text): "\(printable(file)), line \(line): \(printable(text))"
        case .timeline(let file, nil, let text): "\(printable(file)) is no timeline: \(printable(text))"
        case .unreadable(let file, let reason): "cannot read \(printable(file)): \(reason)"
        }
    }
}

/// A moment as people write it: seconds (12.5) or HH:MM:SS (1:02:03.5, 1:30). Nil for what is none.
public func seconds(ofMoment text: String) -> Double? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard (1...3).contains(parts.count) else { return nil }
    var total = 0.0
    for (index, part) in parts.enumerated() {
        let isLast = index == parts.count - 1
        guard let first = part.first, first.isASCII, first.isNumber || first == ".",
            part.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == "." && isLast) }), let value = Double(part),
            value.isFinite, index == 0 || value < 60
        else { return nil }
        total = total * 60 + value
    }
    return total
}

/// Weights that people have rounded, brought to a sum of 1; nil where they sum to something else.
func summingToOne(_ weights: [Double]) -> [Double]? {
    let sum = weights.reduce(0, +)
    guard abs(sum - 1) <= 0.011, weights.allSatisfy({ $0 >= 0 }) else { return nil }
    return abs(sum - 1) < 1e-9 ? weights : weights.map { $0 / sum }
}

/// Without a zero behind the point.
func shown(_ number: Double) -> String {
    let rounded = number.rounded(digits: 4)
    return Int(exactly: rounded).map(String.init) ?? "\(rounded)"
}
