public import Media
public import StyleKernel

/// How a clip or a picture is painted. The output depends on these, on the input and on the style picture alone.
public struct Settings: Sendable, Codable {
    /// Which of the two networks; nil: the one of `weights`, or `fast`.
    public var preset: Configuration.Preset?
    /// A weights file; nil: the one that comes with the program.
    public var weights: String?
    /// The shorter side to which the style picture is brought, in pixels: the larger, the softer its marks come out.
    public var styleSize = 512
    /// The longest side of the output, in pixels; nil: the input's size. Nothing is enlarged.
    public var maximumSize: Int?
    public var steady = Steadiness.full
    /// How a clip's high dynamic range becomes BT.709.
    public var toneMapping = ToneMapping.hable
    /// Whether frames go through as they are, for measuring and testing all but the painting.
    public var isUnpainted = false
    /// Of the network's convolutions.
    public var precision = Stylizer.Precision.float32

    public init() {}

    /// The output's size for an input's. A reduced side is even, since most video must be; an untouched one is left as
    /// it is.
    public func outputSize(width: Int, height: Int) -> (width: Int, height: Int) {
        guard let maximumSize, max(width, height) > maximumSize else { return (width, height) }
        func reduced(_ side: Int) -> Int {
            max(2, Int((Double(side) * Double(maximumSize) / Double(max(width, height)) / 2).rounded()) * 2)
        }
        // The longer side must not pass the limit by rounding to even.
        let limit = max(2, maximumSize / 2 * 2)
        return (min(reduced(width), limit), min(reduced(height), limit))
    }
}

/// What is done so that a painting does not flicker.
public enum Steadiness: String, Codable, Sendable, CaseIterable {
    /// Every frame is painted as it is.
    case off
    /// What stands still in the source is painted the same.
    case hold
    /// Besides, strokes follow what moves.
    case full

    var holds: Bool { self != .off }
}
