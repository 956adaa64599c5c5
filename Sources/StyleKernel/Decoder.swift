import Machine
internal import Tensors

/// Modulated features at strides 8 and 4, residual blocks and upsampling to the picture.
struct FastDecoder {
    private let dec8, dec4, dec2: ResidualBlock
    private let to4, to2, to1, out: ConvolutionLayer
    private let widths: [Int]

    static func shapes(_ configuration: Configuration) -> [LayerShape] {
        let w = configuration.widths
        return [
            LayerShape("to4", w[3], w[2]), LayerShape("to2", w[2], w[1]), LayerShape("to1", w[1], w[0]),
            LayerShape("out", w[0], 3),
        ] + ResidualBlock.shapes("dec8", w[3], w[3]) + ResidualBlock.shapes("dec4", w[2], w[2])
            + ResidualBlock.shapes("dec2", w[1], w[1])
    }

    init(_ layers: Layers, _ configuration: Configuration) {
        (dec8, dec4, dec2) = (layers.block("dec8"), layers.block("dec4"), layers.block("dec2"))
        (to4, to2, to1, out) = (layers["to4"], layers["to2"], layers["to1"], layers["out"])
        widths = configuration.widths
    }

    struct Buffers {
        let hidden8, narrow8: Tensor
        let hidden4, narrow4: Tensor
        let wide2, hidden2, narrow2: Tensor
        let full: Tensor
        let picture: Tensor
    }

    /// - Parameters:
    ///   - m8: overwritten on the way, and released here; `m4` likewise.
    func plan(m8: Tensor, m4: Tensor, _ planner: WorkspacePlanner) -> Buffers {
        func at(_ scale: Int, _ channels: Int) -> Tensor {
            planner.tensor(height: m4.height * scale, width: m4.width * scale, channels: channels)
        }
        let hidden8 = planner.tensor(height: m8.height, width: m8.width, channels: widths[3])
        planner.release(hidden8)
        let narrow8 = planner.tensor(height: m8.height, width: m8.width, channels: widths[2])
        planner.release(m8)
        planner.release(narrow8)  // brought up into m4
        let hidden4 = at(1, widths[2])
        planner.release(hidden4)
        let narrow4 = at(1, widths[1])
        planner.release(m4)
        let wide2 = at(2, widths[1])
        planner.release(narrow4)
        let hidden2 = at(2, widths[1])
        planner.release(hidden2)
        let narrow2 = at(2, widths[0])
        planner.release(wide2)
        let full = at(4, widths[0])
        planner.release(narrow2)
        let picture = at(4, 3)
        planner.release(full)
        return Buffers(
            hidden8: hidden8, narrow8: narrow8, hidden4: hidden4, narrow4: narrow4, wide2: wide2, hidden2: hidden2,
            narrow2: narrow2, full: full, picture: picture)
    }

    /// m8 [H / 8, W / 8, C], m4 [H / 4, W / 4, C]: both are overwritten. Fills the picture [H, W, 3] in [0, 1].
    func callAsFunction(m8: Tensor, m4: Tensor, _ b: Buffers, team: ThreadTeam) {
        dec8(m8, hidden: b.hidden8, into: m8, post: .relu, team: team)
        to4(m8, into: b.narrow8, team: team)
        upsample2(b.narrow8, into: m4, adding: m4, team: team)
        dec4(m4, hidden: b.hidden4, into: m4, post: .relu, team: team)
        to2(m4, into: b.narrow4, team: team)
        upsample2(b.narrow4, into: b.wide2, team: team)
        dec2(b.wide2, hidden: b.hidden2, into: b.wide2, post: .relu, team: team)
        to1(b.wide2, into: b.narrow2, team: team)
        upsample2(b.narrow2, into: b.full, team: team)
        out(b.full, into: b.picture, pre: .relu, post: .tanhToUnit, team: team)
    }
}

/// The paper's decoder (Table 4), from one scale: each block halves the width, each upsampling doubles the sides.
struct PaperDecoder {
    private let dec8, dec4, dec2: ResidualBlock
    private let out: ConvolutionLayer
    private let channels: Int

    static func shapes(_ configuration: Configuration) -> [LayerShape] {
        let c = configuration.channels(at: .eight)
        return ResidualBlock.shapes("dec8", c, c / 2) + ResidualBlock.shapes("dec4", c / 2, c / 4)
            + ResidualBlock.shapes("dec2", c / 4, c / 8) + [LayerShape("out", c / 8, 3)]
    }

    init(_ layers: Layers, _ configuration: Configuration) {
        (dec8, dec4, dec2) = (layers.block("dec8"), layers.block("dec4"), layers.block("dec2"))
        out = layers["out"]
        channels = configuration.channels(at: .eight)
    }

    /// Of each of the three blocks: its hidden layer, its result, and that brought up.
    struct Buffers {
        let hidden, narrow, wide: [Tensor]
        let picture: Tensor
    }

    /// - Parameter m8: released here.
    func plan(m8: Tensor, _ planner: WorkspacePlanner) -> Buffers {
        var (hidden, narrow, wide): ([Tensor], [Tensor], [Tensor]) = ([], [], [])
        var x = m8
        for step in 1...3 {
            let c = channels >> step
            hidden.append(planner.tensor(height: x.height, width: x.width, channels: c))
            narrow.append(planner.tensor(height: x.height, width: x.width, channels: c))
            planner.release(x)
            planner.release(hidden.last!)
            wide.append(planner.tensor(height: 2 * x.height, width: 2 * x.width, channels: c))
            planner.release(narrow.last!)
            x = wide.last!
        }
        let picture = planner.tensor(height: x.height, width: x.width, channels: 3)
        planner.release(x)
        return Buffers(hidden: hidden, narrow: narrow, wide: wide, picture: picture)
    }

    /// m8 [H / 8, W / 8, C]. Fills the picture [H, W, 3] in [0, 1].
    func callAsFunction(m8: Tensor, _ b: Buffers, team: ThreadTeam) {
        var x = m8
        for (step, block) in [dec8, dec4, dec2].enumerated() {
            block(x, hidden: b.hidden[step], into: b.narrow[step], team: team)
            upsample2(b.narrow[step], into: b.wide[step], team: team)
            x = b.wide[step]
        }
        out(x, into: b.picture, pre: .relu, post: .tanhToUnit, team: team)
    }
}
