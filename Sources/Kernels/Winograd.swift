internal import CKernels

/// 3x3 convolutions at stride 1 by Winograd's minimal filtering, F(4x4, 3x3): a tile of 4x4 outputs from 6x6 inputs by
/// 36 products instead of 144 (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016), its points
/// 0, ±3/4, ±3/2 and infinity. The usual 0, ±1 and ±2 lose 5 dB more by rounding (paintings of five pictures whose 3x3
/// convolutions are so made in bfloat16, to those in float32: 43 to 48 dB; by these 48 to 51; ±5/8 and ±5/4: 48 to 51;
/// F(2x2, 3x3): 52 to 54).
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
        let plain = UnsafeMutablePointer<Double>.allocate(capacity: products * size)
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
                        transformFilter(f) { v, value in to[v * size] = value }
                    }
                }
            }
        }
        for product in 0..<products {
            let to = packed + product * gemm.packedCount(k: inputChannels, n: outputChannels)
            gemm.pack(k: inputChannels, n: outputChannels, into: to) { row, column in
                plain[product * size + row * outputChannels + column]
            }
        }
    }

    /// G f of three taps.
    @inline(__always)
    private static func transformFilter(_ f: (Double, Double, Double), _ put: (Int, Double) -> Void) {
        put(0, f.0 * 64 / 81)
        let near = (f.0 + 9 / 16 * f.2, 3 / 4 * f.1)
        let far = (f.0 + 9 / 4 * f.2, 3 / 2 * f.1)
        put(1, -(near.0 + near.1) * 128 / 243)
        put(2, -(near.0 - near.1) * 128 / 243)
        put(3, (far.0 + far.1) * 32 / 243)
        put(4, (far.0 - far.1) * 32 / 243)
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
        /// Of a tile's place in one of the matrices that are multiplied.
        let words: Int

        /// Tiles of a panel at least, though it may then leave the L2 cache. Where the weights do not fit into a cache
        /// either, each panel reads all of them (512 to 512 channels: 226 ms with 12, 146 with 30, 143 with 60). But 60
        /// of 64 channels leave it where 36 do not: 4 % of a frame.
        private static let least = 30

        /// - Parameter budget: floats of a panel, half of a 1 MB L2 cache; half and twice of it measure the same.
        package init(_ shape: ConvolutionShape, _ gemm: PackedGemm, budget: Int = 131_072) {
            (self.shape, self.gemm) = (shape, gemm)
            paddedOutput = gemm.paddedWidth(shape.outputChannels)
            words = gemm.words(shape.inputChannels)
            let perTile = products * (words + paddedOutput) + 4 * patch * shape.inputChannels
            let most = max(budget / perTile, Self.least + gemm.tile - 1) / gemm.tile * gemm.tile
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
        /// A row of zeros as long as the tiles see, or the rows of one tile where padding is seen.
        var lineCount: Int { max(side * tiles + 2, patch * patch) * shape.inputChannels }
        var inputCount: Int { products * distance(tiles * words) }
        package var scratchCount: Int { lineCount + inputCount + products * distance(tiles * paddedOutput) }

        /// From one of the 36 matrices to the next: an odd number of cache lines. A place of all of them is written and
        /// read together, and at even distances they would meet in a few sets of the cache (at 96 lines the input's
        /// transform takes four times as long with AVX2, two and a half times with AVX-512).
        func distance(_ count: Int) -> Int { ((count + 15) / 16 | 1) * 16 }
    }

    /// Computes some tiles of row `tileRow` of tiles, and writes their positions that lie in `rows` and `columns`.
    package static func panel(
        _ input: UnsafePointer<Float>, _ plan: Plan, weights: UnsafePointer<Float>, ends: ConvolutionEnds, tileRow: Int,
        tiles: Range<Int>, rows: Range<Int>, columns: Range<Int>, into output: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let (words, width) = (plan.words, plan.paddedOutput)
        let lines = scratch
        let transformed = lines + plan.lineCount
        let products = transformed + plan.inputCount
        transform(input, plan, tileRow: tileRow, tiles: tiles, pre: ends.pre, into: transformed, lines: lines)
        let (from, to) = (plan.distance(tiles.count * words), plan.distance(tiles.count * width))
        for product in 0..<Winograd.products {
            plan.gemm.multiply(
                .init(transformed + product * from, rowStride: words), weights + product * words * width,
                into: products + product * to, width, m: tiles.count, n: width, k: plan.shape.inputChannels)
        }
        finish(products, plan, ends, tileRow: tileRow, tiles: tiles, rows: rows, columns: columns, into: output)
    }

    /// Aᵀ m A, and what is fused into the output.
    private static func finish(
        _ products: UnsafePointer<Float>, _ plan: Plan, _ ends: ConvolutionEnds, tileRow: Int, tiles: Range<Int>,
        rows: Range<Int>, columns: Range<Int>, into output: UnsafeMutablePointer<Float>
    ) {
        let shape = plan.shape
        let (y, x) = (tileRow * side, tiles.lowerBound * side)
        let place = (y * shape.outputWidth + x) * shape.outputChannels
        let asked = (rows: rows.clamped(to: y..<y + side), columns: columns.clamped(to: x..<tiles.upperBound * side))
        var places = stylevideo_places(
            products: products, size: plan.distance(tiles.count * plan.paddedOutput), width: plan.paddedOutput,
            channels: shape.outputChannels, bias: ends.bias, added: ends.added.map { $0 + place },
            rectifies: ends.post == .relu, output: output + place, row: shape.outputWidth * shape.outputChannels,
            top: asked.rows.lowerBound - y, bottom: asked.rows.upperBound - y, left: asked.columns.lowerBound - x,
            right: asked.columns.upperBound - x)
        plan.gemm.level.places(&places, tiles.count)
        guard ends.post == .tanhToUnit else { return }
        for row in asked.rows {
            let to = output + (row * shape.outputWidth + asked.columns.lowerBound) * shape.outputChannels
            plan.gemm.level.sigmoid(to, asked.columns.count * shape.outputChannels, 2)
        }
    }
}
