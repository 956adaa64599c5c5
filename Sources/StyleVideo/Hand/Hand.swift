import StyleKernel
public import SystemPackage

/// What the painter decides: which pictures paint, in which shares, how strongly, with which strokes and colours, where
/// and when.
public struct Hand: Sendable, Hashable {
    /// The style pictures, at most `StyleMix.most`; none where only regions are painted.
    public var styles: [FilePath]
    /// Of each style; they sum to 1. Nil: equal ones.
    public var mix: [Double]?
    /// Whether every place of a frame takes what it is most like in any of the styles (appendix B, Fig. 13), in place
    /// of a mix of them all.
    public var isCollage = false
    /// How far kernels and statistics lead from the content's own to the styles': 0 gives the source back, 1 is as
    /// trained, up to `StyleMix.mostStrength`.
    public var strength = 1.0
    /// How large strokes are, 1 as the network makes them: one of `Brush.sizes`.
    public var brush = 1.0
    public var colours = Colours.style
    /// Parts of the picture that other pictures paint, later ones over earlier ones.
    public var regions: [Region] = []
    /// Whether what no region covers is left as it is.
    public var leavesBackground = false
    /// What changes with time; nil where nothing does.
    public var timeline: Timeline?

    public init(_ styles: [FilePath]) { self.styles = styles }

    /// Which colours a painting has.
    public enum Colours: String, Codable, Sendable, CaseIterable {
        /// As they are painted.
        case style
        /// The source's hue and saturation, with the painting's lightness.
        case source
        /// Mapped so that a scene's have the mean and the spread of the style picture's.
        case palette
    }

    /// A part of the picture that one picture paints.
    public struct Region: Sendable, Hashable {
        /// A picture, or a clip that runs beside the one that is painted: white is painted, greys feather. Nil: where
        /// the clip itself is opaque.
        public var mask: FilePath?
        public var style: FilePath

        public init(mask: FilePath?, style: FilePath) { (self.mask, self.style) = (mask, style) }
    }

    /// The pictures that paint, each once.
    var pictures: [FilePath] {
        (styles + regions.map(\.style)).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// The files that it is made of.
    var files: [FilePath] { pictures + regions.compactMap(\.mask) }

    /// Before the first moment of the timeline, and where there is none.
    var weights: [Double] { mix ?? .init(repeating: 1 / Double(styles.count), count: styles.count) }

    private var unmarked: Manner {
        Manner(weights: isCollage ? [1] : weights, strength: strength, brush: brush, region: 1)
    }

    /// What stands at each mark of the timeline, with the moment in seconds from the clip's start. A mark that says
    /// nothing of something leaves it as it was.
    var turns: [Turn] {
        var manner = unmarked
        return (timeline?.marks ?? []).map { mark in
            if let weights = mark.weights { manner.weights = weights }
            if let strength = mark.strength { manner.strength = strength }
            if let brush = mark.brush { manner.brush = brush }
            if let region = mark.region { manner.region = region }
            return Turn(moment: mark.moment, manner: manner, curve: mark.curve)
        }
    }

    /// Before the first mark: what it says, for nothing leads there.
    var first: Manner { turns.first?.manner ?? unmarked }

    struct Turn {
        var moment: Double
        var manner: Manner
        /// How it is reached from the one before.
        var curve: Curve
    }

    /// What a moment is painted with, of whichever styles.
    struct Manner: Hashable {
        /// Of the styles, or of the one that a collage is.
        var weights: [Double]
        var strength: Double
        var brush: Double
        var region: Double
    }

    /// As reports give them: the first, and all where they are several.
    var names: (first: String, all: [String]?) {
        let all = (styles + regions.map(\.style)).map(\.string)
        return (all[0], all.count > 1 ? all : nil)
    }

    /// What a user should know of a timeline on a clip.
    func notices(on times: FrameTimes) -> [String] {
        guard let marks = timeline?.marks, let late = marks.first(where: { $0.moment > times.last }) else { return [] }
        let count = marks.count { $0.moment >= late.moment }
        return [
            "the timeline's moment at \(shown(late.moment)) s "
                + (count > 1 ? "and the \(count - 1) behind it lie" : "lies")
                + " behind the last frame, at \(shown(times.last)) s"
        ]
    }

    /// The brushes that are used.
    var brushes: [Double] { Set(turns.map(\.manner.brush) + [first.brush]).sorted() }

    /// What painting takes at most.
    var demand: Demand {
        let manners = turns.map(\.manner) + [first]
        let pairs = zip(turns, turns.dropFirst()).map { a, b in
            zip(a.manner.weights, b.manner.weights).count { $0 > 0 || $1 > 0 }
        }
        let alone = manners.map { $0.weights.count { $0 > 0 } }
        return Demand(
            styles: max((pairs + alone).max() ?? 1, 1), strength: manners.map(\.strength).min() ?? 1, brushes: brushes,
            regions: regions.count)
    }

    /// What a painting's memory depends on.
    struct Demand: Hashable {
        /// How many paint a frame together at most.
        var styles = 1
        /// The least.
        var strength = 1.0
        var brushes = [1.0]
        var regions = 0
    }
}

/// How a moment of a timeline is reached from the one before.
public enum Curve: String, Codable, Sendable, CaseIterable {
    /// In a straight line.
    case linear
    /// Slowly at both ends: 3 t² - 2 t³.
    case ease
    /// All at once, when it comes.
    case cut

    func share(_ way: Double) -> Double {
        switch self {
        case .linear: way
        case .ease: way * way * (3 - 2 * way)
        case .cut: 0
        }
    }
}
