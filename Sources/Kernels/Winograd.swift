/// 3x3 convolutions at stride 1 by Winograd's minimal filtering, F(4x4, 3x3): a tile of 4x4 outputs from 6x6 inputs by
/// 36 products instead of 144 (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016), its points
/// 0, ±1, ±2 and infinity.
///
/// A panel is some tiles of one row of tiles: the input is transformed to 36 matrices [tiles, inputChannels], each
/// multiplied by its matrix of weights, and the 36 products are transformed back. Tiles lie on a grid that begins at
/// the output's corner, whatever positions are asked for, and no value depends on which tiles share its panel.
package enum Winograd {
    /// Outputs of a tile, each way.
    package static let side = 4
    static let patch = 6
    /// Matrices that a panel is multiplied by.
    package static let products = 36

    /// Floats of the transformed weights.
    package static func weightCount(_ inputChannels: Int, _ outputChannels: Int, _ gemm: PackedGemm) -> Int {
        products * gemm.packedCount(k: inputChannels, n: outputChannels)
    }

    /// G g Gᵀ of every filter, in double, as 36 matrices [inputChannels, outputChannels] that `gemm` has packed.
    /// - Parameter weight: [outputChannels, inputChannels, 3, 3]
    package static func transform(
        weight: UnsafePointer<Float>, inputChannels: Int, outputChannels: Int, gemm: PackedGemm,
        into packed: UnsafeMutablePointer<Float>
    ) {
        let size = inputChannels * outputChannels
        let plain = UnsafeMutablePointer<Float>.allocate(capacity: products * size)
        defer { plain.deallocate() }
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 3 * patch) { half in
            for o in 0..<outputChannels {
                for i in 0..<inputChannels {
                    let filter = weight + (o * inputChannels + i) * 9
                    for x in 0..<3 {  // down the columns, then along the rows of the result
                        let f = (Double(filter[x]), Double(filter[3 + x]), Double(filter[6 + x]))
                        transformFilter(f) { u, value in half[3 * u + x] = value }
                    }
                    for u in 0..<patch {
                        let f = (half[3 * u], half[3 * u + 1], half[3 * u + 2])
                        let to = plain + u * patch * size + i * outputChannels + o
                        transformFilter(f) { v, value in to[v * size] = Float(value) }
                    }
                }
            }
        }
        let packedSize = gemm.packedCount(k: inputChannels, n: outputChannels)
        for product in 0..<products {
            gemm.pack(
                plain + product * size, stride: outputChannels, k: inputChannels, n: outputChannels,
                into: packed + product * packedSize)
        }
    }

    /// G f of three taps.
    @inline(__always)
    private static func transformFilter(_ f: (Double, Double, Double), _ put: (Int, Double) -> Void) {
        let ends = f.0 + f.2
        let far = f.0 + 4 * f.2
        put(0, f.0 / 4)
        put(1, -(ends + f.1) / 6)
        put(2, -(ends - f.1) / 6)
        put(3, (far + 2 * f.1) / 24)
        put(4, (far - 2 * f.1) / 24)
        put(5, f.2)
    }

    /// The places of a panel's matrices in its scratch.
    package struct Plan: Sendable {
        package let shape: ConvolutionShape
        /// Multiplies, and has packed the weights.
        let gemm: PackedGemm
        /// Tiles of a panel at most.
        package let tiles: Int
        let paddedOutput: Int

        /// Register tiles of a panel at least, though it may then leave the L2 cache. Where the weights do not fit into
        /// a cache either, each panel reads all of them (512 to 512 channels: 226 ms with 2, 146 with 5, 143 with 10).
        private static let least = 5

        /// - Parameter budget: floats of a panel, half of a 1 MB L2 cache; half and twice of it measure the same.
        package init(_ shape: ConvolutionShape, _ gemm: PackedGemm, budget: Int = 131_072) {
            (self.shape, self.gemm) = (shape, gemm)
            paddedOutput = gemm.paddedWidth(shape.outputChannels)
            let perTile = products * (shape.inputChannels + paddedOutput) + 4 * patch * shape.inputChannels
            let most = max(budget / perTile / gemm.tile, Self.least) * gemm.tile
            tiles = Self.panel(of: (shape.outputWidth + side - 1) / side, most: most, gemm)
        }

        /// Tiles of each panel where `all` lie side by side; the last may have fewer. Whole register tiles: 15 tiles in
        /// place of 18 cost a fifth more.
        private static func panel(of all: Int, most: Int, _ gemm: PackedGemm) -> Int {
            let panels = (all + most - 1) / most
            return ((all + panels - 1) / panels + gemm.tile - 1) / gemm.tile * gemm.tile
        }

        /// The panels over some columns: the numbers of all their tiles, and how many go into each.
        package func panels(over columns: Range<Int>) -> (tiles: Range<Int>, panel: Int) {
            let all = columns.lowerBound / side..<(columns.upperBound + side - 1) / side
            return (all, Self.panel(of: all.count, most: tiles, gemm))
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

    /// Computes some tiles of row `tileRow` of tiles, and writes their positions that lie in `rows` and `columns`.
    package static func panel(
        _ input: UnsafePointer<Float>, _ plan: Plan, weights: UnsafePointer<Float>, ends: ConvolutionEnds, tileRow: Int,
        tiles: Range<Int>, rows: Range<Int>, columns: Range<Int>, into output: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let shape = plan.shape
        let (first, tiles) = (tiles.lowerBound, tiles.count)
        let lines = scratch
        let transformed = lines + plan.lineCount
        let products = transformed + plan.inputCount
        let zeros = products + Winograd.products * plan.tiles * plan.paddedOutput
        gather(input, plan, tileRow: tileRow, first: first, tiles: tiles, pre: ends.pre, into: lines, zeros: zeros)
        transformLines(lines, plan, tiles: tiles, into: transformed)
        let (channels, width) = (shape.inputChannels, plan.paddedOutput)
        for product in 0..<Winograd.products {
            plan.gemm.multiply(
                .init(transformed + product * tiles * channels, rowStride: channels),
                weights + product * channels * width,
                into: products + product * tiles * width, width, m: tiles, n: width, k: channels)
        }
        if shape.outputChannels < 8 {
            finishNarrow(products, plan, ends, tileRow, first, tiles, rows, columns, output, lines)
            return
        }
        for tile in 0..<tiles {
            finish(
                products + tile * width, tiles * width, plan, ends, y: tileRow * side, x: (first + tile) * side,
                rows: rows, columns: columns, into: output)
        }
    }
}
