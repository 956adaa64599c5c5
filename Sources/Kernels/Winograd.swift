/// 3x3 convolutions at stride 1 by Winograd's minimal filtering, F(4x4, 3x3): a tile of 4x4 outputs from 6x6 inputs by
/// 36 products instead of 144 (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016), its points
/// 0, ±1, ±2 and infinity.
///
/// A panel is `tiles` of one row of tiles: the input is transformed to 36 matrices [tiles, inputChannels], each
/// multiplied by its matrix of weights, and the 36 products are transformed back. Tiles lie on a grid that begins at
/// the output's corner, whatever rows are asked for, and no value depends on which tiles share its panel.
package enum Winograd {
    /// Outputs of a tile, each way.
    package static let side = 4
    private static let patch = 6
    /// Matrices that a panel is multiplied by.
    package static let products = 36

    /// Floats of the transformed weights.
    package static func weightCount(_ inputChannels: Int, _ outputChannels: Int) -> Int {
        products * PackedGemm.packedCount(k: inputChannels, n: outputChannels)
    }

    /// G g Gᵀ of every filter, in double, as 36 packed matrices [inputChannels, outputChannels].
    /// - Parameter weight: [outputChannels, inputChannels, 3, 3]
    package static func transform(
        weight: UnsafePointer<Float>, inputChannels: Int, outputChannels: Int,
        into packed: UnsafeMutablePointer<Float>
    ) {
        let g: [[Double]] = [
            [1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6], [1 / 24, 1 / 12, 1 / 6],
            [1 / 24, -1 / 12, 1 / 6], [0, 0, 1],
        ]
        let size = inputChannels * outputChannels
        let plain = UnsafeMutablePointer<Float>.allocate(capacity: products * size)
        defer { plain.deallocate() }
        for o in 0..<outputChannels {
            for i in 0..<inputChannels {
                let filter = weight + (o * inputChannels + i) * 9
                for u in 0..<patch {
                    let row = (0..<3).map { x in (0..<3).reduce(0.0) { $0 + g[u][$1] * Double(filter[$1 * 3 + x]) } }
                    for v in 0..<patch {
                        let value = (0..<3).reduce(0.0) { $0 + row[$1] * g[v][$1] }
                        plain[(u * patch + v) * size + i * outputChannels + o] = Float(value)
                    }
                }
            }
        }
        let packedSize = PackedGemm.packedCount(k: inputChannels, n: outputChannels)
        for product in 0..<products {
            PackedGemm.pack(
                plain + product * size, stride: outputChannels, k: inputChannels, n: outputChannels,
                into: packed + product * packedSize)
        }
    }

    /// The places of a panel's matrices in its scratch.
    package struct Plan: Sendable {
        package let shape: ConvolutionShape
        /// Tiles of a panel; the last of a row may have fewer.
        package let tiles: Int
        package let panelsPerRow: Int
        let paddedOutput: Int

        package init(_ shape: ConvolutionShape, budget: Int = 196_608) {
            self.shape = shape
            paddedOutput = PackedGemm.paddedWidth(shape.outputChannels)
            let perTile = products * (shape.inputChannels + paddedOutput) + 4 * patch * shape.inputChannels
            let all = (shape.outputWidth + side - 1) / side
            let most = max(budget / perTile / PackedGemm.tile, 2) * PackedGemm.tile
            let panels = (all + most - 1) / most
            tiles = (all + panels - 1) / panels
            panelsPerRow = (all + tiles - 1) / tiles
        }

        package var tileRows: Int { (shape.outputHeight + side - 1) / side }
        var columns: Int { side * tiles + 2 }
        /// Also holds the rows of a narrow output in the end.
        var lineCount: Int {
            max(patch * columns * shape.inputChannels, side * (side * tiles * min(shape.outputChannels, 8) + 8))
        }
        var inputCount: Int { products * tiles * shape.inputChannels }
        package var scratchCount: Int {
            lineCount + inputCount + products * tiles * paddedOutput + columns * shape.inputChannels
        }
    }

    /// Computes panel `panel` of row `tileRow` of tiles, and writes those of its rows that lie in `rows`.
    package static func panel(
        _ input: UnsafePointer<Float>, _ plan: Plan, weights: UnsafePointer<Float>, ends: ConvolutionEnds, tileRow: Int, panel: Int,
        rows: Range<Int>, into output: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) {
        let shape = plan.shape
        let first = panel * plan.tiles
        let tiles = min(plan.tiles, (shape.outputWidth + side - 1) / side - first)
        let lines = scratch
        let transformed = lines + plan.lineCount
        let products = transformed + plan.inputCount
        let zeros = products + Winograd.products * plan.tiles * plan.paddedOutput
        gather(input, plan, tileRow: tileRow, first: first, tiles: tiles, pre: ends.pre, into: lines, zeros: zeros)
        transformLines(lines, plan, tiles: tiles, into: transformed)
        let (channels, width) = (shape.inputChannels, plan.paddedOutput)
        for product in 0..<Winograd.products {
            PackedGemm.multiply(
                .init(transformed + product * tiles * channels, rowStride: channels), weights + product * channels * width,
                into: products + product * tiles * width, width, m: tiles, n: width, k: channels)
        }
        if shape.outputChannels < 8 {
            finishNarrow(products, plan, ends, tileRow, first, tiles, rows, output, lines)
            return
        }
        for tile in 0..<tiles {
            finish(
                products + tile * width, tiles * width, plan, ends, y: tileRow * side, x: (first + tile) * side,
                rows: rows, into: output)
        }
    }

    /// Bᵀ d down the columns of the padded input under a panel: six lines [columns, inputChannels].
    private static func gather(
        _ input: UnsafePointer<Float>, _ plan: Plan, tileRow: Int, first: Int, tiles: Int, pre: Activation,
        into lines: UnsafeMutablePointer<Float>, zeros: UnsafeMutablePointer<Float>
    ) {
        let shape = plan.shape
        let channels = shape.inputChannels
        let columns = side * tiles + 2
        let left = first * side - shape.margin
        let lineStride = plan.columns * channels
        let rows = Rows(input, shape, top: tileRow * side - shape.margin, left: left, columns: columns, zeros: zeros)
        // Columns inside the picture lie without gaps and go in one run; those that padding shows go one by one.
        let inside = max(left, 0)..<max(min(left + columns, shape.inputWidth), max(left, 0))
        var x = left
        while x < left + columns {
            let to = lines + (x - left) * channels
            if x == inside.lowerBound && !inside.isEmpty {
                transformColumns(rows.at(x * channels), inside.count * channels, pre, into: to, lineStride)
                x = inside.upperBound
                continue
            }
            let source = paddedIndex(x, shape.inputWidth, shape.padding)
            if source < 0 {
                for line in 0..<patch { (to + line * lineStride).update(repeating: 0, count: channels) }
            } else {
                transformColumns(rows.at(source * channels), channels, pre, into: to, lineStride)
            }
            x += 1
        }
    }

    /// Six rows of the padded input.
    private struct Rows {
        var r0, r1, r2, r3, r4, r5: UnsafePointer<Float>

        /// - Parameter zeros: room for `columns` positions, filled only where a row lies beyond the picture.
        init(
            _ input: UnsafePointer<Float>, _ shape: ConvolutionShape, top: Int, left: Int, columns: Int,
            zeros: UnsafeMutablePointer<Float>
        ) {
            let channels = shape.inputChannels
            func row(_ i: Int) -> UnsafePointer<Float> {
                let y = paddedIndex(top + i, shape.inputHeight, shape.padding)
                if y >= 0 { return input + y * shape.inputWidth * channels }
                zeros.update(repeating: 0, count: columns * channels)
                return UnsafePointer(zeros) - left * channels
            }
            (r0, r1, r2, r3, r4, r5) = (row(0), row(1), row(2), row(3), row(4), row(5))
        }

        private init(_ r: Rows, _ offset: Int) {
            (r0, r1, r2) = (r.r0 + offset, r.r1 + offset, r.r2 + offset)
            (r3, r4, r5) = (r.r3 + offset, r.r4 + offset, r.r5 + offset)
        }

        @inline(__always)
        func at(_ offset: Int) -> Rows { Rows(self, offset) }
    }

    private static func transformColumns(
        _ rows: Rows, _ count: Int, _ pre: Activation, into to: UnsafeMutablePointer<Float>, _ lineStride: Int
    ) {
        if pre == .relu {
            transformColumns(rows, count, rectify: true, into: to, lineStride)
        } else {
            transformColumns(rows, count, rectify: false, into: to, lineStride)
        }
    }

    @inline(__always)
    private static func transformColumns(
        _ rows: Rows, _ count: Int, rectify: Bool, into to: UnsafeMutablePointer<Float>, _ lineStride: Int
    ) {
        vectors(count) { i, n in
            var d = Six(
                load(rows.r0 + i, n), load(rows.r1 + i, n), load(rows.r2 + i, n), load(rows.r3 + i, n),
                load(rows.r4 + i, n), load(rows.r5 + i, n))
            if rectify { d.rectify() }
            d.transformInput()
            d.store(to + i, lineStride, n)
        }
    }

    /// (Bᵀ d) B along the lines: from six lines to 36 matrices [tiles, inputChannels].
    private static func transformLines(
        _ lines: UnsafePointer<Float>, _ plan: Plan, tiles: Int, into matrices: UnsafeMutablePointer<Float>
    ) {
        let channels = plan.shape.inputChannels
        let size = tiles * channels
        for line in 0..<patch {
            for tile in 0..<tiles {
                let from = lines + (line * plan.columns + tile * side) * channels
                let to = matrices + line * patch * size + tile * channels
                vectors(channels) { c, n in
                    var d = Six(from + c, channels, n)
                    d.transformInput()
                    d.store(to + c, size, n)
                }
            }
        }
    }

    /// Aᵀ m A of one tile, and what is fused into the output: the tile's 4x4 positions that lie in `rows` and in the
    /// picture.
    private static func finish(
        _ products: UnsafePointer<Float>, _ size: Int, _ plan: Plan, _ ends: ConvolutionEnds, y: Int, x: Int, rows: Range<Int>,
        into output: UnsafeMutablePointer<Float>
    ) {
        let (width, channels) = (plan.shape.outputWidth, plan.shape.outputChannels)
        let columns = min(side, width - x)
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
                    put(o.0 + bias, added, 0, n, ends.post, output + place)
                    if columns > 1 { put(o.1 + bias, added, channels, n, ends.post, output + place) }
                    if columns > 2 { put(o.2 + bias, added, 2 * channels, n, ends.post, output + place) }
                    if columns > 3 { put(o.3 + bias, added, 3 * channels, n, ends.post, output + place) }
                }
            }
        }
    }

    /// The same for fewer channels than a vector has: tiles are laid into rows without gaps first, each vector over the
    /// lanes of the last that do not count, and the ends go along the rows. (Storing and activating three lanes of eight
    /// at every position took twice as long.)
    private static func finishNarrow(
        _ products: UnsafePointer<Float>, _ plan: Plan, _ ends: ConvolutionEnds, _ tileRow: Int, _ first: Int,
        _ tiles: Int, _ rows: Range<Int>, _ output: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>
    ) {
        let (channels, width) = (plan.shape.outputChannels, plan.shape.outputWidth)
        let rowLength = side * tiles * channels
        let bias = load(ends.bias)
        let size = tiles * 8
        for tile in 0..<tiles {
            let from = products + tile * 8
            let columns = (
                Six(from, patch * size, 8).output, Six(from + size, patch * size, 8).output,
                Six(from + 2 * size, patch * size, 8).output, Six(from + 3 * size, patch * size, 8).output,
                Six(from + 4 * size, patch * size, 8).output, Six(from + 5 * size, patch * size, 8).output
            )
            let to = scratch + tile * side * channels
            lay(columns.0.0, columns.1.0, columns.2.0, columns.3.0, columns.4.0, columns.5.0, bias, to, channels)
            lay(
                columns.0.1, columns.1.1, columns.2.1, columns.3.1, columns.4.1, columns.5.1, bias,
                to + (rowLength + 8), channels)
            lay(
                columns.0.2, columns.1.2, columns.2.2, columns.3.2, columns.4.2, columns.5.2, bias,
                to + 2 * (rowLength + 8), channels)
            lay(
                columns.0.3, columns.1.3, columns.2.3, columns.3.3, columns.4.3, columns.5.3, bias,
                to + 3 * (rowLength + 8), channels)
        }
        let x = first * side
        let count = (min(x + side * tiles, width) - x) * channels
        for row in 0..<side where rows.contains(tileRow * side + row) {
            let place = ((tileRow * side + row) * width + x) * channels
            vectors(count) { i, n in
                put(load(scratch + row * (rowLength + 8) + i, n), ends.added.map { $0 + place }, i, n, ends.post, output + place)
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

    /// One side of a patch: six vectors of channels.
    private struct Six {
        var d0, d1, d2, d3, d4, d5: Lanes

        @inline(__always)
        init(_ d0: Lanes, _ d1: Lanes, _ d2: Lanes, _ d3: Lanes, _ d4: Lanes, _ d5: Lanes) {
            (self.d0, self.d1, self.d2, self.d3, self.d4, self.d5) = (d0, d1, d2, d3, d4, d5)
        }

        @inline(__always)
        init(_ from: UnsafePointer<Float>, _ stride: Int, _ n: Int) {
            (d0, d1, d2) = (load(from, n), load(from + stride, n), load(from + 2 * stride, n))
            (d3, d4, d5) = (load(from + 3 * stride, n), load(from + 4 * stride, n), load(from + 5 * stride, n))
        }

        @inline(__always)
        func store(_ to: UnsafeMutablePointer<Float>, _ stride: Int, _ n: Int) {
            Kernels.store(d0, to, n)
            Kernels.store(d1, to + stride, n)
            Kernels.store(d2, to + 2 * stride, n)
            Kernels.store(d3, to + 3 * stride, n)
            Kernels.store(d4, to + 4 * stride, n)
            Kernels.store(d5, to + 5 * stride, n)
        }

        @inline(__always)
        mutating func rectify() {
            (d0, d1, d2) = (d0.rectified, d1.rectified, d2.rectified)
            (d3, d4, d5) = (d3.rectified, d4.rectified, d5.rectified)
        }

        /// Bᵀ d.
        @inline(__always)
        mutating func transformInput() {
            let four = Lanes(repeating: 4)
            let five = Lanes(repeating: -5)
            let even = d4.addingProduct(d2, -four)
            let odd = d3.addingProduct(d1, -four)
            let evenTwice = d4 - d2
            let oddTwice = d3 - d1
            let two = Lanes(repeating: 2)
            let first = d4.addingProduct(d0, four).addingProduct(d2, five)
            let last = d5.addingProduct(d1, four).addingProduct(d3, five)
            self = Six(
                first, even + odd, even - odd, evenTwice.addingProduct(oddTwice, two),
                evenTwice.addingProduct(oddTwice, -two), last)
        }

        /// Aᵀ m.
        @inline(__always)
        var output: (Lanes, Lanes, Lanes, Lanes) {
            let (sum, difference) = (d1 + d2, d1 - d2)
            let (sumTwice, differenceTwice) = (d3 + d4, d3 - d4)
            return (
                d0 + sum + sumTwice, difference.addingProduct(differenceTwice, Lanes(repeating: 2)),
                sum.addingProduct(sumTwice, Lanes(repeating: 4)),
                (difference + d5).addingProduct(differenceTwice, Lanes(repeating: 8))
            )
        }
    }
}
