/// What a convolution does to its output before it is stored, or to its input as it is read (`none` and `relu` only).
package enum Activation: Sendable {
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

    /// Values in the window of one output position.
    package var window: Int { kernelHeight * kernelWidth * inputChannels }
}

/// Convolution as a matrix product: windows [positions, window] x weights [window, outputChannels].
package enum Convolution {
    /// Output positions of one product: what keeps its windows within half of a 1 MB L2 cache.
    package static func panelWidth(_ shape: ConvolutionShape) -> Int {
        min(max(98_304 / shape.window / 16 * 16, 16), 384)
    }

    /// Writes the windows of output positions `columns` of output row `y` to `panel`, [positions, window], a window's
    /// values ordered (ky, kx, channel), rectified if `pre` says so.
    package static func gather(
        _ input: UnsafePointer<Float>, _ shape: ConvolutionShape, y: Int, columns: Range<Int>, pre: Activation,
        into panel: UnsafeMutablePointer<Float>
    ) {
        let channels = shape.inputChannels
        let rowLength = shape.kernelWidth * channels
        for ky in 0..<shape.kernelHeight {
            let sy = paddedIndex(y * shape.stride + ky - shape.margin, shape.inputHeight, shape.padding)
            var to = panel + ky * rowLength
            for x in columns {
                let sx = x * shape.stride - shape.margin
                if sy < 0 {
                    to.update(repeating: 0, count: rowLength)
                } else {
                    let row = input + sy * shape.inputWidth * channels
                    if sx >= 0 && sx + shape.kernelWidth <= shape.inputWidth {
                        copy(row + sx * channels, to, rowLength, pre)
                    } else {
                        gatherEdge(row, shape, sx, to, pre)
                    }
                }
                to += shape.window
            }
        }
    }

    /// One row of a window that reaches over the left or right edge.
    @inline(never)
    private static func gatherEdge(
        _ row: UnsafePointer<Float>, _ shape: ConvolutionShape, _ sx: Int, _ to: UnsafeMutablePointer<Float>,
        _ pre: Activation
    ) {
        let channels = shape.inputChannels
        for kx in 0..<shape.kernelWidth {
            let x = paddedIndex(sx + kx, shape.inputWidth, shape.padding)
            if x < 0 {
                (to + kx * channels).update(repeating: 0, count: channels)
            } else {
                copy(row + x * channels, to + kx * channels, channels, pre)
            }
        }
    }

    @inline(__always)
    static func copy(
        _ from: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>, _ count: Int, _ pre: Activation
    ) {
        var i = 0
        if pre == .relu {
            while i + 8 <= count {
                store(load(from + i).rectified, to + i)
                i += 8
            }
            while i < count {
                to[i] = from[i].rectified
                i += 1
            }
        } else {
            while i + 8 <= count {
                store(load(from + i), to + i)
                i += 8
            }
            while i < count {
                to[i] = from[i]
                i += 1
            }
        }
    }

    /// output = post(sums + bias [+ added]) over `positions` x `channels` values that lie without gaps.
    ///
    /// - Parameter bias: repeated eight times, so that whole vectors can walk through it whatever `channels` is.
    package static func finish(
        _ sums: UnsafePointer<Float>, bias: UnsafePointer<Float>, adding added: UnsafePointer<Float>?,
        post: Activation, into output: UnsafeMutablePointer<Float>, positions: Int, channels: Int
    ) {
        let count = positions * channels
        let cycle = 8 * channels
        var i = 0
        var b = 0
        while i < count {
            let n = min(8, count - i)
            var v = load(sums + i, n) + load(bias + b)
            if let added { v += load(added + i, n) }
            store(activated(v, post), output + i, n)
            i += 8
            b += 8
            if b == cycle { b = 0 }
        }
    }

    @inline(__always)
    static func activated(_ v: Lanes, _ post: Activation) -> Lanes {
        switch post {
        case .none: v
        case .relu: v.rectified
        case .tanhToUnit: sigmoid(v + v)
        }
    }
}
