import Imaging
import Machine

/// What was measured, as `--json` prints it.
public struct MeasureReport: Sendable, Codable {
    public var schema = 1
    public var input: String
    public var against: String?
    public var frames: Int
    public var scenes: Int
    /// Of each scene, the number of its first frame.
    public var sceneStarts: [Int]?
    public var temporalLPIPS: TemporalReport
    /// LPIPS between each frame and the source's.
    public var contentLPIPS: Content?
    /// Along the source's motion, where a source is given.
    public var motion: Motion?
    /// Frame by frame, for `--csv`.
    public var rows: [Row] = []
    public var notices: [String]
    public var versions: [String: String]

    public struct Content: Sendable, Codable {
        public var mean: Double
        public var worst: Double
        public var worstFrame: Int
    }

    /// How well the painting follows its source's motion, and its rest.
    public struct Motion: Sendable, Codable {
        public var gaps: [Gap]
        /// The share of blocks of 16 x 16 pixels that the source leaves alone from one frame to the next, and the mean
        /// difference of their paintings, in levels of 255; absent where there is none.
        public var stillShare: Double
        public var stillChange: Double?
    }

    /// Pairs of painted frames so many apart, the later one brought back along the source's motion: means of the root
    /// mean squared difference, from 0 to 1, and of LPIPS, where the motion holds; absent where there is no pair.
    public struct Gap: Sendable, Codable {
        public var frames: Int
        public var pairs: Int
        public var rmse: Double?
        public var lpips: Double?
    }

    /// Of one frame, to those before it at each gap.
    public struct MotionRow: Sendable, Codable {
        public var rmse: [Double?]
        public var lpips: [Double?]
        public var stillChange: Double?
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
        public var motion: MotionRow?
    }

    /// Without the rows, which `--csv` is for.
    private enum CodingKeys: String, CodingKey {
        case schema, input, against, frames, scenes, sceneStarts, temporalLPIPS, contentLPIPS, motion
        case notices, versions
    }

    public init(
        input: String, against: String?, frames: Int, scenes: Int, temporalLPIPS: TemporalReport,
        contentLPIPS: Content?, motion: Motion? = nil,
        rows: [Row], notices: [String], versions: [String: String]
    ) {
        (self.input, self.against, self.frames, self.scenes) = (input, against, frames, scenes)
        (self.temporalLPIPS, self.contentLPIPS, self.motion) = (temporalLPIPS, contentLPIPS, motion)
        self.rows = rows
        (self.notices, self.versions) = (notices, versions)
    }

    /// A line for each row, under a head; empty where there is no figure.
    public var csv: String {
        func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
        var head = ["frame", "time", "temporal_lpips"]
        if against != nil { head += ["input_temporal_lpips", "content_lpips"] }
        let gaps = motion?.gaps ?? []
        for gap in gaps { head += ["warped_rmse_\(gap.frames)", "warped_lpips_\(gap.frames)"] }
        if motion != nil { head.append("still_change") }
        let lines = rows.map { row in
            var line = ["\(row.frame)", "\(row.time)", text(row.temporal)]
            if against != nil { line += [text(row.sourceTemporal), text(row.content)] }
            for n in gaps.indices { line += [text(row.motion?.rmse[n]), text(row.motion?.lpips[n])] }
            return line + (motion == nil ? [] : [text(row.motion?.stillChange)])
        }
        return ([head] + lines).map { $0.joined(separator: ",") + "\n" }.joined()
    }
}

extension MeasureReport.Row {
    /// Of paintings, from distances that were kept.
    static func all(_ measures: Measures, of look: Look) -> [MeasureReport.Row] {
        let followers = look.score.followers(in: look.score.frames)
        return followers.enumerated().map { place, frame in
            let time = Timestamp(look.index.ticks[frame], timeBase: look.score.source.timeBase).seconds
            return MeasureReport.Row(
                frame: frame, time: (time - look.start).rounded(digits: 6), temporal: measures.painted[place],
                sourceTemporal: place < measures.source.count ? measures.source[place] : nil)
        }
    }
}
