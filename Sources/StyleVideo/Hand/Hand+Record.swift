public import SystemPackage

/// As a work folder keeps it: files by their names.
extension Hand: Codable {
    private struct Record: Codable {
        var styles: [String]
        var mix: [Double]?
        var isCollage: Bool
        var strength: Double
        var timeline: Timeline?
    }

    public init(from decoder: any Decoder) throws {
        let record = try Record(from: decoder)
        guard !record.styles.isEmpty else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "no style"))
        }
        self.init(record.styles.map { FilePath($0) })
        (mix, isCollage, strength, timeline) = (record.mix, record.isCollage, record.strength, record.timeline)
    }

    public func encode(to encoder: any Encoder) throws {
        try Record(
            styles: styles.map(\.string), mix: mix, isCollage: isCollage, strength: strength, timeline: timeline
        ).encode(to: encoder)
    }

    /// The same, its files meant from a folder.
    func meant(from folder: FilePath) -> Hand {
        var hand = self
        hand.styles = styles.map { folder.pushing($0) }
        return hand
    }
}
