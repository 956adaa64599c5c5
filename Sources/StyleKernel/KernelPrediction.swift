import Machine
internal import Tensors

/// φ of the `fast` preset (3.2): from Z_cs the kernels of every position and channel at strides 8 and 4, as corrections of
/// the aligned style's own deviation (gain) and mean (bias).
struct FastKernelPrediction {
    private let phi16, phi8, phi4, head8, head4: ConvolutionLayer
    private let taps: Int
    /// The channels of Z_cs that hold means and mean squares of each finer scale.
    private let means, squares: [Scale: Range<Int>]

    static func shapes(_ configuration: Configuration) -> [LayerShape] {
        let (c4, c8, c16) = (configuration.widths[2], configuration.widths[3], configuration.widths[4])
        let kernel = 2 * configuration.taps + 1
        return [
            LayerShape("phi16", configuration.alignedWidths.reduce(0, +), c16), LayerShape("phi8", c16, c8),
            LayerShape("phi4", c8, c4), LayerShape("head8.conv", c8, c8 * kernel, size: 1),
            LayerShape("head4.conv", c4, c4 * kernel, size: 1),
        ]
    }

    init(_ layers: Layers, _ configuration: Configuration) {
        (phi16, phi8, phi4) = (layers["phi16"], layers["phi8"], layers["phi4"])
        (head8, head4) = (layers["head8.conv"], layers["head4.conv"])
        taps = configuration.taps
        let starts = configuration.alignedWidths.reduce(into: [0]) { $0.append($0.last! + $1) }
        means = [.eight: starts[1]..<starts[2], .four: starts[3]..<starts[4]]
        squares = [.eight: starts[2]..<starts[3], .four: starts[4]..<starts[5]]
    }

    struct Buffers {
        /// Z_cs; its squares become deviations.
        let aligned: Tensor
        /// relu(phi16) at stride 16, the same at 8, relu(phi8) and relu(phi4) at 8.
        let p16, wide, p8, p4: Tensor
        /// Mean and deviation of z4 at stride 8, half the way to 4.
        let mean4, deviation4: Tensor
        let strips: [Scale: KernelStrips]

        fileprivate var lasting: [Tensor] { [p8, p4, mean4, deviation4] }
    }

    /// Everything but the strips lives until `release`.
    /// - Parameter budget: floats of a strip's kernels.
    func plan(aligned: Tensor, budget: Int = KernelStrips.budget, _ planner: WorkspacePlanner) -> Buffers {
        func at8(_ channels: Int) -> Tensor {
            planner.tensor(height: 2 * aligned.height, width: 2 * aligned.width, channels: channels)
        }
        let p16 = planner.tensor(height: aligned.height, width: aligned.width, channels: phi16.outputChannels)
        let wide = at8(phi16.outputChannels)
        let p8 = at8(phi8.outputChannels)
        planner.release(p16)
        planner.release(wide)
        let c4 = means[.four]!.count
        let (p4, mean4, deviation4) = (at8(phi4.outputChannels), at8(c4), at8(c4))
        let strips8 = KernelStrips(
            height: p8.height, width: p8.width, channels: means[.eight]!.count, taps: taps, inputChannels: nil,
            isCorrected: true, budget: budget, planner)
        let strips4 = KernelStrips(
            height: 2 * p8.height, width: 2 * p8.width, channels: c4, taps: taps, inputChannels: phi4.outputChannels,
            isCorrected: true, budget: budget, planner)
        return Buffers(
            aligned: aligned, p16: p16, wide: wide, p8: p8, p4: p4, mean4: mean4, deviation4: deviation4,
            strips: [.eight: strips8, .four: strips4])
    }

    /// Called where the last kernels have been used.
    func release(_ b: Buffers, _ planner: WorkspacePlanner) { b.lasting.forEach(planner.release) }

    /// φ's trunk: everything that the strips are made of.
    func prepare(_ b: Buffers, team: ThreadTeam) {
        for scale in [Scale.eight, .four] {
            deviations(of: b.aligned, means: means[scale]!, squares: squares[scale]!, team: team)
        }
        phi16(b.aligned, into: b.p16, post: .relu, team: team)
        upsample2(b.p16, into: b.wide, team: team)
        phi8(b.wide, into: b.p8, post: .relu, team: team)
        phi4(b.p8, into: b.p4, post: .relu, team: team)
        upsample2(b.aligned, into: b.mean4, channels: means[.four], team: team)
        upsample2(b.aligned, into: b.deviation4, channels: squares[.four], team: team)
    }

    /// The kernels of some rows at stride 8 or 4: F1 = (point + δ1) deviation, F2 = point + δ2, B = δB + mean.
    func kernels(at scale: Scale, rows: Range<Int>, _ b: Buffers, team: ThreadTeam) -> DynamicKernelTensor {
        let room = b.strips[scale]!.room(for: rows)
        if scale == .eight {
            head8(b.p8, into: room.delta, rows: rows, team: team)
            upsample2(b.aligned, into: room.gain!, rows: rows, channels: squares[.eight], team: team)
            upsample2(b.aligned, into: room.bias!, rows: rows, channels: means[.eight], team: team)
        } else {
            upsample2(b.p4, into: room.input!, rows: rows, team: team)
            head4(room.input!, into: room.delta, team: team)
            upsample2(b.deviation4, into: room.gain!, rows: rows, team: team)
            upsample2(b.mean4, into: room.bias!, rows: rows, team: team)
        }
        return DynamicKernelTensor(room.delta, taps: taps, isCorrection: true, gain: room.gain, bias: room.bias)
    }
}

/// φ of the `paper` preset (3.2): two 3x3 convolutions from Z_cs to corrections of the identity, at stride 8.
struct PaperKernelPrediction {
    private let phi, head: ConvolutionLayer
    private let taps: Int

    static func shapes(_ configuration: Configuration) -> [LayerShape] {
        let c = configuration.channels(at: .eight)
        return [LayerShape("phi", c, c), LayerShape("head.conv", c, c * (2 * configuration.taps + 1))]
    }

    init(_ layers: Layers, _ configuration: Configuration) {
        (phi, head, taps) = (layers["phi"], layers["head.conv"], configuration.taps)
    }

    struct Buffers {
        let aligned, hidden: Tensor
        let strips: KernelStrips
    }

    /// - Parameter budget: floats of a strip's kernels.
    func plan(aligned: Tensor, budget: Int = KernelStrips.budget, _ planner: WorkspacePlanner) -> Buffers {
        let hidden = planner.tensor(height: aligned.height, width: aligned.width, channels: phi.outputChannels)
        let strips = KernelStrips(
            height: aligned.height, width: aligned.width, channels: aligned.channels, taps: taps, inputChannels: nil,
            isCorrected: false, budget: budget, planner)
        return Buffers(aligned: aligned, hidden: hidden, strips: strips)
    }

    /// Called where the last kernels have been used.
    func release(_ b: Buffers, _ planner: WorkspacePlanner) { planner.release(b.hidden) }

    func prepare(_ b: Buffers, team: ThreadTeam) { phi(b.aligned, into: b.hidden, post: .relu, team: team) }

    /// The kernels of some rows: F1 = point + δ1, F2 = point + δ2, B = δB.
    func kernels(rows: Range<Int>, _ b: Buffers, team: ThreadTeam) -> DynamicKernelTensor {
        let room = b.strips.room(for: rows)
        head(b.hidden, into: room.delta, rows: rows, team: team)
        return DynamicKernelTensor(room.delta, taps: taps, isCorrection: true)
    }
}
