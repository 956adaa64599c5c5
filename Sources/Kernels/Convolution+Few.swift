internal import CKernels

/// Convolutions at stride 1 to at most four channels, which would leave a vector of output channels nearly empty: the
/// vectors run along the input's channels, and are added up in the end. (From 16 to 3 channels at 1080p: 19 ms of one
/// thread with AVX-512, where Winograd's filtering takes 40, 3 of 16 lanes used.)
extension Convolution {
    /// Output channels at most.
    package static let few = 4

    /// Input channels, padded to whole vectors of sixteen.
    private static func depth(_ inputChannels: Int) -> Int { (inputChannels + 15) / 16 * 16 }

    /// Floats of the packed weights.
    package static func fewWeightCount(_ shape: ConvolutionShape) -> Int {
        shape.kernelHeight * shape.kernelWidth * depth(shape.inputChannels) * shape.outputChannels
    }

    /// - Parameter weight: [outputChannels, inputChannels, kernelHeight, kernelWidth]
    package static func packFew(
        _ weight: UnsafePointer<Float>, _ shape: ConvolutionShape, into packed: UnsafeMutablePointer<Float>
    ) {
        let (taps, inputs) = (shape.kernelHeight * shape.kernelWidth, shape.inputChannels)
        packed.update(repeating: 0, count: fewWeightCount(shape))
        for tap in 0..<taps {
            for i in 0..<inputs {
                for o in 0..<shape.outputChannels {
                    let place = (tap * depth(inputs) / 16 + i / 16) * shape.outputChannels + o
                    packed[place * 16 + i % 16] = weight[(o * inputs + i) * taps + tap]
                }
            }
        }
    }

    /// Floats that `fewPanel` needs as scratch: its lines, and sixteen positions more that the last vector of sums
    /// reads.
    package static func fewScratchCount(_ shape: ConvolutionShape, panelWidth: Int) -> Int {
        shape.kernelHeight * fewLine(shape, panelWidth) + panelWidth * shape.outputChannels
    }

    private static func fewLine(_ shape: ConvolutionShape, _ positions: Int) -> Int {
        (positions + 16 + shape.kernelWidth - 1) * depth(shape.inputChannels)
    }

    /// Computes output positions `columns` of output row `y`.
    /// - Parameters:
    ///   - weights: as `packFew` packs them.
    ///   - bias: 16 floats, each channel's again and again.
    package static func fewPanel(
        _ input: UnsafePointer<Float>, _ shape: ConvolutionShape, _ row: KernelTable.Row,
        weights: UnsafePointer<Float>, bias: UnsafePointer<Float>, ends: ConvolutionEnds, y: Int, columns: Range<Int>,
        into output: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) {
        let (depth, line) = (depth(shape.inputChannels), fewLine(shape, columns.count))
        let (lines, channels) = (scratch + columns.count * shape.outputChannels, shape.outputChannels)
        for ky in 0..<shape.kernelHeight {
            copyLine(
                input, shape, row.gemm, y: y - shape.margin + ky, left: columns.lowerBound - shape.margin,
                pre: ends.pre, into: lines + ky * line, columns.count + shape.kernelWidth - 1, depth: depth)
        }
        var from = stylevideo_few(
            channels: channels, height: shape.kernelHeight, width: shape.kernelWidth, depth: depth, line: line,
            weights: weights, bias: bias)
        row.level.few(&from, lines, columns.count, scratch)
        let place = (y * shape.outputWidth + columns.lowerBound) * channels
        finish(
            scratch, channels, ends, adding: ends.added.map { $0 + place }, into: output + place,
            positions: 1, channels: columns.count * channels, row.level)
    }
}
