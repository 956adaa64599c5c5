import Imaging
import Motion
import Pipeline

/// Which of a painting's layers is seen where: the ground, and what each style paints over it by masks.
// Sendable: it belongs to the stage of one line.
final class Layers: @unchecked Sendable {
    /// The corners of the cube of colours: any two are 255 apart in a channel. The eighth style over the ground has the
    /// first one's again.
    private static let colours: [[UInt8]] = (1...7).map { n in [4, 2, 1].map { n & $0 == 0 ? 0 : 255 } }

    private let pool: FramePool
    /// A row of each region's colour: regions of one style have one.
    private let lines: [Frame]

    /// - Parameter regions: in their order.
    init(_ regions: [Score.Region], width: Int, height: Int) {
        pool = FramePool(width: width, height: height)
        var styles: [Score.Style] = []
        lines = regions.map { region in
            if !styles.contains(region.style) { styles.append(region.style) }
            let colour = Self.colours[styles.firstIndex(of: region.style)! % Self.colours.count]
            let line = Frame(width: width, height: 1)
            line.withMutableBytes { for i in 0..<3 * width { $0[i] = colour[i % 3] } }
            return line
        }
    }

    /// Bytes for frames of a size: there are as many as there are paintings to be looked at, and on their way there.
    static func bytes(width: Int, height: Int) -> Int {
        NeighbourBlend.bytesOfLayers(width: width, height: height)
            + width * height * PixelFormat.rgb24.bytesPerPixel * Line.mostFrames([Stabiliser.reach])
    }

    /// Nil where nothing lies over the ground.
    /// - Parameter over: the masks, by their regions' numbers, the lowest first.
    func map(_ over: [(number: Int, mask: Mask)]) -> Lease? {
        guard !over.isEmpty else { return nil }
        let lease = pool.lease()
        lease.frame.withMutableBytes { _ = $0.initializeMemory(as: UInt8.self, repeating: 0) }
        for (number, mask) in over { mask.lay(lines[number], over: lease.frame) }
        return lease
    }
}
