/// From a cell's means to red, green and blue. The conversion is linear, so that of the means is the mean of it.
struct MeanConversion {
    private var offset = SIMD3<Float>.zero
    private var scale = SIMD3<Float>(repeating: 1)
    private let kind: Kind
    private var red: Float = 0
    private var blue: Float = 0

    private enum Kind { case rgb, grey, yuv }

    init(_ layout: SampleLayout, _ yuv: YUVLayout) {
        kind = layout.isRGB ? .rgb : layout.components.count == 1 ? .grey : .yuv
        let unit = Float(layout.components[0].unit)
        let top = Float((1 << layout.depth) - 1)
        let part = Float(1 << (layout.depth - 8))
        if kind == .rgb || yuv.isFullRange {
            scale = SIMD3(repeating: 255 / top / unit)
            if kind == .yuv { offset = SIMD3(0, 128, 128) * part * unit }
        } else {
            scale = SIMD3(255 / 219, 255 / 224, 255 / 224) / part / unit
            offset = SIMD3(16, 128, 128) * part * unit
        }
        (red, blue) = Colour.lumaWeights(ofMatrix: UInt32(yuv.matrix))
    }

    func callAsFunction(_ means: [Float], _ cell: Int, into pixels: inout [Float]) {
        let colour = rgb((SIMD3(means[3 * cell], means[3 * cell + 1], means[3 * cell + 2]) - offset) * scale)
        for index in 0..<3 { pixels[3 * cell + index] = min(max(colour[index], 0), 255) }
    }

    private func rgb(_ mean: SIMD3<Float>) -> SIMD3<Float> {
        switch kind {
        case .rgb: return mean
        case .grey: return SIMD3(repeating: mean.x)
        case .yuv:
            let r = mean.x + 2 * (1 - red) * mean.z
            let b = mean.x + 2 * (1 - blue) * mean.y
            return SIMD3(r, (mean.x - red * r - blue * b) / (1 - red - blue), b)
        }
    }
}
