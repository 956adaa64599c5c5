import Imaging
import Media
import Palette
import Pipeline
import StyleKernel
import Synchronization
import SystemPackage

/// What the network remembers of the styles of a score, by their digests: each is looked at once a run.
final class Styles: Sendable {
    private let network: Network
    private let known = Mutex<[Score.Style: (tokens: StyleTokens, colours: ColourMoments?)]>([:])
    private let files = Mutex<[FilePath: (mark: FilmMark, style: Score.Style)]>([:])
    private let collages = Mutex<[[Score.Style]: StyleTokens]>([:])
    /// Seconds that looking at them took.
    let clock = StageClock()

    init(_ network: Network) { self.network = network }

    /// Looks at a picture's file, which is read again only where it has changed.
    /// - Parameter colours: whether `colours(of:)` will be asked for.
    /// - Throws: `MediaError`; as `Network.remember`.
    func remember(_ file: FilePath, shorterSide: Int, colours: Bool = false) throws -> Score.Style {
        let mark = FilmMark(file)
        if let found = files.withLock({ $0[file] }), found.mark == mark, found.style.size == shorterSide,
            isKnown(found.style, colours: colours)
        {
            return found.style
        }
        let style = try remember(PictureFile.read(file), shorterSide: shorterSide, colours: colours)
        if let mark { files.withLock { $0[file] = (mark, style) } }
        return style
    }

    private func isKnown(_ style: Score.Style, colours: Bool) -> Bool {
        known.withLock { $0[style].map { !colours || $0.colours != nil } ?? false }
    }

    /// Looks at a picture and tells what names it in a score.
    /// - Parameter colours: whether `colours(of:)` will be asked for.
    /// - Throws: as `Network.remember`.
    func remember(_ picture: Frame, shorterSide: Int, colours: Bool = false) throws -> Score.Style {
        let style = Score.Style(digest: Digest.sha256(of: picture), size: shorterSide)
        guard !isKnown(style, colours: colours) else { return style }
        let tokens = try clock.time { try network.remember(picture, shorterSide: shorterSide) }
        let colours = colours ? ColourMoments(of: picture, team: network.team) : nil
        known.withLock { $0[style] = (tokens, colours) }
        return style
    }

    /// - Precondition: that style has been looked at.
    func tokens(of style: Score.Style) -> StyleTokens { remembered(style).tokens }

    /// The colours of its picture.
    /// - Precondition: that style has been looked at.
    func colours(of style: Score.Style) -> ColourMoments {
        guard let colours = remembered(style).colours else { preconditionFailure("nobody has looked at its colours") }
        return colours
    }

    private func remembered(_ style: Score.Style) -> (tokens: StyleTokens, colours: ColourMoments?) {
        guard let known = known.withLock({ $0[style] }) else { preconditionFailure("nobody has looked at that style") }
        return known
    }

    /// What a moment is painted with.
    func mix(of manner: Score.Manner, isCollage: Bool) -> StyleMix {
        guard isCollage else {
            return StyleMix(
                manner.styles.map { tokens(of: $0.style) }, weights: manner.styles.map(\.weight),
                strength: manner.strength)
        }
        return StyleMix(collage(of: manner.styles.map(\.style)), strength: manner.strength)
    }

    /// Of several styles at once; joined once a run.
    func collage(of styles: [Score.Style]) -> StyleTokens {
        if let tokens = collages.withLock({ $0[styles] }) { return tokens }
        let tokens = StyleTokens(collage: styles.map(tokens(of:)))
        collages.withLock { $0[styles] = tokens }
        return tokens
    }
}
