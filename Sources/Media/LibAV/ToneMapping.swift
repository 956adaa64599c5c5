/// How high dynamic range (PQ, HLG) becomes BT.709: light of BT.2020's primaries or others to BT.709's, then a curve.
/// It is the same for all frames of a clip.
public enum ToneMapping: String, Sendable, Hashable, CaseIterable, Codable {
    /// Bright light is pressed together, up to the clip's brightest.
    case hable
    /// Light above reference white is cut off.
    case clip
    /// Pixels and tags stay as they are.
    case off

    /// Candelas a square metre that become 1 (ITU-R BT.2408).
    static let referenceWhite = 203.0
    /// The brightest that is taken for a clip that does not say it, and for HLG, whose light is a display's of 1,000.
    static let usualPeak = 1000.0
}
