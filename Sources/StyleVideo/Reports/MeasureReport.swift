/// What was measured, as `--json` prints it.
public struct MeasureReport: Sendable, Codable {
    public var schema = 1
    public var input: String
    public var against: String?
    public var frames: Int
    public var scenes: Int
    public var temporalLPIPS: TemporalReport
    /// LPIPS between each frame and the source's.
    public var contentLPIPS: Content?
    /// Frame by frame, for `--csv`.
    public var rows: [Row] = []
    public var notices: [String]
    public var versions: [String: String]

    public struct Content: Sendable, Codable {
        public var mean: Double
        public var worst: Double
        public var worstFrame: Int
    }

    public struct Row: Sendable, Codable {
        /// The frame's number and its moment in seconds from the clip's start.
        public var frame: Int
        public var time: Double
        /// Distance to the frame before; absent for the first and across a cut.
        public var temporal: Double?
        /// The same of the source.
        public var sourceTemporal: Double?
        /// Distance to the source's frame.
        public var content: Double?
    }

    /// Without the rows, which `--csv` is for.
    private enum CodingKeys: String, CodingKey {
        case schema, input, against, frames, scenes, temporalLPIPS, contentLPIPS, notices, versions
    }

    public init(
        input: String, against: String?, frames: Int, scenes: Int, temporalLPIPS: TemporalReport,
        contentLPIPS: Content?,
        rows: [Row], notices: [String], versions: [String: String]
    ) {
        (self.input, self.against, self.frames, self.scenes) = (input, against, frames, scenes)
        (self.temporalLPIPS, self.contentLPIPS, self.rows) = (temporalLPIPS, contentLPIPS, rows)
        (self.notices, self.versions) = (notices, versions)
    }

    /// A line for each row, under a head; empty where there is no figure.
    public var csv: String {
        func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
        let hasSource = against != nil
        var lines = ["frame,time,temporal_lpips" + (hasSource ? ",input_temporal_lpips,content_lpips" : "")]
        for row in rows {
            let source = hasSource ? ",\(text(row.sourceTemporal)),\(text(row.content))" : ""
            lines.append("\(row.frame),\(row.time),\(text(row.temporal))" + source)
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
