public import Imaging
import Machine
internal import Synchronization
internal import Tensors

/// A style, or a mix of some, that paints a frame where a mask says.
public struct MaskedStyle: Sendable {
    public let style: StyleMix
    /// Of the frame's size. Greys feather.
    public let mask: Mask

    public init(style: StyleMix, mask: Mask) { (self.style, self.mask) = (style, mask) }
}

/// Several styles in one frame, each where its mask says.
///
/// The features of a frame do not depend on what paints it, so it is encoded once. Of each style's painting only what
/// is seen is computed, with all that this sees of the stages before. Where one style alone is seen, at full coverage,
/// the pixels have the bits of its own painting of the whole frame.
extension Stylizer {
    /// The first stage: what it makes serves all styles.
    static let first = "encode"

    /// Paints a frame into another of the same size, which takes the frame's number and times too. After the first of
    /// its size, with as many masks and styles, a frame whose statistics are given allocates nothing. The painting is
    /// the same for any number of threads, and whatever was painted before.
    ///
    /// There is no cache for it: masks move what is computed, and kept values would be several styles'.
    /// - Parameters:
    ///   - base: paints what no mask covers in full; nil leaves the frame's own pixels there.
    ///   - styles: over the base and over one another, later ones on top. Each is laid over what is there as
    ///     there + mask (painting - there), rounded once to a component. One that is seen nowhere costs nothing.
    ///   - statistics: the scene's; nil takes the frame's own.
    public func paint(
        _ frame: Frame, base: StyleMix?, over styles: [MaskedStyle], statistics: SceneStatistics?, into painted: Frame
    ) {
        precondition(
            painted.isLike(frame),
            "\(frame.width) x \(frame.height) cannot be painted into \(painted.width) x \(painted.height)")
        var (most, least, strongest) = (1, Float.infinity, -Float.infinity)
        func take(_ style: StyleMix) {
            most = max(most, check(style))
            (least, strongest) = (min(least, style.strength), max(strongest, style.strength))
        }
        base.map(take)
        for masked in styles { take(masked.style) }
        let tempering: Tempering = least < 1 ? .below : strongest > 1 ? .beyond : .none
        precondition(painted !== frame || tempering != .below, "a source that is needed is painted over")
        way.withLock { way in
            let way = prepare(&way, for: frame, styles: most, tempering, masks: styles.count)
            let (runner, overlay) = (way.runner, way.overlay!)
            overlay.areas.look(styles.count, team: team) { styles[$0].mask }
            let ground = overlay.areas.groundRegions
            let seen =
                styles.indices.reduce(base == nil ? 0 : ground.positions) {
                    $0 + overlay.areas.regions(of: $1).positions
                }
            hear(
                runner, base ?? styles.first?.style, repeats: Double(seen) / Double(frame.width * frame.height))

            if statistics == nil {
                runner.whole(stage: Self.first, source: frame)
            } else {
                runner.forgetSought()
                if base != nil { runner.seek(ground, after: Self.first) }
                for number in styles.indices { runner.seek(overlay.areas.regions(of: number), after: Self.first) }
                runner.seek(in: Self.first)
                runner.part(of: Self.first, source: frame)
            }
            let scene = statistics ?? way.measure(team)

            func paint(_ regions: Regions, by style: StyleMix, into painted: Frame) {
                guard !regions.isEmpty else { return }
                way.hold(scene, style)
                runner.seek(regions, after: Self.first)
                runner.part(after: Self.first, source: frame, painted: painted)
            }
            if let base {
                paint(ground, by: base, into: painted)
            } else if painted !== frame {
                painted.copyPixels(of: frame)
            }
            for (number, masked) in styles.enumerated() {
                paint(overlay.areas.regions(of: number), by: masked.style, into: overlay.painting)
                overlay.areas.lay(number, overlay.painting, by: masked.mask, over: painted, team: team)
            }
        }
        painted.place = frame.place
    }

    /// How many styles a mix has.
    private func check(_ style: StyleMix) -> Int {
        precondition(style.tokens.allSatisfy { $0.heads == configuration.heads }, "tokens of another network")
        return style.tokens.count
    }

    /// Bytes that painting frames of a size by masks takes beside the weights and the masks themselves: its buffers,
    /// and each thread's scratch.
    /// - Parameters:
    ///   - masks: how many at most.
    ///   - styles: how many are in one mix at most.
    ///   - strength: the least.
    ///   - tokens: N_s of a style, as of painting without masks.
    public func bytes(
        width: Int, height: Int, format: PixelFormat = .rgb24, masks: Int, styles: Int = 1, strength: Double = 1,
        tokens: Int = 1024
    ) -> Int {
        let plan = maskedPlan(paddedSize(width: width, height: height), styles: styles, Tempering(Float(strength)))
        return plan.byteCount + format.bytesPerPixel * width * height
            + Overlay.bytes(width: width, height: height, count: masks)
            + 4 * team.count * plan.scratchCount(layers, tokens: tokens)
    }

    private func prepare(
        _ way: inout FrameWay?, for frame: Frame, styles: Int, _ tempering: Tempering, masks: Int
    ) -> FrameWay {
        let size = paddedSize(width: frame.width, height: frame.height)
        if let way, way.takes(frame, size, styles: styles, tempering, masks: masks) { return way }
        way = nil  // its memory goes before the new one takes its own
        let runner = Runner(maskedPlan(size, styles: styles, tempering), layers, team: team)
        var made = FrameWay(runner, configuration.scales, size, paints: true, tempering, source: frame)
        made.overlay = (
            Frame(width: frame.width, height: frame.height, format: frame.format),
            Overlay(width: frame.width, height: frame.height, count: masks)
        )
        way = made
        return made
    }

    /// In which the features outlast a style's painting, and nothing is overwritten where parts of a picture overlap.
    private func maskedPlan(_ size: (width: Int, height: Int), styles: Int, _ tempering: Tempering) -> Plan {
        var graph =
            styles == 1 && tempering == .none
            ? painting : configuration.architecture.painting(styles: styles, tempering)
        graph.want(configuration.scales.map { graph[$0.name] })
        return Plan(graph, height: size.height, width: size.width, isInParts: true)
    }
}
