extension Configuration {
    /// The format that is read here.
    public static let format = "stylekernel/2"

    /// Reads and checks a weights file's metadata; keys that it does not know are ignored.
    /// - Throws: `WeightsError` naming `file`, the key, what it says and what it could say.
    public init(metadata: [String: String], file: String) throws {
        let read = MetadataReader(metadata: metadata, file: file)
        let format = try read.text("format")
        try read.check(format == Self.format, "format", "is '\(format)', and this program reads '\(Self.format)'")
        let name = try read.text("preset")
        guard let preset = Preset(rawValue: name) else {
            throw read.error("preset", "is '\(name)', not one of \(Preset.allCases.map(\.rawValue))")
        }
        self.preset = preset
        heads = try read.number("heads", in: 1...256)
        taps = try read.number("taps", in: 1...15)
        try read.check(taps % 2 == 1, "taps", "is \(taps), not an odd number")
        alpha = try read.decimal("alpha")
        isGated = try read.flag("gated")
        gateWidth = isGated ? try read.number("gate_width", in: 1...Self.widest) : 0
        let groups = try read.number("groups", in: 1...256)
        order = try read.numbers("order", in: 0...groups - 1)
        try read.check(order.sorted() == Array(0..<groups), "order", "does not name each of the \(groups) groups once")
        widths = preset == .fast ? try read.numbers("widths", in: 1...Self.widest) : []
        try read.check(preset == .paper || widths.count == 5, "widths", "names \(widths.count) widths, not 5")
        vggDivisor = preset == .paper ? try read.number("vgg_divisor", in: 1...64) : 1
        try read.check(64 % vggDivisor == 0, "vgg_divisor", "is \(vggDivisor), which does not divide 64")
        try checkDivisions(read)
    }

    /// Wide enough for any network of the family, and narrow enough that no product of sizes overflows.
    private static var widest: Int { 4096 }

    /// Heads share out every aligned width; groups share out every width that is modulated.
    private func checkDivisions(_ read: MetadataReader) throws {
        for scale in scales {
            let channels = channels(at: scale)
            let place = "the \(channels) channels of \(scale.name)"
            try read.check(channels % heads == 0, "heads", "is \(heads), which does not divide \(place)")
            guard scale != .sixteen else { continue }
            try read.check(channels % order.count == 0, "groups", "is \(order.count), which does not divide \(place)")
        }
    }
}

/// Takes checked values out of a file's metadata.
private struct MetadataReader {
    let metadata: [String: String]
    let file: String

    func error(_ key: String, _ found: String) -> WeightsError {
        WeightsError(file: file, reason: "its metadata key '\(key)' \(found)")
    }

    func check(_ holds: Bool, _ key: String, _ found: @autoclosure () -> String) throws {
        if !holds { throw error(key, found()) }
    }

    func text(_ key: String) throws -> String {
        guard let text = metadata[key] else { throw error(key, "is missing") }
        return text
    }

    func number(_ key: String, in range: ClosedRange<Int>) throws -> Int {
        let text = try text(key)
        guard let value = Int(text), range.contains(value) else {
            throw error(key, "is '\(text)', not a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func numbers(_ key: String, in range: ClosedRange<Int>) throws -> [Int] {
        let text = try text(key)
        return try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            guard let value = Int(part), range.contains(value) else {
                throw error(
                    key,
                    "is '\(text)', not whole numbers from \(range.lowerBound) to \(range.upperBound), comma separated")
            }
            return value
        }
    }

    func decimal(_ key: String) throws -> Float {
        let text = try text(key)
        guard let value = Float(text), value.isFinite, value > 0, value <= 1000 else {
            throw error(key, "is '\(text)', not a number above 0 and up to 1000")
        }
        return value
    }

    func flag(_ key: String) throws -> Bool {
        switch try text(key) {
        case "true": true
        case "false": false
        case let text: throw error(key, "is '\(text)', not 'true' or 'false'")
        }
    }
}
