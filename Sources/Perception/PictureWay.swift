import Imaging
import Machine
internal import Tensors

/// The way of pictures of one size to their features.
struct PictureWay {
    private let source: (width: Int, height: Int, format: PixelFormat)
    private let size: (width: Int, height: Int)
    private let runner: Runner
    /// Brings the picture down by averaging; nil where it is measured as it is.
    private let reduction: (resampler: Resampler, picture: Frame)?

    init(_ runner: Runner, source: Frame, size: (width: Int, height: Int)) {
        (self.runner, self.size) = (runner, size)
        self.source = (source.width, source.height, source.format)
        guard size != (source.width, source.height) else {
            reduction = nil
            return
        }
        let resampler = Resampler(
            filter: .area, sourceWidth: source.width, sourceHeight: source.height, width: size.width,
            height: size.height, format: source.format)
        reduction = (resampler, Frame(width: size.width, height: size.height, format: source.format))
    }

    /// Whether a frame can go it.
    func takes(_ frame: Frame) -> Bool { source == (frame.width, frame.height, frame.format) }

    func makeFeatures() -> LPIPSFeatures {
        LPIPSFeatures(width: size.width, height: size.height, layers: AlexNet.features.map { runner.bind($0.name) })
    }

    func load(_ frame: Frame, into features: LPIPSFeatures, _ team: ThreadTeam) {
        for (n, value) in AlexNet.features.enumerated() { runner[value] = features.layers[n] }
        if let reduction { reduction.resampler(frame, into: reduction.picture, team: team) }
        runner.whole(source: reduction?.picture ?? frame)
    }
}
