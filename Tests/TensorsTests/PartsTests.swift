import Imaging
import Machine
import TestSupport
import Testing

@testable import Tensors

/// A runner that computes what some of the result sees, against one that computes everything: by bits, and with nothing
/// but NaN where nothing was sought.
@Suite struct PartsTests {
    /// All operations of the networks, of two styles, on the way down to stride 4 and up again.
    private static func network(_ padding: ConvolutionLayer.Padding) -> Graph {
        var g = Graph()
        let statistics = g.given("statistics", channels: 16)
        let tokens = (0..<2).map {
            (keys: g.given("keys \($0)", channels: 8), values: g.given("values \($0)", channels: 16))
        }
        g.stage = "down"
        let (half, deep) = g.goDown(padding)
        g.stage = "middle"
        let (query, gate) = g.ask(deep, by: statistics, padding)
        let attention = Graph.attention
        let styles = tokens.enumerated().map { number, tokens in
            g.deviations(
                of: g.attend(query, to: tokens, by: attention, gate: gate, as: "brought \(number)"), means: 16..<24,
                squares: 24..<32)
        }
        let style = g.mix(styles, by: g.given("weights", channels: 2), as: "style")
        g.stage = "up"
        let made = g.modulated(deep, by: statistics, style, padding)
        let between = g.convolve(made, "between", to: 16, padding: padding, adding: made)
        let twice = g.convolve(g.upsample(between, adding: half), "twice", to: 8, padding: padding, pre: .relu)
        g.write(g.convolve(g.upsample(twice), "out", to: 3, padding: padding, post: .tanhToUnit))
        g.want([deep, half])
        return g
    }

    private static func runner(_ g: Graph, _ plan: Plan, threads: Int) throws -> Runner {
        let runner = Runner(plan, try Layers.random(for: g), team: ThreadTeam(threads: threads))
        var random = Seeded(1)
        runner[g["statistics"]] = Tensor(means: random.floats(16), deviations: random.floats(16, 0.5...2))
        for number in 0..<2 {
            for (name, channels) in [("keys", 8), ("values", 16)] {
                let values = random.floats(2 * 50 * channels, 0.1...0.4)
                runner[g["\(name) \(number)"]] = Tensor(height: 2, width: 50, channels: channels, values: values)
            }
        }
        runner[g["weights"]] = Tensor(height: 1, width: 1, channels: 2, values: [0.3, 0.7])
        return runner
    }

    /// Fills all memory of the plan but that of some values.
    private static func spoil(_ runner: Runner, but kept: [String] = []) {
        let values = kept.map { runner[$0].values }
        for case let tensor? in runner.plan.tensors {
            tensor.row(tensor.rows.lowerBound).update(repeating: .nan, count: tensor.heldCount)
        }
        for (name, values) in zip(kept, values) { runner[name].base.update(from: values, count: values.count) }
    }

    private static func frame(_ width: Int, _ height: Int) -> Frame {
        let frame = Frame(width: width, height: height)
        var random = Seeded(width)
        frame.withMutableBytes { for i in $0.indices { $0[i] = UInt8.random(in: 0...255, using: &random) } }
        return frame
    }

