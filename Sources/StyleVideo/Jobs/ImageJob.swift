import Imaging
import Machine
public import Media
import StyleKernel
public import SystemPackage
import Tensors

/// Paints a picture, by its own statistics: what `stylevideo image` does.
public struct ImageJob: Sendable {
    public var input: FilePath
    /// Which pictures paint it, and how; a still has no timeline.
    public var hand: Hand
    public var output: FilePath
    public var settings: Settings
    /// Of the picture that is written: rgb24 or, of PNG, rgb48be, which is painted so.
    public var pixelFormat = EncodedPixels.rgb24
    public var overwrite = false

    public init(input: FilePath, hand: Hand, output: FilePath, settings: Settings = Settings()) {
        (self.input, self.hand, self.output, self.settings) = (input, hand, output, settings)
    }

    /// - Throws: a `Trouble`: `MediaError`, `OutputError`, `JobError`, `Shortage`, errors of the weights; the reason of
    ///   the cancellation.
    public func run(_ run: Run = Run()) throws -> StillReport {
        let start = ContinuousClock.now
        try OutputCheck.check(
            output, inputs: [input] + hand.files, extensions: StillReport.extensions, overwrite: overwrite)
        let picture = try PictureFile.read(input).converted(to: pixelFormat.frameFormat)
        let studio = try Studio(settings, hand, run)
        let source = studio.network.reduced(picture, settings)
        try studio.network.checkMemory(
            width: source.width, height: source.height, format: source.format, .off, hand.demand)
        try run.cancellation.check()
        let painted =
            settings.isUnpainted ? source : try studio.painting(of: source, (picture.width, picture.height))
        try run.cancellation.check()
        try PictureFile.write(painted, to: output, replacing: overwrite)
        return StillReport(
            input: input.string, style: hand.names.first, styles: hand.names.all, output: output.string,
            width: painted.width, height: painted.height, seconds: seconds(since: start),
            settings: SettingsReport(settings, hand, studio.network, still: pixelFormat), versions: Versions.all)
    }
}

extension Studio {
    /// Of a picture that stands alone.
    /// - Parameter size: that the picture had.
    fileprivate func painting(of source: Frame, _ size: (width: Int, height: Int)) throws -> Frame {
        let painted = Frame(width: source.width, height: source.height, format: source.format)
        let manner = Score.Manner(hand.first, pictures, isCollage: hand.isCollage)
        let masks = try Masks(hand, of: source, source: size, team: network.team)
        let painting = Score.Painting(
            preset: network.stylizer.configuration.preset.rawValue, weights: "", width: source.width,
            height: source.height, steady: .off, precision: network.stylizer.precision,
            isCollage: hand.isCollage, colours: hand.colours,
            regions: regionPictures.map { Score.Region(style: $0, mask: nil) },
            leavesBackground: hand.leavesBackground)
        try Painter(painting, self, masks: masks, cache: .off).paint(source, manner, nil, into: painted)
        return painted
    }
}

extension Network {
    /// A picture at the size at which the settings have it painted.
    func reduced(_ picture: Frame, _ settings: Settings) -> Frame {
        let size = settings.outputSize(width: picture.width, height: picture.height)
        guard size != (picture.width, picture.height) else { return picture }
        let smaller = Frame(width: size.width, height: size.height, format: picture.format)
        let resampler = Resampler(
            filter: .lanczos3, sourceWidth: picture.width, sourceHeight: picture.height, width: size.width,
            height: size.height, format: picture.format)
        resampler(picture, into: smaller, team: team)
        smaller.place = picture.place
        return smaller
    }
}
