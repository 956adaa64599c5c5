public import Imaging
internal import Kernels
import Machine
internal import Synchronization
internal import Tensors

/// What a scene's frames are normalised by where they are painted with a brush: one frame's, or a scene's average.
public struct BrushStatistics: Sendable, Hashable, Codable {
    /// Of the frame at the size at which its fine strokes are painted.
    public var fine: SceneStatistics
    /// Of the reduced frame, where its coarse strokes are painted before.
    public var coarse: SceneStatistics?

    public init(fine: SceneStatistics, coarse: SceneStatistics? = nil) { (self.fine, self.coarse) = (fine, coarse) }

    /// As `SceneStatistics.average`, each of the two by itself.
    /// - Parameter frames: at least one, all of the same brush.
    public static func average(_ frames: [BrushStatistics]) -> BrushStatistics {
        let coarse = frames.compactMap(\.coarse)
        precondition(coarse.isEmpty || coarse.count == frames.count, "statistics of several brushes")
        return BrushStatistics(
            fine: .average(frames.map(\.fine)), coarse: coarse.isEmpty ? nil : .average(coarse))
    }

    /// As `SceneStatistics.mixed`.
    public func mixed(with others: BrushStatistics, share: Double) -> BrushStatistics {
        precondition((coarse == nil) == (others.coarse == nil), "statistics of several brushes")
        return BrushStatistics(
            fine: fine.mixed(with: others.fine, share: share),
            coarse: coarse.map { $0.mixed(with: others.coarse!, share: share) })
    }
}

/// Paints with strokes of another size than the network's own, which is in pixels.
///
/// - Size 1: as `Stylizer` alone, bit for bit.
/// - Above 1: coarse to fine, as painters do (Hertzmann, "Painterly rendering with curved brush strokes of multiple
///   sizes", 1998). The frame is painted small, by which its strokes are larger by the size when it is enlarged; it is
///   also painted at its own size; and the fine painting shows where the source has edges, which are too fine for the
///   large strokes.
/// - Below 1: the frame is enlarged by 1 / size, painted and reduced.
///
/// A painted frame depends on the frame, what paints it, its statistics and the size alone.
// Edges are gradients of the reduced source's luma. Size 2 beside size 1, means of 12 pairs of pictures: the width of
// the autocorrelation of the luma's gradient is 2.0 times as large where the source has no edges (1.4 to 2.3; size 4:
// 3.3, size 1/2: 0.8) and 1.1 times in the whole, by the gradient's magnitude 1.4 times; the correlation of the
// painting's gradients with the source's is 0.741 in place of 0.752. What lost, by the same figures in the whole:
// - painting the enlarged painting again: 0.98 to 1.02 times as wide, for whatever is painted at full size gets strokes
//   of that size all over, and less of the edges: by 0.29 as it is, 0.28 with the source's missing luma added, 0.24 by
//   joint bilateral and 0.13 by guided upsampling;
// - the enlarged painting alone: 2.1 times, but less of the edges by 0.20; with the source's missing luma added 1.1
//   times and 0.20; by guided upsampling 1.5 times and none, but strokes that do not follow the source are washed out;
// - fine strokes wherever the reduced frame has lost detail: 1.1 times and 0.03, but grass and leaves keep small ones.
public final class Brush: Sendable {
    /// What sizes there are.
    public static let sizes = 0.5...4.0

    /// Gradients of the reduced source, in levels a pixel, up to which strokes are coarse and from which they are fine.
    private static let edge: (low: Float, high: Float) = (12, 32)

    public let size: Double
    private let fine: Stylizer
    private let tools: Mutex<Tools>
    private let shape: (width: Int, height: Int, format: PixelFormat)

    /// What lies between; nothing of it is told from one frame to the next.
    private enum Tools {
        case none
        case enlarged(Enlarged)
        case coarse(Coarse)
    }

    /// - Parameters:
    ///   - stylizer: paints at the larger of two sizes; the other is painted by a sibling of it.
    ///   - size: one of `sizes`.
    ///   - format: of the frames, whose width and height these are.
    public init(_ stylizer: Stylizer, size: Double, width: Int, height: Int, format: PixelFormat = .rgb24) {
        precondition(Self.sizes.contains(size), "a brush of \(size)")
        precondition(width > 0 && height > 0)
        (self.size, fine, shape) = (size, stylizer, (width, height, format))
        let other = Self.otherSize(size, width: width, height: height)
        tools = Mutex(
            size == 1
                ? .none
                : size < 1
                    ? .enlarged(Enlarged(shape, to: other))
                    : .coarse(Coarse(stylizer.sibling(), shape, to: other)))
    }

