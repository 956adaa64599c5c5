import StyleKernel

extension Hand {
    /// What is a number, and may change with time.
    enum Property: String, CaseIterable {
        case strength, brush, region

        var range: ClosedRange<Double> {
            switch self {
            case .strength: 0...StyleMix.mostStrength
            case .brush: Brush.sizes
            case .region: 0...1
            }
        }

        var what: String {
            switch self {
            case .strength: "a strength"
            case .brush: "a brush"
            case .region: "what regions cover"
            }
        }

        var bounds: String { "from \(shown(range.lowerBound)) to \(shown(range.upperBound))" }
    }
}

extension Timeline.Mark {
    subscript(property: Hand.Property) -> Double? {
        get {
            switch property {
            case .strength: strength
            case .brush: brush
            case .region: region
            }
        }
        set {
            switch property {
            case .strength: strength = newValue
            case .brush: brush = newValue
            case .region: region = newValue
            }
        }
    }
}
