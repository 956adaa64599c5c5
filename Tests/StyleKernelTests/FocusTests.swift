import Foundation
import Imaging
import TestSupport
import Testing

@testable import StyleKernel
@testable import Tensors

/// Where a place of the content looks.
@Suite struct FocusTests {
    private static func frame(_ width: Int, _ height: Int, seed: Int) -> Frame {
        let frame = Frame(width: width, height: height)
        var random = Seeded(seed)
        let phases = (0..<3).map { _ in Double.random(in: 2...9, using: &random) }
        frame.fill { x, y in
            phases.map { UInt8(128 + 90 * sin(Double(x) / $0) * cos(Double(y) / (11 - $0)) + Double((x + y) % 30)) }
        }
        return frame
    }

    /// Recomputed from its weights, Z_cs is the painting's.
    @Test(arguments: [(0, 0), (75, 40), (129, 69), (63, 64)]) func itsWeightsMakeWhatIsPainted(x: Int, y: Int) throws {
        let stylizer = try Stylizer.shipped()
        let picture = Self.frame(96, 64, seed: 2)
        let style = stylizer.remember(style: picture)
        let frame = Self.frame(130, 70, seed: 3)
        let (focus, aligned) = stylizer.alignment(of: frame, at: (x, y), style: style, styleSize: (96, 64))
        #expect((focus.column, focus.row) == (x / 16, y / 16) && focus.stride == 16)
        #expect((focus.columns, focus.rows) == (6, 4) && focus.heads.count == style.heads)

        let configuration = stylizer.configuration
        var expected = [Float](repeating: 0, count: aligned.count)
        for (number, head) in focus.heads.enumerated() {
            #expect(abs(head.weights.reduce(0, +) - 1) < 1e-12 && abs(head.attention.reduce(0, +) - 1) < 1e-12)
            var (start, from) = (0, 0)
            for part in configuration.alignedWidths {
                let width = part / style.heads
                for channel in 0..<width {
                    let sum = head.weights.enumerated().reduce(0.0) {
                        let place = $1.offset * style.values.channels + from + channel
                        return $0 + $1.element * Double(style.values.row(number)[place])
                    }
                    expected[start + number * width + channel] = Float(sum)
                }
                start += part
                from += width
            }
        }
        expectAgreement(aligned, expected, within: 1e-4)
    }

    /// Attention and gate as the paper writes them, of the query that the network has there.
    @Test func attentionIsTheSoftmaxOfThePaper() throws {
        let stylizer = try Stylizer.shipped()
        let style = stylizer.remember(style: Self.frame(96, 64, seed: 2))
        let frame = Self.frame(112, 64, seed: 4)
        let statistics = stylizer.statistics(of: frame)
        let focus = stylizer.focus(
            of: frame, at: (50, 20), style: style, styleSize: (96, 64), statistics: statistics)
        // The network's own query and gate of position (3, 1), by its graph.
        let graph = stylizer.painting.cut(
            from: [], to: ["align.query", "align.gate.4"].map { stylizer.painting[$0] })
        let runner = Runner(Plan(graph, height: 64, width: 112), stylizer.layers, team: stylizer.team)
        statistics[.sixteen].fill(runner.holdStatistics(of: .sixteen))
        runner.whole(source: frame)
        let (query, gate) = (runner["align.query"], runner["align.gate.4"])
        let width = style.keys.channels
        for (number, head) in focus.heads.enumerated() {
            let own = (0..<width).map { Double(query[1, 3, number * width + $0]) }
            let length = own.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let scores = (0..<style.count).map { token in
                (0..<width).reduce(0.0) {
                    $0 + own[$1] / length * Double(style.keys.row(number)[token * width + $1])
                } * Double(stylizer.configuration.alpha)
            }
            let sum = scores.reduce(0) { $0 + exp($1) }
            let attention = scores.map { exp($0) / sum }
            #expect(zip(attention, head.attention).allSatisfy { abs($0 - $1) < 1e-9 })
            func share(_ channel: Int) -> Double { 1.0 / 8 + 3.0 / 8 / (1 + exp(-Double(gate[1, 3, channel]))) }
            let threshold = (share(number) + share(style.heads + number)) / Double(style.count)
            #expect(abs(threshold - head.threshold!) < 1e-12)
            let kept = attention.filter { $0 > threshold }
            #expect(abs(head.keptAttention - kept.reduce(0, +)) < 1e-9)
            #expect(abs(head.keptPositions - Double(kept.count) / Double(style.count)) < 1e-12)
            #expect(abs(head.strongest - attention.max()! / kept.reduce(0, +)) < 1e-9)
            #expect(head.spread >= 1 && head.spread <= Double(kept.count) + 1e-9)
        }
        #expect(Set(focus.heads.map { $0.attention }).count == style.heads, "heads that look alike")
    }

    @Test func whatAHeadTellsOfItself() {
        let head = Focus.Head(attention: [0.5, 0.25, 0.15, 0.1], threshold: 0.2)
        #expect(head.weights == [0.5 / 0.75, 0.25 / 0.75, 0, 0])
        #expect(head.keptPositions == 0.5 && head.keptAttention == 0.75)
        let focus = Focus(column: 0, row: 0, stride: 16, columns: 2, rows: 2, heads: [head])
        let centre = focus.centre(of: head)
        #expect(abs(centre.x - 16 * (0.5 * 2 / 3 + 1.5 / 3)) < 1e-9 && abs(centre.y - 8) < 1e-9)
        // Where rounding leaves nothing, all is kept.
        let even = Focus.Head(attention: [0.25, 0.25, 0.25, 0.25], threshold: 0.25)
        #expect(even.keptPositions == 1 && abs(even.spread - 4) < 1e-9)
        #expect(Focus.Head(attention: [0.9, 0.1], threshold: nil).keptAttention == 1)
    }
}
