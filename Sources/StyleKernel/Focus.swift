internal import Glibc
public import Imaging
internal import Tensors

/// Where in a style picture a place of the content looks: the attention of one position of the deepest stride, head by
/// head, and what its gate lets through (3.1, Eq. 1 to 5; the paper's Fig. 3 and 14).
public struct Focus: Sendable {
    /// One head's.
    public struct Head: Sendable {
        /// A(u, v) (Eq. 1): N_s shares, the style's positions row by row, which sum to 1.
        public let attention: [Double]
        /// T(u) (Eq. 4), between a quarter of A's mean and that mean; nil where the network has no gate.
        public let threshold: Double?

        /// Whether M(u, v) keeps a position (Eq. 5). Where rounding would leave none, all are.
        public func keeps(_ position: Int) -> Bool {
            guard let threshold, !keepsAll else { return true }
            return attention[position] > threshold
        }

        private let keepsAll: Bool

        init(attention: [Double], threshold: Double?) {
            (self.attention, self.threshold) = (attention, threshold)
            keepsAll = threshold.map { threshold in !attention.contains { $0 > threshold } } ?? true
        }

        /// M / Σ M: what each position counts in Z_cs (Eq. 2), 0 where it is dropped; they sum to 1.
        public var weights: [Double] {
            let sum = keptAttention
            return attention.indices.map { keeps($0) ? attention[$0] / sum : 0 }
        }

        /// Σ M, of 1.
        public var keptAttention: Double {
            attention.indices.reduce(0) { keeps($1) ? $0 + attention[$1] : $0 }
        }

        /// Of the style's positions, the share that is kept.
        public var keptPositions: Double {
            Double(attention.indices.count { keeps($0) }) / Double(attention.count)
        }

        /// The weight of the position that counts most.
        public var strongest: Double { weights.max()! }

        /// How many positions the weights are spread over: e to the power of their entropy, 1 to N_s.
        public var spread: Double { exp(-weights.reduce(0) { $1 > 0 ? $0 + $1 * log($1) : $0 }) }
    }

    /// The position of the content, from 0, and how many pixels along it is.
    public let column, row: Int
    public let stride: Int
    /// The style's positions: N_s = columns x rows, each `stride` pixels of the prepared picture along.
    public let columns, rows: Int
    public let heads: [Head]

    /// The weights' mean place, in pixels of the prepared style picture.
    public func centre(of head: Head) -> (x: Double, y: Double) {
        var (x, y) = (0.0, 0.0)
        for (position, weight) in head.weights.enumerated() {
            x += weight * (Double(position % columns) + 0.5)
            y += weight * (Double(position / columns) + 0.5)
        }
        return (x * Double(stride), y * Double(stride))
    }
}

extension Stylizer {
    /// Where a place of a frame looks in a style picture. It takes memory of its own, which goes at the end.
    /// - Parameters:
    ///   - pixel: of the frame; the position of the deepest stride that holds it is asked.
    ///   - style: of one picture, made by a network of the same configuration.
    ///   - styleSize: of the prepared picture that it was made of.
    ///   - statistics: the scene's; nil takes the frame's own.
    public func focus(
        of frame: Frame, at pixel: (x: Int, y: Int), style: StyleTokens, styleSize: (width: Int, height: Int),
        statistics: SceneStatistics? = nil
    ) -> Focus {
        alignment(of: frame, at: pixel, style: style, styleSize: styleSize, statistics: statistics).focus
    }

    /// The same, with Z_cs of that position as the painting has it, its parts one after the other.
    func alignment(
        of frame: Frame, at pixel: (x: Int, y: Int), style: StyleTokens, styleSize: (width: Int, height: Int),
        statistics: SceneStatistics? = nil
    ) -> (focus: Focus, aligned: [Float]) {
        precondition(
            (0..<frame.width).contains(pixel.x) && (0..<frame.height).contains(pixel.y),
            "\(pixel) is outside of \(frame.width) x \(frame.height)")
        precondition(style.heads == configuration.heads, "tokens of another network")
        let padded = paddedSize(width: styleSize.width, height: styleSize.height)
        let (columns, rows) = (padded.width / stride, padded.height / stride)
        precondition(columns * rows == style.count, "tokens of a picture of another size")

        let deepest = configuration.deepest
        let gateName = configuration.isGated ? "align.gate.4" : nil
        let names = [deepest.name, "align.query", "zcs"] + [gateName].compactMap { $0 }
        let graph = painting.cut(from: [], to: names.map { painting[$0] })
        let size = paddedSize(width: frame.width, height: frame.height)
        let runner = Runner(Plan(graph, height: size.height, width: size.width), layers, team: team)
        runner.whole(stage: "encode", source: frame)
        let held = runner.holdStatistics(of: deepest)
        (statistics ?? SceneStatistics(of: [(deepest, runner[deepest.name])], team: team))[deepest].fill(held)
        let tokens = TokenNames()
        runner[graph[tokens.keys]] = style.keys
        runner[graph[tokens.values]] = style.values
        runner.whole(stage: "align")

        let (x, y) = (pixel.x / stride, pixel.y / stride)
        func position(_ name: String) -> [Float] {
            let tensor = runner[name]
            return (0..<tensor.channels).map { tensor[y, x, $0] }
        }
        let (query, gate) = (position("align.query"), gateName.map(position))
        let width = style.keys.channels
        let heads = (0..<configuration.heads).map { head in
            Focus.Head(
                query: query[head * width..<(head + 1) * width], keys: style.keys, head: head,
                alpha: Double(configuration.alpha), gate: gate.map { ($0[head], $0[configuration.heads + head]) })
        }
        let focus = Focus(column: x, row: y, stride: stride, columns: columns, rows: rows, heads: heads)
        return (focus, position("zcs"))
    }
}

extension Focus.Head {
    /// - Parameters:
    ///   - query: the head's slice, of any length; `gate`: ψ's values for λ and for β, before their sigmoid.
    fileprivate init(query: ArraySlice<Float>, keys: Tensor, head: Int, alpha: Double, gate: (Float, Float)?) {
        let row = keys.row(head)
        let length = max(query.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot(), 1e-6)
        let scores = (0..<keys.width).map { token in
            zip(query, 0...).reduce(0) { $0 + Double($1.0) * Double(row[token * keys.channels + $1.1]) }
                * alpha / length
        }
        let highest = scores.max()!
        let powers = scores.map { exp($0 - highest) }
        let sum = powers.reduce(0, +)
        func share(_ psi: Float) -> Double { 0.125 + 0.375 / (1 + exp(-Double(psi))) }
        self.init(
            attention: powers.map { $0 / sum },
            threshold: gate.map { (share($0.0) + share($0.1)) / Double(keys.width) })
    }
}
