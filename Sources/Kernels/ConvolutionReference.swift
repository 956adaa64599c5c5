internal import Glibc

/// The convolution as it is written down, one product at a time, summed in double.
package enum ConvolutionReference {
    /// - Parameters:
    ///   - input: [inputHeight, inputWidth, inputChannels]
    ///   - weight: [outputChannels, inputChannels, kernelHeight, kernelWidth]
    /// - Returns: [outputHeight, outputWidth, outputChannels]
    package static func convolve(
        _ input: [Float], _ shape: ConvolutionShape, weight: [Float], bias: [Float], pre: Activation = .none,
        adding added: [Float]? = nil, post: Activation = .none
    ) -> [Float] {
        var output: [Float] = []
        for y in 0..<shape.outputHeight {
            for x in 0..<shape.outputWidth {
                for o in 0..<shape.outputChannels {
                    var sum = Double(bias[o])
                    for ky in 0..<shape.kernelHeight {
                        let sy = paddedIndex(y * shape.stride + ky - shape.margin, shape.inputHeight, shape.padding)
                        for kx in 0..<shape.kernelWidth {
                            let sx = paddedIndex(x * shape.stride + kx - shape.margin, shape.inputWidth, shape.padding)
                            if sy < 0 || sx < 0 { continue }
                            for i in 0..<shape.inputChannels {
                                var v = input[(sy * shape.inputWidth + sx) * shape.inputChannels + i]
                                if pre == .relu { v = max(v, 0) }
                                let place =
                                    ((o * shape.inputChannels + i) * shape.kernelHeight + ky) * shape.kernelWidth + kx
                                sum += Double(v) * Double(weight[place])
                            }
                        }
                    }
                    if let added { sum += Double(added[output.count]) }
                    output.append(Float(activated(sum, post)))
                }
            }
        }
        return output
    }

    private static func activated(_ v: Double, _ post: Activation) -> Double {
        switch post {
        case .none: v
        case .relu: max(v, 0)
        case .tanhToUnit: (tanh(v) + 1) / 2
        }
    }
}
