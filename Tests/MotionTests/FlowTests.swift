import Foundation
import Imaging
import Machine
@testable import Motion
import TestSupport
import Testing

/// Flow between constructed pictures, whose motion is known.
@Suite struct FlowTests {
    private struct Flow {
        let field: FlowField
        let back: FlowField
        let side: Float

        init(_ first: Frame, _ second: Frame, threads: Int = 2) {
            let (width, height, team) = (first.width, first.height, ThreadTeam(threads: threads))
            let pyramids = [first, second].map { frame in
                let pyramid = Pyramid(width: width, height: height)
                pyramid.load(frame, team: team)
                return pyramid
            }
            side = Float(pyramids[0].side)
            (field, back) = (
                FlowField(width: pyramids[0].width, height: pyramids[0].height),
                FlowField(width: pyramids[0].width, height: pyramids[0].height)
            )
            OpticalFlow(width: width, height: height, team: team).find(
                pyramids[0], pyramids[1], forwards: field, backwards: back)
        }

        var nodes: [SIMD4<Float>] { (0..<field.columns * field.rows).map { field.nodes[$0] } }

        /// Nodes whose motion is more than `limit` of the frame's pixels from what it should be, of those that
        /// `counts`.
        func share(
            beyond limit: Float, of wanted: (Double, Double) -> (x: Double, y: Double),
            where counts: (Double, Double) -> Bool = { _, _ in true }
        ) -> Double {
            var (far, all) = (0, 0)
            for y in 0..<field.rows {
                for x in 0..<field.columns {
                    let place = side * (FlowField.centre(x, y) + 0.5) - 0.5
                    guard counts(Double(place.x), Double(place.y)) else { continue }
                    let (node, want) = (field.row(y)[x], wanted(Double(place.x), Double(place.y)))
                    let (dx, dy) = (side * node.x - Float(want.x), side * node.y - Float(want.y))
                    all += 1
                    far += (dx * dx + dy * dy).squareRoot() > limit ? 1 : 0
                }
            }
            return Double(far) / Double(max(all, 1))
        }
    }

    private static let (width, height) = (200, 150)

    private func inside(_ x: Double, _ y: Double) -> Bool {
        x > 24 && y > 24 && x < Double(Self.width) - 24 && y < Double(Self.height) - 24
    }

    @Test(arguments: [(3.0, -2.0), (0.4, 0.7), (-11.3, 6.5)])
    func aTranslationIsFound(_ way: (Double, Double)) {
        let first = frame(Self.width, Self.height) { ($0, $1) }
        let second = frame(Self.width, Self.height) { ($0 - way.0, $1 - way.1) }
        let flow = Flow(first, second)
        #expect(flow.share(beyond: 0.25, of: { _, _ in way }, where: inside) < 0.05)
    }

    /// Where frames are looked at smaller than they are.
    @Test func motionIsInTheFramesPixels() {
        let first = frame(720, 560) { ($0 / 4, $1 / 4) }
        let second = frame(720, 560) { (($0 - 9) / 4, ($1 + 7) / 4) }
        let flow = Flow(first, second)
        #expect(flow.side == 3)
        #expect(
            flow.share(beyond: 0.7, of: { _, _ in (9, -7) }, where: { $0 > 80 && $1 > 80 && $0 < 640 && $1 < 480 })
                < 0.05)
    }

    @Test func aRotationIsFound() {
        let (x, y, angle) = (100.0, 75.0, 0.04)
        func turned(_ a: Double, _ b: Double, _ angle: Double) -> (x: Double, y: Double) {
            (x + cos(angle) * (a - x) - sin(angle) * (b - y), y + sin(angle) * (a - x) + cos(angle) * (b - y))
        }
        let first = frame(Self.width, Self.height) { ($0, $1) }
        let flow = Flow(first, frame(Self.width, Self.height) { turned($0, $1, -angle) })
        let wanted: (Double, Double) -> (x: Double, y: Double) = {
            let (a, b) = turned($0, $1, angle)
            return (a - $0, b - $1)
        }
        #expect(flow.share(beyond: 0.4, of: wanted, where: inside) < 0.05)
        #expect(flow.share(beyond: 0.4, of: { _, _ in (0, 0) }, where: inside) > 0.8)
    }

    @Test func whatStandsStillStandsStillExactly() {
        let still = frame(Self.width, Self.height) { ($0, $1) }
        #expect(Flow(still, still).nodes.allSatisfy { $0 == SIMD4(0, 0, 1, 0) })
        let (a, b) = (still.disturbed(by: 3, seed: 1), still.disturbed(by: 3, seed: 2))
        #expect(Flow(a, b).nodes.allSatisfy { $0.lowHalf == .zero })
    }

    /// A thing before a still ground: far from it nothing moves.
    @Test func theGroundOfAMovingThingStandsStillExactly() {
        func scene(_ shift: Double) -> Frame {
            frame(Self.width, Self.height) { x, y in
                hypot(x - 100 - shift, y - 75) < 20 ? (x - shift + 500, y + 500) : (x, y)
            }
        }
        let flow = Flow(scene(0), scene(5))
        #expect(flow.share(beyond: 0, of: { _, _ in (0, 0) }, where: { hypot($0 - 100, $1 - 75) > 45 }) == 0)
        #expect(flow.share(beyond: 0.5, of: { _, _ in (5, 0) }, where: { hypot($0 - 100, $1 - 75) < 10 }) < 0.1)
    }

    /// What a thing is about to cover, and what leaves the picture, is not to be trusted.
    @Test func whatIsHiddenIsNotTrusted() {
        let way = 24.0
        let first = frame(Self.width, Self.height) { ($0, $1) }
        let second = frame(Self.width, Self.height) { ($0 - way, $1) }
        let flow = Flow(first, second)
        let (columns, right) = (flow.field.columns, Float(Self.width - 20))
        let left = flow.nodes.indices.filter { FlowField.centre($0 % columns, 0).x > right }
        #expect(!left.isEmpty && left.allSatisfy { flow.nodes[$0].z < 0.5 || flow.nodes[$0].x < 20 })
        let all = flow.nodes.reduce(0) { $0 + $1.z } / Float(flow.nodes.count)
        #expect(all > 0.7)
        let other = Flow(first, noise(Self.width, Self.height, 3))
        #expect(other.nodes.reduce(0) { $0 + $1.z } / Float(other.nodes.count) < 0.3)
    }

    @Test(arguments: [1, 3, 5]) func bitsDoNotDependOnThreads(_ threads: Int) {
        let first = frame(Self.width, Self.height) { ($0, $1) }
        let second = frame(Self.width, Self.height) { ($0 - 4.3, $1 + 0.02 * $0) }
        #expect(Flow(first, second, threads: threads).nodes == Flow(first, second, threads: 2).nodes)
    }
}
