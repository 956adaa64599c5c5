public import Imaging
import Kernels
public import Machine

/// Steadies a painted frame: it becomes the mean of itself and of its painted neighbours, each brought along the
/// source's motion and weighed by how well source and motion agree. What detail the mean has lost it is given back.
///
/// Where the source stands still, so does the motion, exactly; where the neighbours' paintings there are equal too, the
/// painting stays as it is.
// Sendable: it belongs to one stage at a time; workers of a team write disjoint rows.
public final class NeighbourBlend: @unchecked Sendable {
    /// How many neighbours are looked at, before and after.
    public static let reach = 2
    /// Mean squared difference of the small sources' channels, over 5 x 5 pixels, at which a neighbour counts no more.
    private static let limit: Float = 1600

    /// How far around an area strokes follow it, in pixels.
    private static let strokes = 24
    /// Levels by which a neighbour's mean colour may be another, and more by which it counts no more: paintings of a
    /// fade follow its light.
    private static let sameLight: Float = 1.5
    private static let otherLight: Float = 3

    private let width: Int
    private let height: Int
    private let team: ThreadTeam
    private let neighbours: Neighbours
    private let detail: DetailKeeper
    /// The means, before they are given detail.
    private let mean: Frame
    /// (u, v, weight, -) of the small picture's pixels, of each neighbour.
    private let motions: [UnsafeMutablePointer<SIMD4<Float>>]
    private let errors: UnsafeMutablePointer<Float>
    /// Where a neighbour shows something else, and where all around it does.
    private let changed, core: UnsafeMutablePointer<UInt8>
    private let side: Int
    private let smallWidth: Int
    private let smallHeight: Int
    private let cells: NodeGrid
    private let pixels: NodeGrid
    private let layers: SmallLayers

    /// - Parameters: the frames' size, of which `Pyramid.canSee` is true, and their format.
    public init(width: Int, height: Int, format: PixelFormat = .rgb24, team: ThreadTeam) {
        (self.width, self.height, self.team) = (width, height, team)
        neighbours = Neighbours(width: width, height: height, reach: Self.reach, team: team)
        detail = DetailKeeper(width: width, height: height, team: team)
        mean = Frame(width: width, height: height, format: format)
        side = Pyramid.side(width: width, height: height)
        let size = Pyramid.sizes(width: width, height: height)[0]
        (smallWidth, smallHeight) = size
        layers = SmallLayers(width: size.width, height: size.height, side: side, count: 2 * Self.reach + 1)
        let count = size.width * size.height
        motions = (0..<2 * Self.reach).map { _ in .allocate(capacity: count) }
        for motion in motions { motion.initialize(repeating: .zero, count: count) }
        errors = .allocate(capacity: count)
        errors.initialize(repeating: 0, count: count)
        (changed, core) = (.allocate(capacity: count), .allocate(capacity: count))
        for marks in [changed, core] { marks.initialize(repeating: 0, count: count) }
        let (columns, rows) = FlowField.cells(width: size.width, height: size.height)
        cells = NodeGrid(columns: columns, rows: rows, side: FlowField.cell, width: size.width, height: size.height)
        pixels = NodeGrid(columns: size.width, rows: size.height, side: side, width: width, height: height)
    }

    deinit {
        for motion in motions { motion.deallocate() }
        errors.deallocate()
        changed.deallocate()
        core.deallocate()
    }

    /// Bytes that frames of a size take, beside the threads' scratch.
    public static func bytes(width: Int, height: Int, format: PixelFormat = .rgb24) -> Int {
        let size = Pyramid.sizes(width: width, height: height)[0]
        return Neighbours.bytes(width: width, height: height, reach: reach)
            + (16 * 2 * reach + 6) * size.width * size.height + format.bytesPerPixel * width * height
    }

    /// Bytes more that paintings with layers take, for frames of a size.
    public static func bytesOfLayers(width: Int, height: Int) -> Int {
        let size = Pyramid.sizes(width: width, height: height)[0]
        return 16 * (2 * reach + 1) * size.width * size.height
    }

