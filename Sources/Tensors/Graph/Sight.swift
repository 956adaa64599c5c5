/// What positions along one axis of a result see of what is read, to the last bit and with the edges, and which of them
/// see a change.
struct Sight {
    let reach: Reach
    /// Positions of a tile, on a grid that begins at 0: their last bits follow from all that the tile sees.
    let tile: Int
    /// Positions of what is read, and of the result.
    let length: Int
    let results: Int
    /// Whether what is read is mirrored beyond its edges, as often as needed.
    let reflects: Bool

    /// What is seen by `positions` and by those that are computed with them.
    func seen(by positions: Range<Int>) -> Range<Int> {
        guard !positions.isEmpty else { return 0..<0 }
        let seen = reach(whole(positions))
        var (first, end) = (seen.lowerBound, seen.upperBound)
        if reflects {
            first = min(first, 2 * length - 1 - seen.upperBound)
            end = max(end, 1 - seen.lowerBound)
        }
        return max(first, 0)..<max(min(end, length), max(first, 0))
    }

    /// The positions that see any of `changed`, as one range.
    func image(of changed: Range<Int>) -> Range<Int> {
        guard !changed.isEmpty else { return 0..<0 }
        var image = direct(changed)
        if reflects {
            let seen = reach(whole(0..<results))
            if seen.lowerBound <= -length || seen.upperBound >= 2 * length { return 0..<results }
            let left = (1 - changed.upperBound..<1 - changed.lowerBound).clamped(to: min(seen.lowerBound, 0)..<0)
            let right = (2 * length - 1 - changed.upperBound..<2 * length - 1 - changed.lowerBound)
                .clamped(to: length..<max(seen.upperBound, length))
            if !left.isEmpty { image = hull(image, direct(left)) }
            if !right.isEmpty { image = hull(image, direct(right)) }
        }
        return image.clamped(to: 0..<results)
    }

    /// As if the axis had no ends. A tile's first and last position alone see what lies beside the tile: Winograd's
    /// transforms take the patch's outermost values nowhere else. All else that it sees all of it does.
    private func direct(_ changed: Range<Int>) -> Range<Int> {
        let first = floor(changed.lowerBound * reach.finer - reach.after + reach.step - 1, reach.step)
        let last = floor(changed.upperBound * reach.finer - 1 + reach.before, reach.step)
        let seeing = first..<max(first, last + 1)
        guard tile > 1 else { return seeing }
        let inner = changed.lowerBound + reach.before - 1..<changed.upperBound + reach.before - 1
        return hull(seeing, whole(inner))
    }

    /// The tiles that hold positions.
    private func whole(_ positions: Range<Int>) -> Range<Int> {
        floor(positions.lowerBound, tile) * tile..<floor(positions.upperBound + tile - 1, tile) * tile
    }

    private func floor(_ a: Int, _ b: Int) -> Int { a >= 0 ? a / b : -((b - 1 - a) / b) }
}

/// The smallest range that holds both; of an empty one there is nothing to hold.
func hull(_ a: Range<Int>, _ b: Range<Int>) -> Range<Int> {
    if a.isEmpty || b.isEmpty { return a.isEmpty ? b : a }
    return min(a.lowerBound, b.lowerBound)..<max(a.upperBound, b.upperBound)
}

extension Operation {
    /// Down the rows and along the columns; nil for what is no picture.
    func sight(
        ofRead n: Int, from: (height: Int, width: Int), to: (height: Int, width: Int)
    ) -> (rows: Sight, columns: Sight)? {
        guard let reach = reach(ofRead: n) else { return nil }
        let tile = n == 0 ? tile : 1
        return (
            Sight(reach: reach.rows, tile: tile, length: from.height, results: to.height, reflects: reflects),
            Sight(reach: reach.columns, tile: tile, length: from.width, results: to.width, reflects: reflects)
        )
    }

    /// Positions of the result that come together, each way.
    var tile: Int {
        guard case .convolve(let layer, _, _) = self else { return 1 }
        return layer.isTiled ? ConvolutionLayer.tile : 1
    }

    private var reflects: Bool {
        switch self {
        case .convolve(let layer, _, _): layer.padding == .reflect
        case .read, .modulate: true
        default: false
        }
    }
}
