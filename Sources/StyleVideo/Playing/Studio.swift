import Imaging
import Media
import Palette
import StyleKernel
import SystemPackage

/// A network and the styles that it has looked at.
struct Studio {
    let network: Network
    let styles: Styles
    let hand: Hand
    /// The hand's styles, in their order.
    let pictures: [Score.Style]
    /// Of its regions.
    let regionPictures: [Score.Style]
    /// Seconds that were spent on styles before: those of other jobs.
    private let earlier: Double

    /// - Throws: as `Network`; `HandError`; `MediaError` where a picture cannot be read.
    init(_ settings: Settings, _ hand: Hand, _ run: Run) throws {
        var hand = hand
        try hand.check()
        // The network first: a missing preset is told before a large picture is decoded.
        let (network, styles) = try (run.stockroom ?? Stockroom()).network(settings, run)
        earlier = styles.clock.seconds
        // One at a time: of eight large scans, no two are in memory.
        let known = try hand.pictures.reduce(into: [:]) {
            $0[$1] = try styles.remember(
                $1, shorterSide: settings.styleSize, colours: hand.colours == .palette)
        }
        pictures = hand.styles.map { known[$0]! }
        regionPictures = hand.regions.map { known[$0.style]! }
        (self.network, self.styles, self.hand) = (network, styles, hand)
    }

    /// That looking at its styles took.
    var styleSeconds: Double { styles.clock.seconds - earlier }

    /// Each of the styles alone; of a collage, that.
    var singleStyles: [StyleMix] {
        hand.isCollage
            ? [StyleMix(styles.collage(of: pictures))] : pictures.map { StyleMix(styles.tokens(of: $0)) }
    }

    /// The colours of each style picture; of a collage, of all together.
    var palettes: [ColourMoments] {
        let all = pictures.map { styles.colours(of: $0) }
        return hand.isCollage ? [.average(all)] : all
    }

    /// The hand's regions, as a score has them.
    /// - Throws: `MediaError` missing for a mask that cannot be read.
    func regions() throws -> [Score.Region]? {
        guard !hand.regions.isEmpty else { return nil }
        return try zip(hand.regions, regionPictures).map { region, style in
            Score.Region(style: style, mask: try region.mask.map { try Digest.sha256(of: $0) })
        }
    }
}

extension Score {
    /// What the studio's hand decides of a clip.
    init(
        _ clip: WorkingClip, _ times: FrameTimes, scenes: [Scene], studio: Studio, settings: Settings, output: Output
    ) throws {
        let video = clip.reader.information.video
        source = Source(
            digest: nil, width: video.width, height: video.height, timeBase: video.timeBase,
            selection: clip.reader.selection, frames: times.ticks.count)
        (self.scenes, self.output) = (scenes, output)
        cues = Cue.cues(of: studio.hand, styles: studio.pictures, times)
        painting = Painting(
            preset: studio.network.stylizer.configuration.preset.rawValue,
            weights: try Digest.sha256(of: FilePath(studio.network.weights)), width: clip.width, height: clip.height,
            steady: settings.steady, precision: studio.network.stylizer.precision,
            isCollage: studio.hand.isCollage ? true : nil,
            colours: studio.hand.colours == .style ? nil : studio.hand.colours,
            regions: try studio.regions(),
            leavesBackground: studio.hand.leavesBackground ? true : nil, toneMapping: clip.toneMapping,
            isUnpainted: settings.isUnpainted ? true : nil)
    }
}
