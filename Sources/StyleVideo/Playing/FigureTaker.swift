import Imaging
import Machine
import Palette
import StyleKernel
import Tensors

/// Takes of single frames what a scene's are painted by.
final class FigureTaker {
    /// Of what is painted for the colours alone: they are nearly those of the whole, for the price of a thumbnail.
    private static let paletteSide = 512

    let team: ThreadTeam
    private let stylizer: Stylizer
    private let brushes: [Brush]
    private let styles: [StyleMix]
    private let small: (stylizer: Stylizer, frame: Frame, painted: Frame, resampler: Resampler?)?

    init(_ studio: Studio, like clip: WorkingClip) {
        (team, stylizer) = (studio.network.team, studio.network.stylizer)
        let (width, height) = clip.size
        brushes = studio.hand.brushes.filter { $0 != 1 }.map {
            Brush(studio.network.stylizer.sibling(), size: $0, width: width, height: height, format: clip.format)
        }
        guard studio.hand.colours == .palette else {
            (styles, small) = ([], nil)
            return
        }
        styles = studio.singleStyles
        let scale = min(1, Double(Self.paletteSide) / Double(max(width, height)))
        func side(_ side: Int) -> Int { max(1, Int((Double(side) * scale).rounded())) }
        func frame() -> Frame { Frame(width: side(width), height: side(height), format: clip.format) }
        small = (
            stylizer.sibling(), frame(), frame(),
            scale < 1
                ? Resampler(
                    filter: .area, sourceWidth: width, sourceHeight: height, width: side(width), height: side(height),
                    format: clip.format) : nil
        )
    }

    func figures(of frame: Frame) -> Score.Figures {
        var figures = Score.Figures(stylizer.statistics(of: frame))
        if !brushes.isEmpty {
            let own = figures.statistics
            figures.brushes = brushes.map { .init(size: $0.size, statistics: $0.statistics(of: frame, own: own)) }
        }
        if let small {
            if let resampler = small.resampler {
                resampler(frame, into: small.frame, team: team)
            } else {
                small.frame.copyPixels(of: frame)
            }
            figures.palettes = styles.map {
                small.stylizer.paint(small.frame, style: $0, statistics: nil, into: small.painted)
                return ColourMoments(of: small.painted, team: team)
            }
        }
        return figures
    }
}