    private static func regions(_ frame: Frame, _ random: inout Seeded) -> Regions {
        var regions = Regions()
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let (w, h) = (Int.random(in: 1...30, using: &random), Int.random(in: 1...20, using: &random))
            let x = Int.random(in: 0..<frame.width, using: &random)
            let y = Int.random(in: 0..<frame.height, using: &random)
            regions.insert(
                Region(rows: y..<min(y + h, frame.height), columns: x..<min(x + w, frame.width)))
        }
        return regions
    }

    @Test(arguments: [
        // frame, plan, threads
        (83, 61, 96, 64, 1), (120, 72, 120, 72, 2), (47, 90, 52, 92, 3), (200, 21, 200, 48, 5),
    ])
    func givesTheBitsOfTheWhole(width: Int, height: Int, planWidth: Int, planHeight: Int, threads: Int) throws {
        for padding in [ConvolutionLayer.Padding.reflect, .zero] {
            let g = Self.network(padding)
            let frame = Self.frame(width, height)
            var random = Seeded(width + threads)
            let plain = try Self.runner(g, Plan(g, height: planHeight, width: planWidth, budget: 4096), threads: 2)
            let parts = try Self.runner(
                g, Plan(g, height: planHeight, width: planWidth, isInParts: true, budget: 4096), threads: threads)
            let (whole, painted) = (Frame(width: width, height: height), Frame(width: width, height: height))
            for turn in 0..<8 {
                let wanted = (0..<3).map { _ in Self.regions(frame, &random) }
                Self.spoil(parts)
                parts.forgetSought()
                for regions in wanted { parts.seek(regions, after: "down") }
                parts.seek(in: "down")
                parts.part(of: "down", source: frame)
                for (number, regions) in wanted.enumerated() {
                    // The second style alone, the first alone, and both.
                    let weights: [Float] = [[0, 1], [1, 0], [0.4, 0.6]][(turn + number) % 3]
                    for runner in [plain, parts] {
                        runner[g["weights"]].base.update(from: weights, count: 2)
                    }
                    plain.whole(source: frame, painted: whole)
                    Self.spoil(parts, but: ["deep", "half"])
                    painted.withMutableBytes { for i in $0.indices { $0[i] = 7 } }
                    parts.seek(regions, after: "down")
                    parts.part(after: "down", source: frame, painted: painted)
                    let (all, some) = (whole.pixels, painted.pixels)
                    for n in 0..<regions.count {
                        for y in regions[n].rows {
                            let row = 3 * (y * width + regions[n].columns.lowerBound)
                            let place = row..<row + 3 * regions[n].columns.count
                            #expect(all[place] == some[place], "row \(y) of \(regions[n]), padding \(padding)")
                        }
                    }
                }
            }
        }
    }

    /// Nothing is painted beside what was sought, and no more is computed for it than the geometry says.
    @Test func seeksWhatTheGeometrySays() throws {
        var g = Graph()
        g.stage = "down"
        let fine = g.convolve(g.read(PixelScale(scale: (1, 1, 1), offset: (0, 0, 0))), "fine", to: 8)
        let half = g.convolve(fine, "half", to: 8, stride: 2)
        g.stage = "up"
        g.write(g.convolve(g.upsample(g.convolve(half, "tiled", to: 8)), "out", to: 3))
        g.want([half])
        let runner = Runner(
            Plan(g, height: 160, width: 320, isInParts: true), try Layers.random(for: g), team: ThreadTeam(threads: 2))
        let (frame, painted) = (Self.frame(320, 160), Frame(width: 320, height: 160))
        var regions = Regions()
        regions.insert(Region(rows: 64..<80, columns: 64..<80))
        runner.forgetSought()
        runner.seek(regions, after: "down")
        // Out needs 63 to 80 of what is upsampled, that 31 to 40 of tiled, whose tiles 28 to 43 need 27 to 44 of half.
        let sought = runner.sought.values[half.index]
        #expect(sought.count == 1 && sought[0] == Region(rows: 27..<45, columns: 27..<45))
        runner.seek(in: "down")
        runner.part(of: "down", source: frame)
        runner.part(after: "down", source: frame, painted: painted)
        let pixels = painted.pixels
        let lit = (0..<320 * 160).filter { pixels[3 * $0] != 0 || pixels[3 * $0 + 1] != 0 || pixels[3 * $0 + 2] != 0 }
        #expect(!lit.isEmpty)
        #expect(lit.allSatisfy { (64..<80).contains($0 % 320) && (64..<80).contains($0 / 320) })
        // Of nothing nothing is sought, and most is all.
        runner.forgetSought()
        runner.seek(Regions(), after: "down")
        #expect(runner.sought.values[half.index].isEmpty)
        regions.insert(Region(rows: 0..<160, columns: 0..<300))
        runner.seek(regions, after: "down")
        let all = runner.sought.values[half.index]
        #expect(all.count == 1 && all[0] == Region(rows: 0..<80, columns: 0..<160))
    }
}
