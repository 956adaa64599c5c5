internal import CKernels

/// Rows of the input as they are multiplied, where they cannot be read as they lie.
extension Convolution {
    /// So many positions of row `y` of the padded input from position `left` on, `depth` words each, of which those
    /// beyond the channels are 0.
    static func copyLine(
        _ input: UnsafePointer<Float>, _ shape: ConvolutionShape, _ gemm: PackedGemm, y: Int, left: Int,
        pre: Activation, into line: UnsafeMutablePointer<Float>, _ positions: Int, depth: Int
    ) {
        let channels = shape.inputChannels
        let words = gemm.words(channels)
        func copy(_ from: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>, _ count: Int) {
            gemm.isPaired ? gemm.level.pairs(from, count, pre == .relu, to) : self.copy(from, to, count, pre)
        }
        let sy = paddedIndex(y, shape.inputHeight, shape.padding)
        guard sy >= 0 else { return line.update(repeating: 0, count: positions * depth) }
        let row = input + sy * shape.inputWidth * channels
        let right = left + positions
        // Without gaps they go in one run.
        let hasGaps = depth * gemm.numbers > channels
        let inside = hasGaps ? 0..<0 : max(left, 0)..<max(min(right, shape.inputWidth), max(left, 0))
        var x = left
        while x < right {
            let to = line + (x - left) * depth
            if x == inside.lowerBound && !inside.isEmpty {
                copy(row + x * channels, to, inside.count * channels)
                x = inside.upperBound
                continue
            }
            let sx = paddedIndex(x, shape.inputWidth, shape.padding)
            if sx < 0 {
                to.update(repeating: 0, count: depth)
            } else {
                copy(row + sx * channels, to, channels)
                (to + words).update(repeating: 0, count: depth - words)
            }
            x += 1
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
}