    /// The size that is painted instead of, or before, a frame's own.
    public static func otherSize(_ size: Double, width: Int, height: Int) -> (width: Int, height: Int) {
        func scaled(_ side: Int) -> Int { max(1, Int((Double(side) / size).rounded())) }
        return (scaled(width), scaled(height))
    }

    /// The sizes at which a frame goes through the network, in their order, by how many pixels they have against its
    /// own.
    package static func runs(_ size: Double) -> [Double] { size > 1 ? [1 / (size * size), 1] : [1] }

    /// One frame's; a scene's are the average of several frames'.
    /// - Parameter own: the frame's at its own size, where they have been taken.
    public func statistics(of frame: Frame, own known: SceneStatistics? = nil) -> BrushStatistics {
        check(frame)
        return tools.withLock { tools in
            switch tools {
            case .none: return BrushStatistics(fine: known ?? fine.statistics(of: frame))
            case .enlarged(let own): return BrushStatistics(fine: fine.statistics(of: own.enlarge(frame, fine.team)))
            case .coarse(let own):
                return BrushStatistics(
                    fine: known ?? fine.statistics(of: frame),
                    coarse: own.stylizer.statistics(of: own.reduce(frame, fine.team)))
            }
        }
    }

    /// Paints a frame into another of the same size, which takes the frame's place too. After the first, a frame whose
    /// statistics are given allocates nothing.
    /// - Parameters: as `Stylizer.paint`'s.
    public func paint(
        _ frame: Frame, style: StyleMix, statistics: BrushStatistics?, into painted: Frame, cache: Cache = .off
    ) {
        paint(frame, statistics: statistics, into: painted) { stylizer, frame, statistics, painted in
            stylizer.paint(frame, style: style, statistics: statistics, into: painted, cache: cache)
        }
    }

    /// The same by whatever paints a frame of any size by a stylizer: the frame itself, or the reduced or enlarged one,
    /// or both, each always by the same stylizer. Each bears the frame's place.
    public func paint(
        _ frame: Frame, statistics: BrushStatistics?, into painted: Frame,
        by paint: (_ stylizer: Stylizer, _ frame: Frame, _ statistics: SceneStatistics?, _ painted: Frame) -> Void
    ) {
        check(frame)
        precondition(painted.isLike(frame), "a brush cannot paint into a frame of another kind")
        tools.withLock { tools in
            switch tools {
            case .none: paint(fine, frame, statistics?.fine, painted)
            case .enlarged(let own):
                paint(fine, own.enlarge(frame, fine.team), statistics?.fine, own.painted)
                own.finish(into: painted, fine.team)
            case .coarse(let own):
                paint(own.stylizer, own.reduce(frame, fine.team), statistics?.coarse, own.painted)
                paint(fine, frame, statistics?.fine, painted)
                own.finish(into: painted, fine.team)
            }
        }
        painted.place = frame.place
    }

    private func check(_ frame: Frame) {
        precondition(
            (frame.width, frame.height) == (shape.width, shape.height) && frame.format == shape.format,
            "a brush for frames of another size")
    }

    /// Lets go of what painting frames takes, but for the brush's own frames.
    public func rest() {
        fine.rest()
        tools.withLock { if case .coarse(let own) = $0 { own.stylizer.rest() } }
    }

    /// Bytes that painting frames of a size takes beside the weights, the stylizer's own included.
    /// - Parameters: as `Stylizer.bytes`'.
    public static func bytes(
        _ stylizer: Stylizer, size: Double, width: Int, height: Int, format: PixelFormat = .rgb24, styles: Int = 1,
        strength: Double = 1, tokens: Int = 1024, cache: Cache = .off
    ) -> Int {
        func network(_ size: (width: Int, height: Int)) -> (buffers: Int, scratch: Int) {
            stylizer.bytes(size, format, styles: styles, strength: strength, tokens: tokens, cache)
        }
        func frame(_ size: (width: Int, height: Int)) -> Int { format.bytesPerPixel * size.width * size.height }
        let (own, other) = ((width: width, height: height), otherSize(size, width: width, height: height))
        let (here, there) = (network(own), network(other))
        // A resampler keeps all source rows at the target's width.
        let (out, back) = (
            format.bytesPerPixel * other.width * height, format.bytesPerPixel * width * other.height
        )
        if size == 1 { return here.buffers + here.scratch }
        if size < 1 { return there.buffers + there.scratch + 2 * frame(other) + out + back }
        return here.buffers + there.buffers + max(here.scratch, there.scratch) + 2 * frame(other) + frame(own) + out
            + back + 8 * other.width * other.height
    }

    /// The reduced frame, its painting, and how they become the frame's.
    // Sendable: the brush's lock is held by whoever uses it.
    private final class Coarse: @unchecked Sendable {
        let stylizer: Stylizer
        let painted: Frame
        private let reduced: Frame
        private let enlarged: Frame
        private let reduction: Resampler
        private let enlargement: Resampler
        private let across: Edges.Between
        private let down: Edges.Between
        /// A float for each of the reduced frame's pixels.
        private let planes: (Tensor, Tensor)

