import SystemPackage

/// As a work folder keeps it: files by their names.
extension Hand: Codable {
    private struct Record: Codable {
        struct Region: Codable {
            var mask: String?
            var style: String
        }

        var styles: [String]
        var mix: [Double]?
        var isCollage: Bool
        var strength, brush: Double
        var colours: Colours
        var regions: [Region]
        var leavesBackground: Bool
        var timeline: Timeline?
    }

    public init(from decoder: any Decoder) throws {
        let record = try Record(from: decoder)
        guard !record.styles.isEmpty || !record.regions.isEmpty else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "no style"))
        }
        self.init(record.styles.map { FilePath($0) })
        (mix, isCollage, strength, brush) = (record.mix, record.isCollage, record.strength, record.brush)
        (colours, timeline) = (record.colours, record.timeline)
        regions = record.regions.map { Region(mask: $0.mask.map { FilePath($0) }, style: FilePath($0.style)) }
        leavesBackground = record.leavesBackground
    }

    public func encode(to encoder: any Encoder) throws {
        try Record(
            styles: styles.map(\.string), mix: mix, isCollage: isCollage, strength: strength, brush: brush,
            colours: colours, regions: regions.map { .init(mask: $0.mask?.string, style: $0.style.string) },
            leavesBackground: leavesBackground, timeline: timeline
        ).encode(to: encoder)
    }

    /// The same, its files meant from a folder.
    func meant(from folder: FilePath) -> Hand {
        var hand = self
        hand.styles = styles.map { folder.pushing($0) }
        hand.regions = regions.map {
            Region(mask: $0.mask.map { folder.pushing($0) }, style: folder.pushing($0.style))
        }
        return hand
    }
}
