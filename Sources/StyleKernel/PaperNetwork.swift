internal import Tensors

/// The `paper` preset: VGG-16 for both sides, attention and kernels at stride 8, the decoder of the paper's Table 4.
struct PaperNetwork: Network {
    let encoder: VGG16
    let alignment: StyleAlignment
    let prediction: PaperKernelPrediction
    let modulation: Modulation
    let decoder: PaperDecoder

    /// (rgb - mean) / deviation
    let pixelScale: (Float, Float, Float) = VGG16.eachChannel { 1 / (255 * VGG16.deviation[$0]) }
    let pixelOffset: (Float, Float, Float) = VGG16.eachChannel { -VGG16.mean[$0] / VGG16.deviation[$0] }

    static func shapes(_ configuration: Configuration) -> [LayerShape] {
        VGG16.shapes(configuration) + StyleAlignment.shapes(configuration)
            + PaperKernelPrediction.shapes(configuration) + PaperDecoder.shapes(configuration)
    }

    init(_ layers: Layers, _ configuration: Configuration) {
        encoder = VGG16(layers)
        alignment = StyleAlignment(layers, configuration)
        prediction = PaperKernelPrediction(layers, configuration)
        modulation = Modulation(order: configuration.order)
        decoder = PaperDecoder(layers, configuration)
    }

    func plan(height: Int, width: Int, paints: Bool, _ planner: WorkspacePlanner) -> FramePlan {
        let picture = planner.tensor(height: height, width: width, channels: 3)
        let encoding = encoder.plan(height: height, width: width, planner)
        planner.release(picture)
        let painting = paints ? planPainting(encoding.z8, planner) : nil
        return FramePlan(
            height: height, width: width, picture: picture, features: encoding.features, painted: painting?.picture,
            byteCount: planner.byteCount, encode: { encoder(picture, encoding, team: $0) },
            stages: painting?.stages ?? [])
    }

    private func planPainting(
        _ z8: Tensor, _ planner: WorkspacePlanner
    ) -> (picture: Tensor, stages: [FramePlan.Stage]) {
        let align = alignment.plan(z8, planner)
        let m8 = planner.tensor(like: z8)
        let predict = prediction.plan(aligned: align.aligned, planner)
        planner.release(align.aligned)
        prediction.release(predict, planner)
        planner.release(z8)
        let decode = decoder.plan(m8: m8, planner)
        let stages = [
            FramePlan.Stage(name: "align") { tokens, statistics, team in
                alignment(z8, statistics: statistics[.eight], tokens: tokens, align, team: team)
            },
            FramePlan.Stage(name: "kernels") { _, _, team in prediction.prepare(predict, team: team) },
            FramePlan.Stage(name: "modulate 8") { _, statistics, team in
                modulation(z8, statistics: statistics[.eight], strips: predict.strips.rows, into: m8, team: team) {
                    prediction.kernels(rows: $0, predict, team: team)
                }
            },
            FramePlan.Stage(name: "decode") { _, _, team in decoder(m8: m8, decode, team: team) },
        ]
        return (decode.picture, stages)
    }
}