    /// - Parameters:
    ///   - number: of the frame to be made. Numbers stand for the same frames in all calls.
    ///   - frames: the frames of its scene within reach, itself among them.
    ///   - source: a frame as it was read, by its number; `painted`, as it is painted, with its layers: a neighbour
    ///     counts where it shows the same of them.
    ///   - keepsGround: whether the ground of the layers stays as it is.
    public func blend(
        _ number: Int, of frames: ClosedRange<Int>, source: (Int) -> Frame, painted: (Int) -> Frame,
        keepsGround: Bool = false, into frame: Frame
    ) {
        let own = painted(number)
        // Slides and repeated frames, and where all is ground: no motion needs to be known.
        if frames.allSatisfy({ painted($0).hasPixels(of: own) }) || keepsGround && own.layers == nil {
            return frame.copyPixels(of: own)
        }
        neighbours.take(frames, source)
        layers.take(frames, painted, team: team)
        for other in frames where other != number { weigh(other, beside: number) }
        let nodes = smallWidth + 1
        team.run(height, scratch: 4 * (width + nodes)) { y, worker in
            let sums = UnsafeMutableRawPointer(team.scratch(worker, 4 * (width + nodes)))
                .bindMemory(to: SIMD4<Float>.self, capacity: width + nodes)
            own.withRow(y) { Warp.begin($0, width: width, into: sums) }
            for other in frames where other != number {
                add(painted(other), motion(other, beside: number), y, nodes: sums + width, into: sums)
            }
            mean.withMutableRow(y) { Warp.finish(sums, width: width, into: $0) }
        }
        detail.restore(mean, like: own, into: frame)
        if keepsGround { frame.takeGround(of: own, under: own.layers!.frame) }
    }

    /// Adds a neighbour's row.
    private func add(
        _ painted: Frame, _ motion: UnsafeMutablePointer<SIMD4<Float>>, _ y: Int,
        nodes: UnsafeMutablePointer<SIMD4<Float>>, into sums: UnsafeMutablePointer<SIMD4<Float>>
    ) {
        pixels.row(y, of: motion, into: nodes)
        painted.withSamples {
            Warp.addRow(
                $0, rowStride: painted.rowStride, width: width, height: height, y: y, nodes: nodes,
                node: pixels.across.node, fraction: pixels.across.fraction, into: sums)
        }
    }

    /// Finds where a neighbour's pixels lie, and how much each counts.
    private func weigh(_ other: Int, beside number: Int) {
        let (field, motion) = (neighbours.motion(from: number, to: other), motion(other, beside: number))
        let (own, theirs) = (neighbours.pyramid(number), neighbours.pyramid(other))
        let (reference, target) = (own.colours, theirs.colours)
        let apart = own.meanColour - theirs.meanColour
        let light = max(apart.max(), -apart.min())
        let most = min(max(1 - (light - Self.sameLight) / Self.otherLight, 0), 1)
        let scratch = 4 * (field.columns + 1) + smallWidth + 4
        team.run(smallHeight, scratch: scratch) { y, worker in
            let nodes = UnsafeMutableRawPointer(team.scratch(worker, scratch))
                .bindMemory(to: SIMD4<Float>.self, capacity: field.columns + 1)
            cells.row(y, of: field.nodes, into: nodes)
            Agreement.row(
                reference + y * smallWidth, target, width: smallWidth, height: smallHeight, y: y, nodes: nodes,
                node: cells.across.node, fraction: cells.across.fraction, errors: errors + y * smallWidth,
                motion: motion + y * smallWidth)
        }
        team.run(smallHeight, scratch: scratch) { y, worker in
            Agreement.weigh(
                errors, width: smallWidth, height: smallHeight, y: y, limit: Self.limit, most: most, scale: Float(side),
                scratch: team.scratch(worker, scratch), motion: motion + y * smallWidth,
                changed: changed + y * smallWidth)
        }
        forget(motion)
        layers.weigh(motion, from: number, to: other, errors: errors, team: team)
    }

    /// A neighbour does not count around a broad area that is another, for strokes follow what lies beside them. A
    /// narrow one is uncovered beside all that moves.
    private func forget(_ motion: UnsafeMutablePointer<SIMD4<Float>>) {
        let (core, around) = (3, 3 + (Self.strokes + side - 1) / side)
        spread(changed, core, all: true) { y, row in
            (self.core + y * smallWidth).update(from: row, count: smallWidth)
        }
        spread(self.core, around, all: false) { y, row in
            for x in 0..<smallWidth where row[x] != 0 { motion[y * smallWidth + x].z = 0 }
        }
    }

    private func spread(
        _ marks: UnsafePointer<UInt8>, _ radius: Int, all: Bool, _ take: (Int, UnsafePointer<UInt8>) -> Void
    ) {
        let count = (2 * smallWidth + 3) / 4
        team.run(smallHeight, scratch: count) { y, worker in
            let bytes = UnsafeMutableRawPointer(team.scratch(worker, count))
                .bindMemory(to: UInt8.self, capacity: 2 * smallWidth)
            Areas.row(
                marks, width: smallWidth, height: smallHeight, y: y, radius: radius, all: all, scratch: bytes,
                into: bytes + smallWidth)
            take(y, bytes + smallWidth)
        }
    }

    private func motion(_ other: Int, beside number: Int) -> UnsafeMutablePointer<SIMD4<Float>> {
        motions[other < number ? other - number + Self.reach : other - number + Self.reach - 1]
    }
}
