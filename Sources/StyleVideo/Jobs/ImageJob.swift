import Imaging
import Machine
public import Media
import StyleKernel
import Synchronization
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
        try check()
        try OutputCheck.check(
            output, inputs: [input] + hand.files, extensions: StillReport.extensions, overwrite: overwrite)
        let picture = try PictureFile.read(input).converted(to: pixelFormat.frameFormat)
        let studio = try Studio(settings, hand, run)
        let source = studio.network.reduced(picture, settings)
        try studio.network.checkMemory(
            width: source.width, height: source.height, format: source.format, .off, hand.demand)
        try run.cancellation.check()
        let painted =
            settings.isUnpainted ? source : try studio.painting(of: source, (picture.width, picture.height), run)
        try run.cancellation.check()
        try PictureFile.write(painted, to: output, replacing: overwrite)
        return StillReport(
            input: input.string, style: hand.names.first, styles: hand.names.all, output: output.string,
            width: painted.width, height: painted.height, seconds: seconds(since: start),
            settings: SettingsReport(settings, hand, studio.network, still: pixelFormat), versions: Versions.all)
    }
}

extension ImageJob {
    /// What can be told before anything is read.
    /// - Throws: `HandError` where a mask is the picture's own opacity: pictures are read without it.
    public func check() throws {
        guard hand.regions.allSatisfy({ $0.mask != nil }) else {
            throw HandError.wrong("alpha is the opacity of clips, and this is a picture: name a mask's file")
        }
    }
}

extension Studio {
    /// The same, and tells how far it is.
    fileprivate func painting(of source: Frame, _ size: (width: Int, height: Int), _ run: Run) throws -> Frame {
        tellProgress(run, brush: hand.brush)
        defer { network.stylizer.tellProgress(nil) }
        let painted = try painting(of: source, size)
        run.progress(Progress(.painting, done: 1, total: 1))
        return painted
    }

    /// Of a picture that stands alone.
    /// - Parameter size: that the picture had; nil where no masks are laid over it.
    func painting(of source: Frame, _ size: (width: Int, height: Int)? = nil) throws -> Frame {
        let painted = Frame(width: source.width, height: source.height, format: source.format)
        try paint(source, size, into: painted)
        return painted
    }

    /// The same into a frame.
    func paint(_ source: Frame, _ size: (width: Int, height: Int)? = nil, into painted: Frame) throws {
        let manner = Score.Manner(hand.first, pictures, isCollage: hand.isCollage)
        let masks = try Masks(hand, of: source, source: size ?? (source.width, source.height), team: network.team)
        let painting = Score.Painting(
            preset: network.stylizer.configuration.preset.rawValue, weights: "", width: source.width,
            height: source.height, steady: .off, precision: network.stylizer.precision,
            isCollage: hand.isCollage, colours: hand.colours,
            regions: regionPictures.map { Score.Region(style: $0, mask: nil) },
            leavesBackground: hand.leavesBackground)
        try Painter(painting, self, masks: masks, cache: .off).paint(source, manner, nil, into: painted)
    }

    /// What is less tells nothing of the rest: a step's time is not quite its products'.
    private static let toldPart = 0.02
    /// Of the painting, what is not counted: while it is done, gigabytes of memory are touched for the first time.
    private static let beginning = 0.05

    /// A brush lets a picture through the network once or twice.
    private func tellProgress(_ run: Run, brush: Double) {
        let runs = Brush.runs(brush)
        let whole = runs.reduce(0, +)
        let at = Mutex((run: 0, share: 0.0, told: Self.beginning - Self.toldPart))
        network.stylizer.tellProgress { share in
            let part: Double? = at.withLock { at in
                if share < at.share { at.run = min(at.run + 1, runs.count - 1) }
                at.share = share
                let part = (runs[..<at.run].reduce(0, +) + runs[at.run] * share) / whole
                guard part >= at.told + Self.toldPart else { return nil }
                at.told = part
                return part
            }
            guard let part else { return }
            var progress = Progress(.painting, done: 0, total: 1)
            progress.part = part
            run.progress(progress)
        }
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
