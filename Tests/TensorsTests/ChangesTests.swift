import Imaging
import Machine
import TestSupport
import Testing

@testable import Tensors

/// A runner that computes what has changed, against one that computes everything: by bits.
@Suite struct ChangesTests {
    /// All operations of the networks, on the way down to stride 4 and up again.
    private static func network(_ padding: ConvolutionLayer.Padding) -> Graph {
        var g = Graph()
        let statistics = g.given("statistics", channels: 16)
        let tokens = (keys: g.given("keys", channels: 8), values: g.given("values", channels: 16))
        g.stage = "down"
        let (half, deep) = g.goDown(padding)
        g.stage = "middle"
        let (query, gate) = g.ask(deep, by: statistics, padding)
        let attention = Graph.attention
        let brought = g.attend(query, to: tokens, by: attention, gate: gate, as: "brought")
        let style = g.deviations(of: brought, means: 16..<24, squares: 24..<32)
        g.stage = "up"
        let made = g.modulated(deep, by: statistics, style, padding)
        let twice = g.convolve(g.upsample(made, adding: half), "twice", to: 8, padding: padding, pre: .relu)
        g.write(g.convolve(g.upsample(twice), "out", to: 3, padding: padding, post: .tanhToUnit))
        return g
    }

    /// A network with what is bound to it.
    private final class Way {
        let runner: Runner
        let painted: Frame
        private let graph: Graph

        init(_ graph: Graph, _ plan: Plan, _ frame: Frame, threads: Int) throws {
            self.graph = graph
            painted = Frame(width: frame.width, height: frame.height)
            runner = Runner(plan, try Layers.random(for: graph), team: ThreadTeam(threads: threads))
            hold(seed: 0)
        }

        /// Other statistics and tokens.
        func hold(seed: Int) {
            var random = Seeded(seed)
            runner[graph["statistics"]] = Tensor(means: random.floats(16), deviations: random.floats(16, 0.5...2))
            for (name, channels) in [("keys", 8), ("values", 16)] {
                // So many that blocks of attention are narrower than a row.
                let values = random.floats(2 * 9000 * channels, 0.1...0.4)
                runner[graph[name]] = Tensor(height: 2, width: 9000, channels: channels, values: values)
            }
        }
    }

    private static func paint(_ graph: Graph, _ way: Way, _ frame: Frame, _ changes: Regions, holding seed: Int? = nil)
    {
        way.runner.begin(source: changes)
        if let seed { way.hold(seed: seed) }
        for stage in graph.stages { way.runner.changed(stage: stage, source: frame, painted: way.painted) }
    }

    /// Another picture in some rectangles, or everywhere, or nowhere.
    private static func change(_ frame: Frame, _ number: Int, _ random: inout Seeded) {
        let count = number == 5 ? 0 : number == 7 ? 1 : Int.random(in: 1...3, using: &random)
        for _ in 0..<count {
            let (w, h) = (Int.random(in: 1...20, using: &random), Int.random(in: 1...20, using: &random))
            let x = number == 7 ? 0 : Int.random(in: -4..<frame.width, using: &random)
            let y = number == 7 ? 0 : Int.random(in: -4..<frame.height, using: &random)
            let (columns, rows) = number == 7 ? (frame.width, frame.height) : (w, h)
            let bytes = (0..<256).map { _ in UInt8.random(in: 0...255, using: &random) }
            frame.withMutableBytes { to in
                for row in max(y, 0)..<min(y + rows, frame.height) where y + rows > 0 {
                    for i in 3 * max(x, 0)..<3 * max(min(x + columns, frame.width), max(x, 0)) {
                        to[row * frame.rowStride + i] = bytes[(row * 31 + i) % 256]
                    }
                }
            }
        }
    }

    @Test(arguments: [
        // frame, plan, threads
        (83, 61, 96, 64, 1), (120, 72, 120, 72, 2), (47, 90, 52, 92, 3), (200, 21, 200, 48, 5),
    ])
    func givesTheBitsOfTheWhole(width: Int, height: Int, planWidth: Int, planHeight: Int, threads: Int) throws {
        for padding in [ConvolutionLayer.Padding.reflect, .zero] {
            let g = Self.network(padding)
            let frame = Frame(width: width, height: height)
            var random = Seeded(width + threads)
            Self.change(frame, 7, &random)
            let keeping = try Way(
                g, Plan(g, height: planHeight, width: planWidth, keeps: true, budget: 4096), frame, threads: threads)
            let plain = try Way(g, Plan(g, height: planHeight, width: planWidth, budget: 4096), frame, threads: 2)
            let last = KeptFrame(width: width, height: height)
            for number in 0..<16 {
                let before = plain.painted.pixels
                if number > 0 { Self.change(frame, number, &random) }
                if number == 10 { plain.hold(seed: 1) }
                let changes = last.take(frame, team: ThreadTeam(threads: threads))
                Self.paint(g, keeping, frame, changes, holding: number == 10 ? 1 : nil)
                plain.runner.whole(source: frame, painted: plain.painted)
                let (changed, whole) = (keeping.painted.pixels, plain.painted.pixels)
                #expect(difference(changed, whole) == nil, "frame \(number), padding \(padding)")
                let isStill = before == whole
                #expect(isStill == (number == 5))
            }
        }
    }

