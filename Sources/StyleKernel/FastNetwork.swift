internal import Tensors

/// The `fast` preset: one light encoder for both sides, attention at stride 16, kernels at strides 8 and 4.
struct FastNetwork: Network {
    let encoder: Encoder
    let alignment: StyleAlignment
    let prediction: FastKernelPrediction
    let modulation: Modulation
    let decoder: FastDecoder

    /// 2 rgb - 1
    let pixelScale: (Float, Float, Float) = (2 / 255, 2 / 255, 2 / 255)
    let pixelOffset: (Float, Float, Float) = (-1, -1, -1)

    static func shapes(_ configuration: Configuration) -> [LayerShape] {
        Encoder.shapes(configuration) + StyleAlignment.shapes(configuration)
            + FastKernelPrediction.shapes(configuration) + FastDecoder.shapes(configuration)
    }

    init(_ layers: Layers, _ configuration: Configuration) {
        encoder = Encoder(layers, configuration)
        alignment = StyleAlignment(layers, configuration)
        prediction = FastKernelPrediction(layers, configuration)
        modulation = Modulation(order: configuration.order)
        decoder = FastDecoder(layers, configuration)
    }

    func plan(height: Int, width: Int, paints: Bool, _ planner: WorkspacePlanner) -> FramePlan {
        let picture = planner.tensor(height: height, width: width, channels: 3)
        let encoding = encoder.plan(height: height, width: width, planner)
        planner.release(picture)
        let painting = paints ? planPainting(encoding, planner) : nil
        return FramePlan(
            height: height, width: width, picture: picture, features: encoding.features, painted: painting?.picture,
            byteCount: planner.byteCount, encode: { encoder(picture, encoding, team: $0) },
            stages: painting?.stages ?? [])
    }

    private func planPainting(
        _ z: Encoder.Buffers, _ planner: WorkspacePlanner
    ) -> (picture: Tensor, stages: [FramePlan.Stage]) {
        let align = alignment.plan(z.z16, planner)
        planner.release(z.z16)
        let (m8, m4) = (planner.tensor(like: z.z8), planner.tensor(like: z.z4))
        let predict = prediction.plan(aligned: align.aligned, planner)
        planner.release(align.aligned)
        prediction.release(predict, planner)
        planner.release(z.z8)
        planner.release(z.z4)
        let decode = decoder.plan(m8: m8, m4: m4, planner)
        func modulated(_ scale: Scale, _ z: Tensor, _ m: Tensor) -> FramePlan.Stage {
            FramePlan.Stage(name: "modulate \(scale.rawValue)") { _, statistics, team in
                modulation(z, statistics: statistics[scale], strips: predict.strips[scale]!.rows, into: m, team: team) {
                    prediction.kernels(at: scale, rows: $0, predict, team: team)
                }
            }
        }
        let stages = [
            FramePlan.Stage(name: "align") { tokens, statistics, team in
                alignment(z.z16, statistics: statistics[.sixteen], tokens: tokens, align, team: team)
            },
            FramePlan.Stage(name: "kernels") { _, _, team in prediction.prepare(predict, team: team) },
            modulated(.eight, z.z8, m8), modulated(.four, z.z4, m4),
            FramePlan.Stage(name: "decode") { _, _, team in decoder(m8: m8, m4: m4, decode, team: team) },
        ]
        return (decode.picture, stages)
    }
}

extension WorkspacePlanner {
    func tensor(like other: Tensor) -> Tensor {
        tensor(height: other.height, width: other.width, channels: other.channels)
    }
}
