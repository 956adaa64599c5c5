import Imaging
import Media
import SystemPackage

/// A network and the style that it has looked at.
struct Studio {
    let network: Network
    let styles: Styles
    let style: Score.Style

    /// - Parameter style: the style picture's file.
    /// - Throws: as `Network`; `MediaError` where the picture cannot be read.
    init(_ settings: Settings, style: FilePath, _ run: Run) throws {
        // The network first: a missing preset is told before a large picture is decoded.
        let network = try Network(settings, run)
        try self.init(network, style: PictureFile.read(style), shorterSide: settings.styleSize)
    }

    init(_ network: Network, style: Frame, shorterSide: Int) throws {
        self.network = network
        styles = Styles(network)
        self.style = try styles.remember(style, shorterSide: shorterSide)
    }
}

extension Score {
    /// One style for all of a clip's frames.
    init(
        _ clip: WorkingClip, frames: Int, scenes: [Scene], studio: Studio, settings: Settings, output: Output
    ) throws {
        let video = clip.reader.information.video
        source = Source(
            digest: nil, width: video.width, height: video.height, timeBase: video.timeBase,
            selection: clip.reader.selection, frames: frames)
        (self.scenes, self.output) = (scenes, output)
        cues = [Cue(frames: 0..<frames, styles: [WeightedStyle(style: studio.style, weight: 1)])]
        painting = Painting(
            preset: studio.network.stylizer.configuration.preset.rawValue,
            weights: try Digest.sha256(of: FilePath(studio.network.weights)), width: clip.width, height: clip.height,
            steady: settings.steady, precision: studio.network.stylizer.precision, toneMapping: clip.toneMapping,
            isUnpainted: settings.isUnpainted ? true : nil)
    }
}
