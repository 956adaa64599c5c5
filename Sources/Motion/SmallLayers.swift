import Imaging
import Kernels
import Machine

/// The layers of a painting and its neighbours, as small as the pictures that motion is looked for in. A neighbour that
/// shows another layer where the motion leads is none: it would be seen through an edge that moves.
///
/// What is finer than a small picture's pixel is not seen, so layers count as apart in all of 3 x 3 of these.
// Sendable: it belongs to one stage at a time.
final class SmallLayers: @unchecked Sendable {
    /// Levels of 255 by which layers may be apart, and a neighbour counts no more.
    private static let limit: Float = 32

    private let width: Int
    private let height: Int
    private let side: Int
    /// Empty until a painting with layers comes.
    private var slots: [Slot] = []
    private let count: Int

    private struct Slot {
        let colours: UnsafeMutablePointer<SIMD4<Float>>
        var number: Int?
        /// Whether all is ground: then the colours are 0.
        var isGround = true
    }

    /// - Parameters:
    ///   - width, height: of the small pictures, of whose pixels each is `side` x `side` of the painting's.
    ///   - count: how many frames are looked at together.
    init(width: Int, height: Int, side: Int, count: Int) {
        (self.width, self.height, self.side, self.count) = (width, height, side, count)
    }

    deinit { for slot in slots { slot.colours.deallocate() } }

    /// Takes the layers of frames that follow one another.
    func take(_ frames: ClosedRange<Int>, _ painted: (Int) -> Frame, team: ThreadTeam) {
        if slots.isEmpty {
            guard frames.contains(where: { painted($0).layers != nil }) else { return }
            slots = (0..<count).map { _ in
                let colours = UnsafeMutablePointer<SIMD4<Float>>.allocate(capacity: width * height)
                colours.initialize(repeating: .zero, count: width * height)
                return Slot(colours: colours)
            }
        }
        for number in frames where slots[place(number)].number != number {
            let layers = painted(number).layers?.frame
            let place = place(number)
            slots[place].number = number
            slots[place].isGround = layers == nil
            guard let layers else {
                slots[place].colours.update(repeating: .zero, count: width * height)
                continue
            }
            load(layers, into: slots[place].colours, team)
        }
    }

    private func load(_ layers: Frame, into colours: UnsafeMutablePointer<SIMD4<Float>>, _ team: ThreadTeam) {
        let scratch = Shrink.scratchCount(width: side * width) + width
        layers.withSamples { first in
            team.run(height, scratch: scratch) { y, worker in
                let floats = team.scratch(worker, scratch)
                Shrink.row(
                    first + y * side * layers.rowStride, rowStride: layers.rowStride, side: side, width: width,
                    scratch: floats + width, luma: floats, colours: colours + y * width)
            }
        }
    }

    /// Takes weight from the motion to a neighbour where its layers are others.
    /// - Parameter errors: of the small picture's pixels, to be written over.
    func weigh(
        _ motion: UnsafeMutablePointer<SIMD4<Float>>, from number: Int, to other: Int,
        errors: UnsafeMutablePointer<Float>, team: ThreadTeam
    ) {
        guard !slots.isEmpty else { return }
        let (own, theirs) = (slots[place(number)], slots[place(other)])
        guard !(own.isGround && theirs.isGround) else { return }
        team.run(height) { y, _ in
            let start = y * width
            Agreement.layers(
                own.colours + start, theirs.colours, width: width, height: height, y: y, motion: motion + start,
                scale: Float(side), apart: errors + start)
        }
        team.run(height) { y, _ in
            Agreement.weigh(
                layers: errors, width: width, height: height, y: y, limit: Self.limit, motion: motion + y * width)
        }
    }

    private func place(_ number: Int) -> Int { ((number % count) + count) % count }
}
