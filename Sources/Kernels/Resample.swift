internal import Glibc

/// Resampling of pixels of three interleaved channels: along the rows, then down the columns. They are rounded to whole
/// components in between (as Pillow does).
package enum Resample {
    package enum Filter: Sendable {
        /// Three lobes; support grows with the reduction.
        case lanczos3
        /// Each output pixel is the mean of the area that it covers, parts of pixels counted as parts.
        case area
        /// Falls to both sides in a straight line, over as much as a pixel of the smaller picture. It never overshoots:
        /// beside an edge it leaves what is black black.
        case triangle
    }

    /// For one direction: which source pixels an output pixel takes, and how much of each.
    package struct Weights: Sendable {
        /// First source pixel of each output pixel.
        package var first: [Int] = []
        /// How many it takes.
        package var count: [Int] = []
        /// `stride` weights of each output pixel, which sum to 1.
        package var values: [Float] = []
        package var stride = 0

        package init(from source: Int, to target: Int, filter: Filter) {
            let scale = Double(source) / Double(target)
            let lobes =
                switch filter {
                case .area: 0.5
                case .triangle: 1.0
                case .lanczos3: 3.0
                }
            let reach = lobes * max(scale, 1)
            stride = Int(reach.rounded(.up)) * 2 + 1
            values = [Float](repeating: 0, count: stride * target)
            for i in 0..<target {
                let centre = (Double(i) + 0.5) * scale
                // The area's edges are rounded outwards: pixels that are only touched count in part.
                let low = filter == .area ? Int(centre - reach) : Int(centre - reach + 0.5)
                let high = filter == .area ? Int((centre + reach).rounded(.up)) : Int(centre + reach + 0.5)
                let range = max(low, 0)..<min(high, source)
                let weights = range.map { pixel -> Double in
                    let distance = (Double(pixel) - centre + 0.5) / max(scale, 1)
                    return switch filter {
                    case .area: max(min(Double(pixel + 1), centre + reach) - max(Double(pixel), centre - reach), 0)
                    case .triangle: max(1 - abs(distance), 0)
                    case .lanczos3: lanczos(distance)
                    }
                }
                let sum = weights.reduce(0, +)
                for (j, weight) in weights.enumerated() { values[i * stride + j] = Float(weight / sum) }
                first.append(range.lowerBound)
                count.append(range.count)
            }
        }

        private func lanczos(_ x: Double) -> Double {
            if x == 0 { return 1 }
            guard abs(x) < 3 else { return 0 }
            let a = Double.pi * x
            return sin(a) / a * sin(a / 3) / (a / 3)
        }
    }

    /// One row: `width` pixels to as many as `weights` has.
    /// - Parameter pixels: scratch for 4 `width` floats.
    package static func alongRow(
        _ source: Samples, width: Int, weights: Weights, pixels: UnsafeMutablePointer<Float>,
        into target: MutableSamples
    ) {
        for x in 0..<width {
            let pixel = SIMD4<Float>(source[3 * x], source[3 * x + 1], source[3 * x + 2], 0)
            UnsafeMutableRawPointer(pixels + 4 * x).storeBytes(of: pixel, as: SIMD4<Float>.self)
        }
        weights.values.withUnsafeBufferPointer { values in
            for x in 0..<weights.first.count {
                let first = pixels + 4 * weights.first[x]
                var sum = SIMD4<Float>(repeating: target.half)
                for j in 0..<weights.count[x] {
                    let pixel = UnsafeRawPointer(first + 4 * j).loadUnaligned(as: SIMD4<Float>.self)
                    sum.addProduct(pixel, SIMD4<Float>(repeating: values[x * weights.stride + j]))
                }
                for c in 0..<3 { target.cut(sum[c], 3 * x + c) }
            }
        }
    }

    /// Row `y` of the output, `count` components, from rows of as many, `rowStride` bytes apart.
    package static func downColumns(
        _ source: Samples, rowStride: Int, y: Int, weights: Weights, count: Int,
        into target: MutableSamples
    ) {
        let first = source + weights.first[y] * rowStride
        weights.values.withUnsafeBufferPointer { values in
            let own = values.baseAddress! + y * weights.stride
            vectors(count) { x, n in
                var sum = Lanes.zero
                for j in 0..<weights.count[y] {
                    sum.addProduct((first + j * rowStride).load(x, n), Lanes(repeating: own[j]))
                }
                target.store(sum, x, n)
            }
        }
    }
}

/// Resampling as it is written down, in double, both directions.
package enum ResampleReference {
    /// - Parameter source: [height, width, 3], without gaps.
    package static func apply(
        _ source: [UInt8], width: Int, height: Int, toWidth: Int, toHeight: Int, filter: Resample.Filter
    ) -> [UInt8] {
        let (across, down) = (
            Resample.Weights(from: width, to: toWidth, filter: filter),
            Resample.Weights(from: height, to: toHeight, filter: filter)
        )
        func rounded(_ v: Double) -> UInt8 { UInt8(min(max(v + 0.5, 0), 255)) }
        func sum(_ weights: Resample.Weights, _ i: Int, _ value: (Int) -> UInt8) -> Double {
            (0..<weights.count[i]).reduce(0.0) {
                $0 + Double(weights.values[i * weights.stride + $1]) * Double(value(weights.first[i] + $1))
            }
        }
        var between: [UInt8] = []
        for y in 0..<height {
            for i in 0..<3 * toWidth {
                between.append(rounded(sum(across, i / 3) { source[(y * width + $0) * 3 + i % 3] }))
            }
        }
        var target: [UInt8] = []
        for y in 0..<toHeight {
            for i in 0..<3 * toWidth { target.append(rounded(sum(down, y) { between[$0 * 3 * toWidth + i] })) }
        }
        return target
    }
}
