import Imaging
import Machine
public import Media
import StyleKernel
public import SystemPackage
import Tensors

/// Paints moments of clips, or pictures, in several ways on one sheet: what `stylevideo sheet` does. Rows are moments,
/// after the source the columns are styles, each with every strength, brush and choice of colours; above each column is
/// its style.
///
/// A moment is painted by its own statistics and by itself, for looking around a scene would take longer than painting
/// it: `PreviewJob` shows one as it will be.
public struct SheetJob: Sendable {
    /// Clips and pictures.
    public var inputs: [FilePath]
    public var styles: [FilePath]
    public var output: FilePath
    /// Seconds from each clip's start; empty: four, spread over each.
    public var moments: [Double] = []
    public var strengths = [1.0]
    public var brushes = [1.0]
    public var colours = [Hand.Colours.style]
    /// How wide a picture is on the sheet.
    public var cellWidth = 480
    /// How clips are read.
    public var selection = Selection.all
    public var settings: Settings
    public var overwrite = false

    /// Moments of a clip where none are named.
    static let usualMoments = 4
    /// Of a sheet: what some formats hold, and memory bears.
    private static let mostPixels = 1 << 27

    public init(inputs: [FilePath], styles: [FilePath], output: FilePath, settings: Settings = Settings()) {
        (self.inputs, self.styles, self.output, self.settings) = (inputs, styles, output, settings)
    }

    /// - Throws: a `Trouble`: `MediaError`, `OutputError`, `JobError`, `Shortage`, errors of the weights; the reason of
    ///   the cancellation.
    public func run(_ run: Run = Run()) throws -> SheetReport {
        precondition(
            ![inputs.count, styles.count, strengths.count, brushes.count, colours.count, cellWidth].contains(0),
            "an empty sheet")
        let start = ContinuousClock.now
        try OutputCheck.check(
            output, inputs: inputs.flatMap(Spool.files) + styles, extensions: StillReport.extensions,
            overwrite: overwrite)
        // All of them are opened before anything is painted.
        let sources = try inputs.map { try SheetSource($0, self) }
        var shared = run
        shared.stockroom = Stockroom()
        let columns = try hands.map { hand in
            try run.cancellation.check()
            return (hand: hand, studio: try Studio(settings, hand, shared))
        }
        let network = columns[0].studio.network
        var headings: [FilePath: Frame] = [:]
        for style in styles where headings[style] == nil {
            headings[style] = try PictureFile.read(style).fitting(cellWidth, cellWidth / 2, network.team)
        }
        var sheet = Sheet(columns: 1 + columns.count, cellWidth: cellWidth)
        sheet.add([nil] + columns.map { headings[$0.hand.styles[0]] })
        let rowCount = sources.reduce(0) { $0 + $1.count }
        // Twice as high as wide at most, and the headings.
        guard (1 + columns.count) * (rowCount + 1) * 2 * cellWidth * cellWidth <= Self.mostPixels else {
            throw HandError.wrong(
                "a sheet of \(rowCount) rows and \(columns.count) manners, each \(cellWidth) pixels wide, is too large")
        }
        var (rows, clips) = ([SheetReport.Row](), [SheetReport.Clip]())
        let notices = Notices(run.notice)
        let total = columns.count * rowCount
        for source in sources {
            try source.each(self, network, run) { content, row in
                for hand in Set(columns.map(\.hand.demand)) {
                    try network.checkMemory(width: content.width, height: content.height, .off, hand)
                }
                // A picture higher than two cells are wide stands narrower.
                let height = min(max(1, content.height * cellWidth / content.width), 2 * cellWidth)
                var cells = [Frame?](repeating: nil, count: 1 + columns.count)
                cells[0] = content.fitting(cellWidth, height, network.team)
                // One brush and one strength after another: each has a plan of its own.
                let order = columns.indices.sorted {
                    let (a, b) = (columns[$0].hand, columns[$1].hand)
                    return (a.brush, a.strength) < (b.brush, b.strength)
                }
                for (done, place) in order.enumerated() {
                    try run.cancellation.check()
                    let painted = try columns[place].studio.painting(of: content)
                    cells[1 + place] = painted.fitting(cellWidth, height, network.team)
                    run.progress(Progress(.painting, done: rows.count * columns.count + done + 1, total: total))
                }
                sheet.add(cells)
                rows.append(row)
            }
            if let clip = try source.estimate(self, columns[0].studio, run) { clips.append(clip) }
            notices.add(source.notices)
        }
        let whole = sheet.picture
        try run.cancellation.check()
        try PictureFile.write(whole, to: output, replacing: overwrite)
        return SheetReport(
            output: output.string, width: whole.width, height: whole.height, rows: rows,
            columns: hands.map(SheetReport.Column.init),
            clips: clips, notices: notices.all,
            seconds: seconds(since: start), settings: SettingsReport(settings, hands[0], network),
            versions: Versions.all)
    }

    /// What each column is painted by, from left to right.
    private var hands: [Hand] {
        styles.flatMap { style in
            strengths.flatMap { strength in
                brushes.flatMap { brush in
                    colours.map { colours in
                        var hand = Hand([style])
                        (hand.strength, hand.brush, hand.colours) = (strength, brush, colours)
                        return hand
                    }
                }
            }
        }
    }
}

