import Machine
internal import Tensors

/// The learned encoder of the `fast` preset: content and style alike, at strides 1 to 16.
struct Encoder {
    private let stem, down2, down4, down8, down16: ConvolutionLayer
    private let res4, res8, res16: ResidualBlock
    private let widths: [Int]

    static func shapes(_ configuration: Configuration) -> [LayerShape] {
        let w = configuration.widths
        return [
            LayerShape("stem", 3, w[0]), LayerShape("down2", w[0], w[1], stride: 2),
            LayerShape("down4", w[1], w[2], stride: 2), LayerShape("down8", w[2], w[3], stride: 2),
            LayerShape("down16", w[3], w[4], stride: 2),
        ] + ResidualBlock.shapes("res4", w[2], w[2]) + ResidualBlock.shapes("res8", w[3], w[3])
            + ResidualBlock.shapes("res16", w[4], w[4])
    }

    init(_ layers: Layers, _ configuration: Configuration) {
        (stem, down2, down4) = (layers["stem"], layers["down2"], layers["down4"])
        (down8, down16) = (layers["down8"], layers["down16"])
        (res4, res8, res16) = (layers.block("res4"), layers.block("res8"), layers.block("res16"))
        widths = configuration.widths
    }

    /// What one picture needs on its way through the encoder; `z4`, `z8` and `z16` are what is left.
    struct Buffers {
        let full, half: Tensor
        let hidden4, hidden8, hidden16: Tensor
        let z4, z8, z16: Tensor

        var features: Features { Features([.four: z4, .eight: z8, .sixteen: z16]) }
    }

    /// - Parameters: sides in pixels, multiples of 16.
    func plan(height: Int, width: Int, _ planner: WorkspacePlanner) -> Buffers {
        func at(_ stride: Int, _ channels: Int) -> Tensor {
            planner.tensor(height: height / stride, width: width / stride, channels: channels)
        }
        let full = at(1, widths[0])
        let half = at(2, widths[1])
        planner.release(full)
        let z4 = at(4, widths[2])
        planner.release(half)
        let hidden4 = at(4, widths[2])
        planner.release(hidden4)
        let z8 = at(8, widths[3])
        let hidden8 = at(8, widths[3])
        planner.release(hidden8)
        let z16 = at(16, widths[4])
        let hidden16 = at(16, widths[4])
        planner.release(hidden16)
        return Buffers(
            full: full, half: half, hidden4: hidden4, hidden8: hidden8, hidden16: hidden16, z4: z4, z8: z8, z16: z16)
    }

    /// picture: [H, W, 3], 2 rgb - 1. Fills z4 [H / 4, W / 4, C], z8 and z16.
    func callAsFunction(_ picture: Tensor, _ b: Buffers, team: ThreadTeam) {
        stem(picture, into: b.full, post: .relu, team: team)
        down2(b.full, into: b.half, post: .relu, team: team)
        down4(b.half, into: b.z4, post: .relu, team: team)
        res4(b.z4, hidden: b.hidden4, into: b.z4, team: team)
        down8(b.z4, into: b.z8, pre: .relu, post: .relu, team: team)
        res8(b.z8, hidden: b.hidden8, into: b.z8, team: team)
        down16(b.z8, into: b.z16, pre: .relu, post: .relu, team: team)
        res16(b.z16, hidden: b.hidden16, into: b.z16, team: team)
    }
}
