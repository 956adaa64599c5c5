internal import CKernels

/// What a convolution does to its output before it is stored, or to its input as it is read (`none` and `relu` only).
public enum Activation: Sendable {
    case none
    case relu
    /// (tanh(v) + 1) / 2, which is the sigmoid of 2 v.
    case tanhToUnit
}

/// The shapes of one convolution over [inputHeight, inputWidth, inputChannels].
package struct ConvolutionShape: Sendable {
    package var inputHeight, inputWidth, inputChannels: Int
    package var outputHeight, outputWidth, outputChannels: Int
    package var kernelHeight, kernelWidth, stride, margin: Int
    package var padding: Padding

    package init(
        inputHeight: Int, inputWidth: Int, inputChannels: Int, outputChannels: Int, kernelHeight: Int, kernelWidth: Int,
        stride: Int, margin: Int, padding: Padding
    ) {
        (self.inputHeight, self.inputWidth, self.inputChannels) = (inputHeight, inputWidth, inputChannels)
        (self.kernelHeight, self.kernelWidth) = (kernelHeight, kernelWidth)
        (self.stride, self.margin, self.padding, self.outputChannels) = (stride, margin, padding, outputChannels)
        outputHeight = (inputHeight + 2 * margin - kernelHeight) / stride + 1
        outputWidth = (inputWidth + 2 * margin - kernelWidth) / stride + 1
    }

    /// Numbers in the window of one output position, each input position's in whole words.
    package func window(_ gemm: PackedGemm) -> Int {
        kernelHeight * kernelWidth * gemm.words(inputChannels) * gemm.numbers
    }
}

/// What is fused into a convolution's ends.
package struct ConvolutionEnds {
    package var pre: Activation
    /// Padded with zeros to whole vectors.
    package var bias: UnsafePointer<Float>
    /// Of the output's shape, added before `post`; may be the output itself.
    package var added: UnsafePointer<Float>?
    package var post: Activation

    package init(pre: Activation, bias: UnsafePointer<Float>, added: UnsafePointer<Float>?, post: Activation) {
        (self.pre, self.bias, self.added, self.post) = (pre, bias, added, post)
    }
}

/// Convolution as a matrix product: windows [positions, window] x weights [window, outputChannels], packed.
///
/// A window is `kernelHeight` runs of kernelWidth x inputChannels floats, one from each input row that it reaches over,
/// and the windows of neighbours begin stride x inputChannels floats apart: channels last, the input already holds the
/// matrix of windows, and nothing is gathered. Only where padding is seen, or the input is to be rectified or rounded
/// to bfloat16, the rows under a panel are first copied, padded.
package enum Convolution {
    /// Output positions of one panel: its rows of input and its sums take about half of a 1 MB L2 cache. Rows are cut
    /// evenly, each by itself, so that panels are the same whatever rows are asked for.
    package static func panelWidth(_ shape: ConvolutionShape, _ gemm: PackedGemm) -> Int {
        let perPosition =
            shape.kernelHeight * shape.stride * gemm.words(shape.inputChannels)
            + gemm.paddedWidth(shape.outputChannels)
        let most = max(98_304 / perPosition / gemm.tile, 2) * gemm.tile
        let panels = (shape.outputWidth + most - 1) / most
        let even = (shape.outputWidth + panels - 1) / panels
        return (even + gemm.tile - 1) / gemm.tile * gemm.tile
    }

    /// Floats that `panel` needs as scratch.
    package static func scratchCount(_ shape: ConvolutionShape, _ gemm: PackedGemm, panelWidth: Int) -> Int {
        let line = lineLength(shape, panelWidth) * gemm.words(shape.inputChannels)
        return shape.kernelHeight * line + panelWidth * gemm.paddedWidth(shape.outputChannels)
    }

    /// In positions.
    private static func lineLength(_ shape: ConvolutionShape, _ positions: Int) -> Int {
        (positions - 1) * shape.stride + shape.kernelWidth
    }

    /// Packs a layer's weights for `panel`, a window's values ordered (ky, kx, channel).
    /// - Parameter weight: [outputChannels, inputChannels, taps]
    package static func pack(
        _ weight: UnsafePointer<Float>, inputChannels: Int, outputChannels: Int, taps: Int, _ gemm: PackedGemm,
        into packed: UnsafeMutablePointer<Float>
    ) {
        let depth = gemm.words(inputChannels) * gemm.numbers
        gemm.pack(k: taps * depth, n: outputChannels, into: packed) { row, o in
            let (tap, i) = (row / depth, row % depth)
            return i < inputChannels ? Double(weight[(o * inputChannels + i) * taps + tap]) : 0
        }
    }

    /// Computes output positions `columns` of output row `y`.
    /// - Parameter weights: [window, outputChannels], as `pack` packs them.
    package static func panel(
        _ input: UnsafePointer<Float>, _ shape: ConvolutionShape, _ gemm: PackedGemm, weights: UnsafePointer<Float>,
        ends: ConvolutionEnds, y: Int, columns: Range<Int>, into output: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let width = gemm.paddedWidth(shape.outputChannels)
        let sums = scratch
        let lines = sums + columns.count * width
        let top = y * shape.stride - shape.margin
        let left = columns.lowerBound * shape.stride - shape.margin
        let length = lineLength(shape, columns.count)
        let inside =
            top >= 0 && top + shape.kernelHeight <= shape.inputHeight && left >= 0 && left + length <= shape.inputWidth
        let depth = gemm.words(shape.inputChannels)
        var from = input + (top * shape.inputWidth + left) * shape.inputChannels
        var lineStride = shape.inputWidth * shape.inputChannels
        if !inside || ends.pre != .none || gemm.isPaired {
            for ky in 0..<shape.kernelHeight {
                copyLine(
                    input, shape, gemm, y: top + ky, left: left, pre: ends.pre, into: lines + ky * length * depth,
                    length, depth: depth)
            }
            (from, lineStride) = (UnsafePointer(lines), length * depth)
        }
        let place = (y * shape.outputWidth + columns.lowerBound) * shape.outputChannels
        // Whole vectors of channels with nothing to add go straight to the output.
        let direct = width == shape.outputChannels && ends.added == nil && ends.post != .tanhToUnit
        gemm.multiply(
            .init(
                from, rowStride: shape.stride * depth, segments: shape.kernelHeight,
                segmentStride: lineStride),
            weights, into: direct ? output + place : sums, width, m: columns.count, n: width, k: shape.window(gemm),
            bias: ends.bias, rectify: direct && ends.post == .relu)
        if direct { return }
        finish(
            sums, width, ends, adding: ends.added.map { $0 + place }, into: output + place, positions: columns.count,
            channels: shape.outputChannels, gemm.level)
    }

    /// output = post(sums [+ added]) over [positions, channels]; the sums' rows are padded to `width`.
    static func finish(
        _ sums: UnsafePointer<Float>, _ width: Int, _ ends: ConvolutionEnds, adding added: UnsafePointer<Float>?,
        into output: UnsafeMutablePointer<Float>, positions: Int, channels: Int, _ level: stylevideo_level
    ) {
        for p in 0..<positions {
            vectors(channels) { c, n in
                var v = load(sums + p * width + c)
                if let added { v += load(added + p * channels + c, n) }
                store(ends.post == .relu ? v.rectified : v, output + p * channels + c, n)
            }
        }
        if ends.post == .tanhToUnit { level.sigmoid(output, positions * channels, 2) }
    }
}
