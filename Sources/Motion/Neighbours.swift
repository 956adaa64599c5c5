import Imaging
import Machine

/// The small pictures of a frame and its neighbours, and the motion between them. Kept from one frame to the next: a
/// picture's place depends on its number alone, and its motion to the next one on these two.
// Sendable: it belongs to one stage at a time.
final class Neighbours: @unchecked Sendable {
    private final class Slot {
        let pyramid: Pyramid
        /// To the next frame, and from there to this one.
        let ahead: FlowField
        let back: FlowField
        var number: Int?
        var knowsNext = false

        init(width: Int, height: Int) {
            pyramid = Pyramid(width: width, height: height)
            (ahead, back) = (
                FlowField(width: pyramid.width, height: pyramid.height),
                FlowField(width: pyramid.width, height: pyramid.height)
            )
        }
    }

    private let slots: [Slot]
    private let flow: OpticalFlow
    private let joined: FlowField
    private let team: ThreadTeam

    init(width: Int, height: Int, reach: Int, team: ThreadTeam) {
        slots = (0...2 * reach).map { _ in Slot(width: width, height: height) }
        flow = OpticalFlow(width: width, height: height, team: team)
        joined = FlowField(width: slots[0].pyramid.width, height: slots[0].pyramid.height)
        self.team = team
    }

    static func bytes(width: Int, height: Int, reach: Int) -> Int {
        let size = Pyramid.sizes(width: width, height: height)[0]
        let (columns, rows) = FlowField.cells(width: size.width, height: size.height)
        return (2 * reach + 1) * (Pyramid.bytes(width: width, height: height) + 32 * columns * rows)
            + OpticalFlow.bytes(width: width, height: height) + 16 * columns * rows
    }

    /// Takes the frames of a stretch without a cut.
    func take(_ frames: ClosedRange<Int>, _ source: (Int) -> Frame) {
        for number in frames where self[number].number != number {
            self[number].pyramid.load(source(number), team: team)
            (self[number].number, self[number].knowsNext) = (number, false)
        }
        for number in frames.dropLast() where !self[number].knowsNext {
            let (here, next) = (self[number], self[number + 1])
            flow.find(here.pyramid, next.pyramid, forwards: here.ahead, backwards: here.back)
            here.knowsNext = true
        }
    }

    func pyramid(_ number: Int) -> Pyramid { self[number].pyramid }

    /// From one of the frames to another, two apart at most; good until the next is asked for.
    func motion(from first: Int, to second: Int) -> FlowField {
        let step = second > first ? 1 : -1
        guard abs(second - first) > 1 else { return between(first, second) }
        joined.join(between(first, first + step), between(first + step, second))
        return joined
    }

    private func between(_ first: Int, _ second: Int) -> FlowField {
        second > first ? self[first].ahead : self[second].back
    }

    private subscript(number: Int) -> Slot { slots[((number % slots.count) + slots.count) % slots.count] }
}
