internal import Tensors

/// AlexNet's five convolutions, as trained on ImageNet: zero padding, ReLU after each, maxima of 3x3 every 2 after the
/// first two. Each layer's features are made unit length, for LPIPS.
enum AlexNet {
    static let widths = [64, 192, 384, 256, 256]
    /// The smallest side: below it nothing is left after the second pooling.
    static let minimumSide = 31

    /// 2 rgb - 1, then (x - shift) / scale, as LPIPS was trained.
    private static let pixels = PixelScale(
        factor: 2, mean: (1 - 0.030, 1 - 0.088, 1 - 0.188), deviation: (0.458, 0.448, 0.450))

    /// From a picture to relu1 to relu5, in the caller's memory, each position's features of unit length.
    static let graph: Graph = {
        var g = Graph()
        var x = g.read(pixels)
        var features: [Graph.Value] = []
        for (n, width) in widths.enumerated() {
            let (size, stride) = [(11, 4), (5, 1), (3, 1), (3, 1), (3, 1)][n]
            x = g.convolve(
                x, "convs.\(n)", to: width, size: size, stride: stride, margin: n < 2 ? 2 : 1, padding: .zero,
                post: .relu, as: "relu\(n + 1)", isBound: true)
            features.append(x)
            if n < 2 { x = g.maxPool(x, window: 3, stride: 2) }
        }
        // In place, so only when no layer reads them any more.
        for x in features { _ = g.unitLength(x, epsilon: 1e-10) }
        return g
    }()

    static let features = (1...widths.count).map { graph["relu\($0)"] }
}
