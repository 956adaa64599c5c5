import Imaging
import Media
import Palette
import StyleKernel

/// Paints frames as a score says: by which styles, how strongly, with which strokes and colours, and where.
// Sendable: it belongs to the stage of one line.
final class Painter: @unchecked Sendable {
    private let painting: Score.Painting
    private let studio: Studio
    private let masks: Masks?
    private let cache: Cache
    private let layers: Layers?
    /// By size, made when first needed: each keeps what frames of its own size take.
    private var brushes: [Double: Brush] = [:]

    /// - Parameter masks: of the score's regions.
    init(_ painting: Score.Painting, _ studio: Studio, masks: Masks?, cache: Cache) {
        precondition((painting.regions?.count ?? 0) == (masks?.count ?? 0), "regions without masks")
        (self.painting, self.studio, self.masks, self.cache) = (painting, studio, masks, cache)
        let isLookedAt = painting.steady == .full || painting.leavesBackground == true
        layers =
            isLookedAt ? painting.regions.map { Layers($0, width: painting.width, height: painting.height) } : nil
    }

    /// - Parameters:
    ///   - frame: what is painted, of the score's size; its place tells which masks are its own.
    ///   - source: what is left where a background is; nil: the frame.
    ///   - figures: of its scene; nil: it stands alone, and its own are taken.
    ///   - painted: takes the layers too.
    func paint(
        _ frame: Frame, source: Frame? = nil, _ manner: Score.Manner, _ figures: Score.Figures?, into painted: Frame
    ) throws {
        // With another brush, the network is not even shown the frame as it is.
        if manner.strength == 0 {
            painted.copyPixels(of: frame)
            return
        }
        let over = try masks?.at(frame.place, share: manner.region) ?? []
        let base = manner.styles.isEmpty ? nil : studio.styles.mix(of: manner, isCollage: painting.isCollage == true)
        brush(manner.brush, like: frame).paint(
            frame, statistics: figures?.statistics(of: manner.brush), into: painted
        ) { stylizer, frame, statistics, painted in
            guard let masks, !over.isEmpty || base == nil else {
                stylizer.paint(frame, style: base!, statistics: statistics, into: painted, cache: cache)
                return
            }
            let layers = over.map { number, mask in
                MaskedStyle(
                    style: StyleMix(
                        studio.styles.tokens(of: painting.regions![number].style), strength: manner.strength),
                    mask: masks.fitted(mask, of: number, to: frame, studio.network.team))
            }
            stylizer.paint(frame, base: base, over: layers, statistics: statistics, into: painted)
        }
        try colour(painted, of: frame, manner, figures)
        painted.layers = layers?.map(over)
        guard painting.leavesBackground == true else { return }
        if let layers = painted.layers {
            painted.takeGround(of: source ?? frame, under: layers.frame)
        } else {
            painted.copyPixels(of: source ?? frame)
        }
    }

    private func brush(_ size: Double, like frame: Frame) -> Brush {
        if let brush = brushes[size] { return brush }
        let brush = Brush(
            brushes.isEmpty ? studio.network.stylizer : studio.network.stylizer.sibling(), size: size,
            width: frame.width, height: frame.height, format: frame.format)
        brushes[size] = brush
        return brush
    }

    private func colour(
        _ painted: Frame, of frame: Frame, _ manner: Score.Manner, _ figures: Score.Figures?
    ) throws {
        let team = studio.network.team
        switch painting.colours ?? .style {
        case .style: break
        case .source: SourceChroma.apply(of: frame, to: painted, into: painted, team: team)
        case .palette:
            let wanted = studio.palettes
            let weights = painting.isCollage == true ? [1] : manner.styles.map(\.weight)
            let own =
                figures?.palettes.map { ColourMoments.mixed($0, weights: weights) }
                ?? ColourMoments(of: painted, team: team)
            let map = PaletteMap(from: own, to: .mixed(wanted, weights: weights))
            // A weak painting's colours go as far as it does.
            map.led(min(manner.strength, 1))(painted, into: painted, team: team)
        }
    }
}
