public import StyleKernel
public import SystemPackage

/// What the painter decides: which pictures paint, in which shares, how strongly, and when.
public struct Hand: Sendable, Hashable {
    /// The style pictures, at most `StyleMix.most`.
    public var styles: [FilePath]
    /// Of each style; they sum to 1. Nil: equal ones.
    public var mix: [Double]?
    /// Whether every place of a frame takes what it is most like in any of the styles (appendix B, Fig. 13), in place
    /// of a mix of them all.
    public var isCollage = false
    /// How far kernels and statistics lead from the content's own to the styles': 0 gives the source back, 1 is as
    /// trained, up to `StyleMix.mostStrength`.
    public var strength = 1.0
    /// What changes with time; nil where nothing does.
    public var timeline: Timeline?

    public init(_ styles: [FilePath]) { self.styles = styles }

    /// The files that it is made of.
    var files: [FilePath] { styles }

    /// Before the first moment of the timeline, and where there is none.
    var weights: [Double] { mix ?? .init(repeating: 1 / Double(styles.count), count: styles.count) }

    /// What stands at each mark of the timeline, with the moment in seconds from the clip's start. A mark that says
    /// nothing of something leaves it as it was.
    var turns: [Turn] {
        var manner = Manner(weights: isCollage ? [1] : weights, strength: strength)
        return (timeline?.marks ?? []).map { mark in
            if let weights = mark.weights { manner.weights = weights }
            if let strength = mark.strength { manner.strength = strength }
            return Turn(moment: mark.moment, manner: manner, curve: mark.curve)
        }
    }

    /// Before the first mark: what it says, for nothing leads there.
    var first: Manner { turns.first?.manner ?? Manner(weights: isCollage ? [1] : weights, strength: strength) }

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
    }

    /// As reports give them: the first, and all where they are several.
    var names: (first: String, all: [String]?) {
        (styles[0].string, styles.count > 1 ? styles.map(\.string) : nil)
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

    /// What painting takes at most.
    var demand: Demand {
        let manners = turns.map(\.manner) + [first]
        let pairs = zip(turns, turns.dropFirst()).map { a, b in
            zip(a.manner.weights, b.manner.weights).count { $0 > 0 || $1 > 0 }
        }
        let alone = manners.map { $0.weights.count { $0 > 0 } }
        return Demand(styles: (pairs + alone).max() ?? 1, strength: manners.map(\.strength).min() ?? 1)
    }

    /// What a painting's memory depends on.
    struct Demand: Hashable {
        /// How many paint a frame together at most.
        var styles = 1
        /// The least.
        var strength = 1.0
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
