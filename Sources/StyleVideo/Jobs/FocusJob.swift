import Imaging
import Machine
import Media
import StyleKernel
public import SystemPackage

/// Shows where in a style picture a place of a picture looks: what `stylevideo focus` does.
public struct FocusJob: Sendable {
    public var input: FilePath
    public var style: FilePath
    public var output: FilePath
    /// The place: a pixel of the input, upright, counted from its upper left.
    public var point: (x: Int, y: Int)
    public var settings: Settings
    public var overwrite = false

    public init(
        input: FilePath, style: FilePath, output: FilePath, point: (x: Int, y: Int), settings: Settings = Settings()
    ) {
        (self.input, self.style, self.output) = (input, style, output)
        (self.point, self.settings) = (point, settings)
    }

    /// - Throws: a `Trouble`: `MediaError`, `OutputError`, `JobError` (noPlace where the picture has no such pixel),
    ///   `Shortage`, errors of the weights; the reason of the cancellation.
    public func run(_ run: Run = Run()) throws -> FocusReport {
        let start = ContinuousClock.now
        try OutputCheck.check(
            output, inputs: [input, style], extensions: StillReport.extensions, overwrite: overwrite)
        let picture = try PictureFile.read(input)
        guard (0..<picture.width).contains(point.x), (0..<picture.height).contains(point.y) else {
            throw JobError.noPlace(
                file: input.string, x: point.x, y: point.y, width: picture.width, height: picture.height)
        }
        let network = try Network(settings, run)
        let stylePicture = try PictureFile.read(style)
        let tokens = try network.remember(stylePicture, shorterSide: settings.styleSize)
        let layout = StylePicture.layout(
            width: stylePicture.width, height: stylePicture.height, shorterSide: settings.styleSize)
        let source = network.reduced(picture, settings)
        try network.checkMemory(width: source.width, height: source.height)
        try run.cancellation.check()
        // The same place of a picture that was made smaller.
        let pixel = (x: point.x * source.width / picture.width, y: point.y * source.height / picture.height)
        let focus = network.stylizer.focus(
            of: source, at: pixel, style: tokens, styleSize: (layout.preparedWidth, layout.preparedHeight))
        let prepared = StylePicture.prepare(stylePicture, shorterSide: settings.styleSize, team: network.team)
        let drawn = FocusPicture(focus: focus, team: network.team)
            .drawn(content: source, pixel: pixel, style: prepared)
        try run.cancellation.check()
        try PictureFile.write(drawn, to: output, replacing: overwrite)
        return FocusReport(
            input: input.string, style: style.string, output: output.string, width: drawn.width,
            height: drawn.height, point: FocusReport.Point(x: Double(point.x), y: Double(point.y)),
            stride: focus.stride, columns: focus.columns, rows: focus.rows,
            heads: focus.heads.map { FocusReport.Head($0, of: focus, layout) }, seconds: seconds(since: start),
            settings: SettingsReport(settings, Hand([style]), network), versions: Versions.all)
    }
}
