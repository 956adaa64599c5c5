import Machine
import TestSupport
import Testing

@testable import Tensors

/// What follows from a graph's steps: memory, strips, and what a position sees.
@Suite struct GraphTests {
    private static let team = ThreadTeam(threads: 2)

    /// Down, a block on the way round, and up again, with an input of strips.
    private static func sample(stride: Int = 1) -> Graph {
        var g = Graph()
        g.stage = "first"
        let x = g.given("x", stride: stride, channels: 8)
        let half = g.convolve(x, "down", to: 16, stride: 2, post: .relu)
        let hidden = g.convolve(half, "hidden", to: 16, pre: .relu)
        let sum = g.convolve(hidden, "sum", to: 16, adding: half)
        g.stage = "second"
        let wide = g.convolve(g.upsample(sum, isStrip: true), "wide", to: 24, size: 1, isStrip: true)
        let statistics = g.given("statistics", channels: 8)
        _ = g.modulate(x, by: statistics, kernels: wide, taps: 1, order: [0], as: "y")
        return g
    }

    private static func filled(_ runner: Runner) -> Runner {
        var random = Seeded(8)
        let x = runner["x"]
        for (i, value) in random.floats(x.count).enumerated() { x.base[i] = value }
        let graph = runner.plan.graph
        runner[graph["statistics"]] = Tensor(means: random.floats(8), deviations: random.floats(8, 0.5...2))
        return runner
    }

    @Test func stagesAndLayersFollow() {
        let g = Self.sample()
        #expect(g.stages == ["first", "second"])
        #expect(g.layers.map(\.name) == ["down", "hidden", "sum", "wide"])
    }

    /// Each value by itself, nothing sharing memory, against the plan's run: whole and by strips.
    @Test func sharedMemoryAndStripsDoNotChangeBits() throws {
        let g = Self.sample()
        let layers = try Layers.random(for: g)
        let all = g.values.filter { $0.stride > 0 }
        let apart = Self.filled(Runner(Plan(g.cut(from: [], to: all), height: 22, width: 14), layers, team: Self.team))
        apart.whole()
        let expected = apart["y"].bits
        #expect(Set(expected).count > expected.count / 2)
        for budget in [1, 5 * 14 * 24, Int.max] {
            let plan = Plan(g.cut(from: [], to: [g["y"]]), height: 22, width: 14, budget: budget)
            #expect(plan.stripRows(of: g["y"]) == (budget == .max ? 22 : 4))
            #expect(plan.stripRows(of: g["sum"]) == (budget == 1 ? 4 : 11))
            let runner = Self.filled(Runner(plan, layers, team: Self.team))
            runner.whole()
            #expect(runner["y"].bits == expected)
        }
    }

    /// The sum takes the place of what it is added to, unless that is wanted still. Fine values would be made by the
    /// strip.
    @Test func resultsOverwriteWhatNothingReadsLater() throws {
        let g = Self.sample(stride: 8)
        func runner(_ wanted: [String]) throws -> Runner {
            let part = g.cut(from: [], to: wanted.map { g[$0] })
            return Runner(Plan(part, height: 64, width: 64), try Layers.random(for: g), team: Self.team)
        }
        #expect(try { $0["down"].base == $0["sum"].base }(runner(["sum"])))
        #expect(try { $0["down"].base != $0["sum"].base }(runner(["sum", "down"])))
    }

    @Test func whatIsReadLaterIsNotOverwritten() async {
        await #expect(processExitsWith: .failure) {
            var g = Graph()
            let x = g.given("x", stride: 1, channels: 4)
            _ = g.unitLength(x, epsilon: 1)
            _ = g.maxPool(x, window: 2, stride: 2)
            _ = Plan(g, height: 4, width: 4)
        }
    }

    /// What is seen whole cannot be made by the strip.
    @Test func aStripIsNotSeenWhole() async {
        await #expect(processExitsWith: .failure) {
            var g = Graph()
            let x = g.given("x", stride: 16, channels: 4)
            let statistics = g.convolve(x, "a", to: 4, isStrip: true)
            _ = g.normalise(x, by: statistics)
            _ = Plan(g, height: 64, width: 64)
        }
    }

    /// Windows of all kinds, up and down, through strips of four rows, of a few, and of all: the bits of each value by
    /// itself.
    @Test(arguments: [(4, 4), (22, 14), (40, 24), (66, 18)], [ConvolutionLayer.Padding.reflect, .zero])
    func stripsThroughManySteps(size: (height: Int, width: Int), padding: ConvolutionLayer.Padding) throws {
        var g = Graph()
        let x = g.given("x", stride: 2, channels: 8)
        let a = g.convolve(x, "a", to: 8, padding: padding, post: .relu)
        let b = g.convolve(a, "b", to: 16, stride: 2, padding: padding)
        let c = g.convolve(b, "c", to: 16, padding: padding, adding: b)
        let up = g.upsample(c)
        let d = g.convolve(up, "d", to: 8, size: 5, padding: padding, adding: a)
        _ = g.convolve(
            g.maxPool(g.convolve(d, "few", to: 3, padding: padding), window: 3, stride: 1), "y", to: 9, margin: 1)
        let layers = try Layers.random(for: g)
        let (height, width) = (2 * size.height, 2 * size.width)
        func run(_ plan: Plan) -> [UInt32] {
            let runner = Runner(plan, layers, team: Self.team)
            var random = Seeded(3)
            for (i, value) in random.floats(runner["x"].count).enumerated() { runner["x"].base[i] = value }
            runner.whole()
            return runner["y"].bits
        }
        let expected = run(Plan(g.cut(from: [], to: g.values), height: height, width: width))
        #expect(Set(expected).count > expected.count / 2)
        var lengths: Set<Int> = []
        for budget in [1, 1_500, 5_000, 8_000, .max] {
            let plan = Plan(g.cut(from: [], to: [g["y"]]), height: height, width: width, budget: budget)
            lengths.insert(try #require(plan.stripRows(of: g["y"])))
            #expect(plan.passes.count == 1)
            #expect(run(plan) == expected, "a budget of \(budget)")
        }
        #expect(size.height < 30 || lengths.count > 2)
    }

    /// A position's window, by changing one input at a time.
    @Test func aPositionSeesWhatTheReachSays() throws {
        let g = Self.sample()
        let plan = Plan(g.cut(from: [], to: [g["y"], g["x"]]), height: 24, width: 20)
        let runner = Self.filled(Runner(plan, try Layers.random(for: g), team: Self.team))
        let (x, y) = (runner["x"], runner["y"])
        func result() -> [Float] {
            runner.whole()
            return (0..<8).map { y[11, 9, $0] }
        }
        let before = result()
        func isSeen(_ row: Int, _ column: Int) -> Bool {
            let old = (0..<8).map { x[row, column, $0] }
            for c in 0..<8 { x[row, column, c] += 7 }
            defer { for c in 0..<8 { x[row, column, c] = old[c] } }
            // Rounding beyond the window, where it shares a tile, is a hundred times smaller.
            return deviation(result(), before) > 1e-4
        }
        let rows = (0..<24).filter { isSeen($0, 9) }
        let columns = (0..<20).filter { isSeen(11, $0) }
        let seen = try #require(g.seen(by: g["y"], Region(rows: 11..<12, columns: 9..<10))[g["x"]])
        #expect(rows == Array(seen.rows) && columns == Array(seen.columns))
    }
}