    /// Each value by itself: what of it is not written out may not hide.
    @Test func keptValuesAreThoseOfTheWhole() throws {
        let g = Self.network(.reflect)
        let frame = Frame(width: 100, height: 70)
        var random = Seeded(2)
        Self.change(frame, 7, &random)
        let plan = Plan(g, height: 76, width: 104, keeps: true)
        let names = g.values.filter { g.home($0) == .workspace && plan.heldRows[$0.index] == nil }.map(\.name)
        #expect(names == ["half", "deep", "brought", "deviations(brought)"])
        let keeping = try Way(g, plan, frame, threads: 2)
        let apart = try Way(
            g, Plan(g.cut(from: [], to: names.map { g[$0] }), height: 76, width: 104), frame, threads: 2)
        let last = KeptFrame(width: 100, height: 70)
        for number in 0..<12 {
            if number > 0 { Self.change(frame, number, &random) }
            Self.paint(g, keeping, frame, last.take(frame, team: ThreadTeam(threads: 2)))
            apart.runner.whole(source: frame)
            for name in names {
                let (changed, whole) = (keeping.runner[name].bits, apart.runner[name].bits)
                #expect(difference(changed, whole) == nil, "\(name) of frame \(number)")
            }
        }
    }

    /// Where two lists first differ.
    private func difference<Element: Equatable>(_ a: [Element], _ b: [Element]) -> Int? {
        a.indices.first { a[$0] != b[$0] }
    }

    /// One block of the picture changes: what is computed again follows from windows and tiles.
    @Test func computesWhatTheGeometrySays() throws {
        var g = Graph()
        g.stage = "down"
        let fine = g.convolve(g.read(PixelScale(scale: (1, 1, 1), offset: (0, 0, 0))), "fine", to: 8)
        let half = g.convolve(fine, "half", to: 8, stride: 2)
        g.stage = "up"
        g.write(g.convolve(g.upsample(g.convolve(half, "tiled", to: 8)), "out", to: 3))
        let frame = Frame(width: 320, height: 160)
        let plan = Plan(g, height: 160, width: 320, keeps: true)
        let runner = Runner(plan, try Layers.random(for: g), team: ThreadTeam(threads: 2))
        let painted = Frame(width: 320, height: 160)
        let last = KeptFrame(width: 320, height: 160)
        func work() -> [Double] {
            let before = g.stages.map { runner.work[$0]?.done ?? 0 }
            runner.begin(source: last.take(frame, team: ThreadTeam(threads: 1)))
            for stage in g.stages { runner.changed(stage: stage, source: frame, painted: painted) }
            return zip(g.stages, before).map { runner.work[$0]!.done - $1 }
        }
        // Of a position: what is read, and two convolutions; another, upsampling, a third and what is written.
        func products(_ n: [Int]) -> [Double] {
            let down = 3 * n[0] + 216 * n[1] + 576 * n[2]
            let up = 576 * n[3] + 8 * n[4] + 216 * n[5] + 3 * n[6]
            return [Double(down), Double(up)]
        }
        let all = 160 * 320
        let whole = products([all, all, all / 4, all / 4, all, all, all])
        #expect(work() == whole)
        #expect(g.stages.map { runner.work[$0]!.whole } == whole)
        frame.withMutableBytes { $0[70 * frame.rowStride + 3 * 70] ^= 1 }
        // Pixels 64 to 79 are new, so 63 to 80 of fine, 31 to 40 of half, in tiles 28 to 43 of tiled, 55 to 88 of what
        // is upsampled, and 54 to 89 of out, whose few channels are not made in tiles. Half is kept. Out needs 53 to 90
        // of what is upsampled, and that 26 to 45 of tiled; half needs 61 to 81 of fine, and that 60 to 82 of the
        // picture.
        #expect(work() == products([23, 21, 10, 20, 38, 36, 36].map { $0 * $0 }))
        #expect(work() == [0, 0])
    }

    /// A style of nothing: whatever looks at it brings nothing, so what follows is not computed again.
    @Test func whatComesOutAsBeforeIsNoChange() throws {
        var g = Graph()
        let tokens = (keys: g.given("keys", channels: 4), values: g.given("values", channels: 4))
        g.stage = "attend"
        let x = g.convolve(g.read(PixelScale(scale: (1, 1, 1), offset: (0, 0, 0))), "x", to: 8)
        let attention = GatedAttention(heads: 2, alpha: 10, parts: [8])
        let brought = g.attend(x, to: tokens, by: attention, gate: nil, as: "brought")
        g.stage = "write"
        g.write(g.convolve(brought, "out", to: 3))
        let runner = Runner(
            Plan(g, height: 64, width: 96, keeps: true), try Layers.random(for: g), team: ThreadTeam(threads: 2))
        let (frame, painted) = (Frame(width: 96, height: 64), Frame(width: 96, height: 64))
        runner[g["keys"]] = Tensor(height: 2, width: 5, channels: 4, values: .init(repeating: 0.5, count: 40))
        let values = Tensor(height: 2, width: 5, channels: 4)
        runner[g["values"]] = values
        let last = KeptFrame(width: 96, height: 64)
        func work() -> [Double] {
            let before = g.stages.map { runner.work[$0]?.done ?? 0 }
            frame.withMutableBytes { $0[20 * frame.rowStride + 60] ^= 255 }
            runner.begin(source: last.take(frame, team: ThreadTeam(threads: 1)))
            for stage in g.stages { runner.changed(stage: stage, source: frame, painted: painted) }
            return zip(g.stages, before).map { runner.work[$0]!.done - $1 }
        }
        #expect(work().allSatisfy { $0 > 0 })
        let again = work()
        #expect(again[0] > 0 && again[1] == 0)
        values.fill(1)
        let other = work()
        #expect(other[0] == again[0] && other[1] > 0)
    }
}