/// What a sheet shows, as `--json` prints it.
public struct SheetReport: Sendable, Codable {
    public var schema = 1
    public var output: String
    public var width: Int
    public var height: Int
    /// Downwards, below the styles.
    public var rows: [Row]
    /// From left to right, behind the sources.
    public var columns: [Column]
    /// What painting each clip as a whole would take, in the first of the manners.
    public var clips: [Clip]
    public var notices: [String]
    public var seconds: Double
    public var settings: SettingsReport
    public var versions: [String: String]

    public struct Row: Sendable, Codable {
        public var input: String
        /// Of a clip's: seconds from its start, and the frame's number where it is known.
        public var moment: Double?
        public var frame: Int?
    }

    public struct Column: Sendable, Codable {
        public var style: String
        public var strength: Double
        /// 1 where it is not said.
        public var brush: Double?
        /// The style's where it is not said.
        public var colours: Hand.Colours?

        init(_ hand: Hand) {
            (style, strength) = (hand.styles[0].string, hand.strength)
            brush = hand.brush == 1 ? nil : hand.brush
            colours = hand.colours == .style ? nil : hand.colours
        }
    }

    public struct Clip: Sendable, Codable {
        public var input: String
        public var frames: Int
        /// With what keeps it steady, measuring and encoding; `InfoJob` also counts the first pass.
        public var secondsPerFrame: Double
        public var paintingSeconds: Double
    }
}

/// A clip or a picture that gives rows.
private final class SheetSource {
    private let path: FilePath
    private let still: Frame?
    private let reader: VideoReader?
    /// Nil: as many as are usual.
    private let moments: [Double]?
    private(set) var notices: [String] = []
    /// The frame of the first moment that was shown.
    private var shown: Int?

    /// - Throws: as `VideoReader` for what is neither a clip nor a picture; `JobError` noFrame.
    init(_ path: FilePath, _ job: SheetJob) throws {
        self.path = path
        let clip = Result { try VideoReader(path, selection: job.selection, mapping: job.settings.toneMapping) }
        switch clip {
        case .success(let reader):
            (self.reader, still) = (reader, nil)
            notices = reader.notices
            moments = job.moments.isEmpty ? nil : job.moments.sorted()
        case .failure(let reason):
            let isPicture = (reason as? MediaError)?.kind == .stillPicture
            do {
                (reader, still, moments) = (nil, try PictureFile.read(path), nil)
            } catch {
                throw isPicture ? error : reason
            }
        }
    }

    var count: Int { still == nil ? moments?.count ?? SheetJob.usualMoments : 1 }

    /// Hands its pictures over, each with what it is.
    func each(
        _ job: SheetJob, _ network: Network, _ run: Run, _ body: (Frame, SheetReport.Row) throws -> Void
    ) throws {
        if let still { return try body(network.reduced(still, job.settings), .init(input: path.string)) }
        guard let reader else { preconditionFailure("neither a clip nor a picture") }
        reader.check = run.cancellation.check
        let index = try FrameIndex(packetsOf: path, job.selection, check: run.cancellation.check) ?? noted(job, run)
        reader.index = index
        let clip = WorkingClip(reader, settings: job.settings, team: network.team)
        try network.checkMemory(for: clip, nil, .off)
        let frame = clip.makeFrame()
        let (times, count) = (reader.times(of: index), Double(SheetJob.usualMoments))
        let usual = (0..<SheetJob.usualMoments).map { (Double($0) + 0.5) * times.last / count }
        for moment in moments ?? usual {
            let number = reader.frame(at: moment, in: index)
            shown = shown ?? number
            let place = try clip.go(to: number)
            if number == index.ticks.count - 1 { try PreviewFrame.check(moment, notAfter: place, in: reader) }
            try clip.picture(into: frame)
            let shown = place.presentationTime.seconds - reader.information.video.start.seconds
            try body(
                frame, .init(input: Spool.shownName(path.string), moment: shown.rounded(digits: 6), frame: number))
        }
        notices = reader.notices
    }

    /// Where frames lie in what the container tells nothing of.
    private func noted(_ job: SheetJob, _ run: Run) throws -> FrameIndex {
        let reader = try FirstPass(input: path, selection: job.selection, run: run).reader(by: FrameIndex())
        while try reader.advance() != nil { try run.cancellation.check() }
        guard let index = reader.index, !index.ticks.isEmpty else { throw MediaError.changed(path) }
        return index
    }

    /// By three frames from the first moment on, as a run would paint them.
    func estimate(_ job: SheetJob, _ studio: Studio, _ run: Run) throws -> SheetReport.Clip? {
        guard let shown, let reader, let frames = reader.information.estimatedFrameCount(of: .all) else { return nil }
        let team = studio.network.team
        let clip = WorkingClip(reader, settings: job.settings, team: team)
        let meter = try SteadinessMeter(for: clip, team: team, run)
        try studio.network.checkMemory(for: clip, meter, job.settings.steady, studio.hand.demand)
        let trial = try EncodingTrial(
            like: reader.information, width: clip.width, height: clip.height, settings: EncoderSettings())
        let frame = clip.makeFrame()
        _ = try clip.go(to: shown)
        try clip.picture(into: frame)
        let timed = try PaintingTrial(clip, from: frame, team: team, job.settings.steady, meter, trial, run) {
            try studio.paint($0, into: $1)
        }
        return SheetReport.Clip(
            input: Spool.shownName(path.string), frames: frames, secondsPerFrame: timed.secondsPerFrame,
            paintingSeconds: timed.secondsPerFrame * Double(frames))
    }
}
