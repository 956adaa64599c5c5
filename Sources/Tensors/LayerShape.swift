/// One convolution as a network wants it, before its values are read.
package struct LayerShape: Sendable, Hashable {
    package let name: String
    let inputChannels: Int
    let outputChannels: Int
    /// Of its square window.
    let size: Int
    let stride: Int
    let margin: Int
    let padding: ConvolutionLayer.Padding

    /// - Parameter margin: of padding; half the size if nil.
    package init(
        _ name: String, _ inputChannels: Int, _ outputChannels: Int, size: Int = 3, stride: Int = 1,
        margin: Int? = nil, padding: ConvolutionLayer.Padding = .reflect
    ) {
        (self.name, self.inputChannels, self.outputChannels) = (name, inputChannels, outputChannels)
        (self.size, self.stride, self.margin, self.padding) = (size, stride, margin ?? size / 2, padding)
    }

    /// Whether it is made in tiles, whose last bits follow from all that the tile sees.
    var isTiled: Bool {
        ConvolutionLayer.body(size, size, stride, inputChannels, outputChannels) == .winograd
    }

    /// Height (or width) of the output for that of the input.
    func outputSide(_ side: Int) -> Int { (side + 2 * margin - size) / stride + 1 }

    /// The tensors of a file that hold it.
    var tensors: [(name: String, shape: [Int])] {
        [(name + ".weight", [outputChannels, inputChannels, size, size]), (name + ".bias", [outputChannels])]
    }
}
