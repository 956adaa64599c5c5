import Imaging
import Media
import SystemPackage

/// A network and the styles that it has looked at.
struct Studio {
    let network: Network
    let styles: Styles
    let hand: Hand
    /// The hand's, in its order.
    let pictures: [Score.Style]

    /// - Throws: as `Network`; `HandError`; `MediaError` where a picture cannot be read.
    init(_ settings: Settings, _ hand: Hand, _ run: Run) throws {
        var hand = hand
        try hand.check()
        // The network first: a missing preset is told before a large picture is decoded.
        let network = try Network(settings, run)
        let styles = Styles(network)
        // One at a time: of eight large scans, no two are in memory.
        pictures = try hand.styles.map { try styles.remember(PictureFile.read($0), shorterSide: settings.styleSize) }
        (self.network, self.styles, self.hand) = (network, styles, hand)
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
            isCollage: studio.hand.isCollage ? true : nil, toneMapping: clip.toneMapping,
            isUnpainted: settings.isUnpainted ? true : nil)
    }
}
