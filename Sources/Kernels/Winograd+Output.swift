/// Aᵀ m A: from 36 products to the output.
extension Winograd {
    /// Aᵀ m A of one tile, and what is fused into the output: those of the tile's 4x4 positions that lie in `rows` and
    /// `columns`.
    static func finish(
        _ products: UnsafePointer<Float>, _ size: Int, _ plan: Plan, _ ends: ConvolutionEnds, y: Int, x: Int,
        rows: Range<Int>, columns: Range<Int>, into output: UnsafeMutablePointer<Float>
    ) {
        let (width, channels) = (plan.shape.outputWidth, plan.shape.outputChannels)
        let (first, end) = (columns.lowerBound - x, columns.upperBound - x)
        withUnsafeTemporaryAllocation(of: Lanes.self, capacity: patch * side) { between in
            vectors(channels) { c, n in
                for column in 0..<patch {
                    let m = Six(products + column * size + c, patch * size, 8)
                    let o = m.output
                    between[column] = o.0
                    between[patch + column] = o.1
                    between[2 * patch + column] = o.2
                    between[3 * patch + column] = o.3
                }
                let bias = load(ends.bias + c)
                for row in 0..<side where rows.contains(y + row) {
                    let b = between.baseAddress! + row * patch
                    let o = Six(b[0], b[1], b[2], b[3], b[4], b[5]).output
                    let place = ((y + row) * width + x) * channels + c
                    let added = ends.added.map { $0 + place }
                    if first < 1 { put(o.0 + bias, added, 0, n, ends.post, output + place) }
                    if first < 2, end > 1 { put(o.1 + bias, added, channels, n, ends.post, output + place) }
                    if first < 3, end > 2 { put(o.2 + bias, added, 2 * channels, n, ends.post, output + place) }
                    if end > 3 { put(o.3 + bias, added, 3 * channels, n, ends.post, output + place) }
                }
            }
        }
    }

    /// The same for fewer channels than `Lanes` has. Tiles are laid into rows without gaps first, each vector over the
    /// lanes of the last that do not count, and the ends go along the rows. (Storing and activating three lanes of
    /// eight at every position took twice as long.)
    static func finishNarrow(
        _ products: UnsafePointer<Float>, _ plan: Plan, _ ends: ConvolutionEnds, _ tileRow: Int, _ first: Int,
        _ tiles: Int, _ rows: Range<Int>, _ columns: Range<Int>, _ output: UnsafeMutablePointer<Float>,
        _ scratch: UnsafeMutablePointer<Float>
    ) {
        let (channels, width) = (plan.shape.outputChannels, plan.shape.outputWidth)
        let rowLength = side * tiles * channels
        let bias = load(ends.bias)
        let size = tiles * plan.paddedOutput
        for tile in 0..<tiles {
            let from = products + tile * plan.paddedOutput
            let sides = (
                Six(from, patch * size, 8).output, Six(from + size, patch * size, 8).output,
                Six(from + 2 * size, patch * size, 8).output, Six(from + 3 * size, patch * size, 8).output,
                Six(from + 4 * size, patch * size, 8).output, Six(from + 5 * size, patch * size, 8).output
            )
            let to = scratch + tile * side * channels
            lay(sides.0.0, sides.1.0, sides.2.0, sides.3.0, sides.4.0, sides.5.0, bias, to, channels)
            lay(
                sides.0.1, sides.1.1, sides.2.1, sides.3.1, sides.4.1, sides.5.1, bias,
                to + (rowLength + 8), channels)
            lay(
                sides.0.2, sides.1.2, sides.2.2, sides.3.2, sides.4.2, sides.5.2, bias,
                to + 2 * (rowLength + 8), channels)
            lay(
                sides.0.3, sides.1.3, sides.2.3, sides.3.3, sides.4.3, sides.5.3, bias,
                to + 3 * (rowLength + 8), channels)
        }
        let asked = columns.clamped(to: first * side..<(first + tiles) * side)
        let skipped = (asked.lowerBound - first * side) * channels
        for row in 0..<side where rows.contains(tileRow * side + row) {
            let place = ((tileRow * side + row) * width + asked.lowerBound) * channels
            vectors(asked.count * channels) { i, n in
                put(
                    load(scratch + row * (rowLength + 8) + skipped + i, n), ends.added.map { $0 + place }, i, n,
                    ends.post,
                    output + place)
            }
        }
    }

    @inline(__always)
    private static func lay(
        _ d0: Lanes, _ d1: Lanes, _ d2: Lanes, _ d3: Lanes, _ d4: Lanes, _ d5: Lanes, _ bias: Lanes,
        _ to: UnsafeMutablePointer<Float>, _ channels: Int
    ) {
        let o = Six(d0, d1, d2, d3, d4, d5).output
        store(o.0 + bias, to)
        store(o.1 + bias, to + channels)
        store(o.2 + bias, to + 2 * channels)
        store(o.3 + bias, to + 3 * channels)
    }

    @inline(__always)
    private static func put(
        _ value: Lanes, _ added: UnsafePointer<Float>?, _ offset: Int, _ n: Int, _ post: Activation,
        _ output: UnsafeMutablePointer<Float>
    ) {
        var value = value
        if let added { value += load(added + offset, n) }
        store(Convolution.activated(value, post), output + offset, n)
    }
}