        init(
            _ stylizer: Stylizer, _ shape: (width: Int, height: Int, format: PixelFormat),
            to size: (width: Int, height: Int)
        ) {
            self.stylizer = stylizer
            reduced = Frame(width: size.width, height: size.height, format: shape.format)
            painted = Frame(width: size.width, height: size.height, format: shape.format)
            enlarged = Frame(width: shape.width, height: shape.height, format: shape.format)
            reduction = Resampler(from: (shape.width, shape.height), to: size, shape.format)
            enlargement = Resampler(from: size, to: (shape.width, shape.height), shape.format)
            across = Edges.Between(from: size.width, to: shape.width)
            down = Edges.Between(from: size.height, to: shape.height)
            func plane() -> Tensor { Tensor(height: size.height, width: size.width, channels: 1) }
            planes = (plane(), plane())
        }

        func reduce(_ frame: Frame, _ team: ThreadTeam) -> Frame {
            reduction(frame, into: reduced, team: team)
            reduced.place = frame.place
            return reduced
        }

        /// - Parameter fine: the fine painting, which becomes the whole.
        func finish(into fine: Frame, _ team: ThreadTeam) {
            let weights = findEdges(team)
            enlargement(painted, into: enlarged, team: team)
            let scratch = Edges.scratchCount(width: fine.width, smallWidth: reduced.width)
            let (width, small) = (fine.width, (width: reduced.width, height: reduced.height))
            enlarged.withSamples { coarse in
                fine.withSamples { own in
                    fine.withMutableSamples { to in
                        team.run(fine.height, scratch: scratch) { y, worker in
                            let first = Int(down.first[y])
                            let row = y * fine.rowStride
                            Edges.blend(
                                coarse: coarse + row, fine: own + row, width: width, above: weights.row(first),
                                below: weights.row(min(first + 1, small.height - 1)), down: down.fraction[y],
                                smallWidth: small.width, across: across,
                                scratch: team.scratch(worker, scratch), into: to + row)
                        }
                    }
                }
            }
        }

        /// 1 where the reduced frame has an edge, 0 where it has none.
        private func findEdges(_ team: ThreadTeam) -> Tensor {
            let (a, b) = planes
            let (width, last) = (reduced.width, reduced.height - 1)
            reduced.withSamples { pixels in
                team.run(reduced.height) { y, _ in
                    Edges.luma(pixels + y * reduced.rowStride, width: width, into: a.row(y))
                }
            }
            func rows(
                of plane: Tensor,
                _ body: (
                    _ y: Int, _ above: UnsafePointer<Float>, _ row: UnsafePointer<Float>, _ below: UnsafePointer<Float>
                ) -> Void
            ) {
                team.run(last + 1) { y, _ in
                    body(y, plane.row(max(y - 1, 0)), plane.row(y), plane.row(min(y + 1, last)))
                }
            }
            rows(of: a) { Edges.gradient($1, $2, $3, width: width, into: b.row($0)) }
            rows(of: b) { Edges.widen($1, $2, $3, width: width, into: a.row($0)) }
            rows(of: a) {
                Edges.weigh($1, $2, $3, width: width, low: Brush.edge.low, high: Brush.edge.high, into: b.row($0))
            }
            return b
        }
    }

    /// The enlarged frame and its painting.
    // Sendable: the brush's lock is held by whoever uses it.
    private final class Enlarged: @unchecked Sendable {
        let painted: Frame
        private let enlarged: Frame
        private let enlargement: Resampler
        private let reduction: Resampler

        init(_ shape: (width: Int, height: Int, format: PixelFormat), to size: (width: Int, height: Int)) {
            enlarged = Frame(width: size.width, height: size.height, format: shape.format)
            painted = Frame(width: size.width, height: size.height, format: shape.format)
            enlargement = Resampler(from: (shape.width, shape.height), to: size, shape.format)
            reduction = Resampler(from: size, to: (shape.width, shape.height), shape.format)
        }

        func enlarge(_ frame: Frame, _ team: ThreadTeam) -> Frame {
            enlargement(frame, into: enlarged, team: team)
            enlarged.place = frame.place
            return enlarged
        }

        func finish(into frame: Frame, _ team: ThreadTeam) { reduction(painted, into: frame, team: team) }
    }
}

extension Resampler {
    fileprivate convenience init(
        from source: (width: Int, height: Int), to target: (width: Int, height: Int), _ format: PixelFormat
    ) {
        self.init(
            filter: .lanczos3, sourceWidth: source.width, sourceHeight: source.height, width: target.width,
            height: target.height, format: format)
    }
}
