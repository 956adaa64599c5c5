public import Imaging
import Kernels
public import Machine

/// A frame made small enough to look for motion in: its luma, again and again at half the size, and its colours.
// Sendable: filled by one stage at a time.
public final class Pyramid: @unchecked Sendable {
    /// The frame's pixels along one of the small picture's.
    let side: Int
    let width: Int
    let height: Int
    /// The finest first.
    let levels: [Plane]
    /// (r, g, b, 0) of the finest level's pixels.
    let colours: UnsafeMutablePointer<SIMD4<Float>>
    private(set) var meanColour = SIMD4<Float>.zero

    /// - Parameters: the frames' size. Motion of frames with a side under 8 is not looked for: see `canSee`.
    public init(width: Int, height: Int) {
        precondition(Self.canSee(width: width, height: height), "motion of \(width) x \(height)")
        side = Self.side(width: width, height: height)
        let sizes = Self.sizes(width: width, height: height)
        (self.width, self.height) = sizes[0]
        levels = sizes.map { Plane(width: $0.width, height: $0.height) }
        colours = .allocate(capacity: self.width * self.height)
        colours.initialize(repeating: .zero, count: self.width * self.height)
    }

    deinit { colours.deallocate() }

    public static func canSee(width: Int, height: Int) -> Bool { min(width, height) >= PatchFlow.side }

    /// Up to 270 lines are looked at as they are; more are brought down to no more than that.
    static func side(width: Int, height: Int) -> Int { (min(width, height) + 269) / 270 }

    static func sizes(width: Int, height: Int) -> [(width: Int, height: Int)] {
        let side = side(width: width, height: height)
        var sizes = [(width: width / side, height: height / side)]
        while min(sizes.last!.width, sizes.last!.height) >= 3 * PatchFlow.side {
            sizes.append(((sizes.last!.width + 1) / 2, (sizes.last!.height + 1) / 2))
        }
        return sizes
    }

    package static func bytes(width: Int, height: Int) -> Int {
        let sizes = sizes(width: width, height: height)
        return 16 * sizes[0].width * sizes[0].height
            + sizes.reduce(0) { $0 + 4 * Plane.count(width: $1.width, height: $1.height) }
    }

    public func load(_ frame: Frame, team: ThreadTeam) {
        precondition(frame.width / side == width && frame.height / side == height)
        let scratch = Shrink.scratchCount(width: side * width)
        frame.withSamples { first in
            team.run(height, scratch: scratch) { y, worker in
                Shrink.row(
                    first + y * side * frame.rowStride, rowStride: frame.rowStride, side: side, width: width,
                    scratch: team.scratch(worker, scratch), luma: levels[0].row(y), colours: colours + y * width)
            }
        }
        let pixels = UnsafeBufferPointer(start: colours, count: width * height)
        meanColour = pixels.reduce(.zero, +) / Float(pixels.count)
        levels[0].extend()
        for (fine, coarse) in zip(levels, levels.dropFirst()) {
            for y in 0..<coarse.height {
                Shrink.half(
                    fine.row(2 * y), fine.row(min(2 * y + 1, fine.height - 1)), width: fine.width, into: coarse.row(y))
            }
            coarse.extend()
        }
    }
}
