import Imaging
import Machine
import Motion
import Pipeline

/// Steadies paintings by their neighbours, brought along the source's motion.
struct Stabiliser: Effect {
    private let blend: NeighbourBlend
    private let keepsGround: Bool
    private let startsManner: @Sendable (Int) -> Bool

    /// Nil for frames too small to see motion in.
    /// - Parameters:
    ///   - keepsGround: whether what no layer covers stays as it is.
    ///   - startsManner: whether what paints a frame is not what paints the one before.
    init?(
        width: Int, height: Int, format: PixelFormat = .rgb24, team: ThreadTeam, keepsGround: Bool = false,
        startsManner: @escaping @Sendable (Int) -> Bool = { _ in false }
    ) {
        (self.keepsGround, self.startsManner) = (keepsGround, startsManner)
        guard Pyramid.canSee(width: width, height: height) else { return nil }
        blend = NeighbourBlend(width: width, height: height, format: format, team: team)
    }

    var name: String { "steady" }
    static let reach = Reach(before: NeighbourBlend.reach, after: NeighbourBlend.reach)
    var reach: Reach { Self.reach }

    /// Where a timeline changes all at once, paintings before and after are no neighbours.
    func startsAnew(at number: Int) -> Bool { startsManner(number) }

    func apply(_ window: Window, into frame: Frame) {
        let number = window.centre.number
        var (first, last) = (number, number)
        while window[first - 1 - number] != nil { first -= 1 }
        while window[last + 1 - number] != nil { last += 1 }
        blend.blend(
            number, of: first...last, source: { window[$0 - number]!.content.frame },
            painted: { window[$0 - number]!.frame.frame }, keepsGround: keepsGround, into: frame)
    }
}
