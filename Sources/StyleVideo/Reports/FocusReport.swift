import StyleKernel

/// Where a place of a picture looks in a style picture, as `--json` prints it.
public struct FocusReport: Sendable, Codable {
    public struct Point: Sendable, Codable, Hashable {
        public var x, y: Double
    }

    /// One head of the attention.
    public struct Head: Sendable, Codable, Hashable {
        /// Of the style's positions, the share that the gate keeps, and of the attention.
        public var keptPositions: Double
        public var keptAttention: Double
        /// T, in the attention's means: 1/4 to 1; absent where the network has no gate.
        public var threshold: Double?
        /// The share of the position that counts most, once the rest is dropped.
        public var strongest: Double
        /// How many positions the kept attention is spread over: e to the power of its entropy.
        public var spread: Double
        /// The mean place, in pixels of the style picture's file, upright.
        public var centre: Point

        init(_ head: Focus.Head, of focus: Focus, _ layout: StylePicture.Layout) {
            (keptPositions, keptAttention) = (head.keptPositions, head.keptAttention)
            threshold = head.threshold.map { $0 * Double(head.attention.count) }
            (strongest, spread) = (head.strongest, head.spread)
            let (x, y) = focus.centre(of: head)
            centre = Point(
                x: Double(layout.x) + x * Double(layout.width) / Double(layout.preparedWidth),
                y: Double(layout.y) + y * Double(layout.height) / Double(layout.preparedHeight))
        }
    }

    public var schema = 1
    public var input: String
    public var style: String
    public var output: String
    /// Of the output.
    public var width: Int
    public var height: Int
    /// Of the input, in its pixels.
    public var point: Point
    /// Pixels along a position, and how many of the style there are.
    public var stride: Int
    public var columns: Int
    public var rows: Int
    public var heads: [Head]
    public var notices: [String] = []
    public var seconds: Double
    public var settings: SettingsReport
    public var versions: [String: String]
}
