import Kernels
import Machine
import Tensors
import TestSupport
import Testing

@Suite struct AttentionTests {
    struct Case: Sendable {
        var height, width, heads, keyWidth: Int
        var parts: [Int]
        var tokens: Int
        var gated = true
    }

    static let cases = [
        Case(height: 1, width: 1, heads: 1, keyWidth: 1, parts: [1], tokens: 1),
        Case(height: 2, width: 3, heads: 1, keyWidth: 7, parts: [5], tokens: 9),
        Case(height: 3, width: 50, heads: 2, keyWidth: 8, parts: [6, 4, 2], tokens: 31, gated: false),
        Case(height: 2, width: 49, heads: 8, keyWidth: 16, parts: [128, 64], tokens: 64),
        Case(height: 2, width: 7, heads: 2, keyWidth: 16, parts: [32, 32], tokens: 1500),
        Case(height: 1, width: 13, heads: 1, keyWidth: 9, parts: [17], tokens: 12_000),
    ]

    struct Problem {
        var attention: GatedAttention
        var query, keys, values: Tensor
        var gate: Tensor?
    }

    private static func problem(_ c: Case) -> Problem {
        var random = Seeded(c.tokens + c.width)
        func tensor(_ h: Int, _ w: Int, _ channels: Int, _ range: ClosedRange<Float> = -1...1) -> Tensor {
            Tensor(height: h, width: w, channels: channels, values: random.floats(h * w * channels, range))
        }
        let attention = GatedAttention(heads: c.heads, alpha: 10, parts: c.parts)
        let keys = attention.keys(tensor(1, c.tokens, c.heads * c.keyWidth))
        let values = attention.values(c.parts.map { tensor(1, c.tokens, $0) })
        return Problem(
            attention: attention, query: tensor(c.height, c.width, c.heads * c.keyWidth), keys: keys, values: values,
            gate: c.gated ? tensor(c.height, c.width, 2 * c.heads, -3...3) : nil)
    }

    @Test(arguments: cases) func agreesWithTheEquations(_ c: Case) {
        let problem = Self.problem(c)
        let aligned = Tensor(height: c.height, width: c.width, channels: problem.attention.channels)
        problem.attention(
            query: problem.query, gate: problem.gate, keys: problem.keys, values: problem.values, into: aligned,
            team: ThreadTeam(threads: 2))
        var (actual, expected): ([Float], [Float]) = ([], [])
        var compared = 0
        for head in 0..<c.heads {
            func rows(_ t: Tensor) -> [[Float]] {
                (0..<t.width).map { x in (0..<t.channels).map { t[head, x, $0] } }
            }
            let queries = (0..<c.height * c.width).map { p in
                (0..<c.keyWidth).map { problem.query[p / c.width, p % c.width, head * c.keyWidth + $0] }
            }
            let gate = problem.gate.map { gate in
                (0..<c.height * c.width).map { p in
                    (gate[p / c.width, p % c.width, head], gate[p / c.width, p % c.width, c.heads + head])
                }
            }
            let reference = AttentionReference.head(
                queries: queries, keys: rows(problem.keys), values: rows(problem.values), gate: gate, alpha: 10)
            for p in queries.indices where reference.distance.isEmpty || reference.distance[p] > 1e-4 {
                compared += 1
                expected += reference.aligned[p].map(Float.init)
                var start = 0
                for part in c.parts {
                    let width = part / c.heads
                    for i in 0..<width { actual.append(aligned[p / c.width, p % c.width, start + head * width + i]) }
                    start += part
                }
            }
        }
        #expect(compared * 4 >= c.heads * c.height * c.width * 2)
        expectAgreement(actual, expected, within: 1e-5)
    }

    @Test(arguments: cases) func givesTheSameBitsForAnyTeamAndAnyRows(_ c: Case) {
        let problem = Self.problem(c)
        func aligned(_ threads: Int, _ rows: Range<Int>? = nil) -> Tensor {
            let aligned = Tensor(height: c.height, width: c.width, channels: problem.attention.channels)
            problem.attention(
                query: problem.query, gate: problem.gate, keys: problem.keys, values: problem.values, into: aligned,
                region: rows.map { Region(rows: $0, columns: 0..<c.width) }, team: ThreadTeam(threads: threads))
            return aligned
        }
        let whole = aligned(1).bits
        for threads in [2, 3, 5] { #expect(aligned(threads).bits == whole) }
        let rowLength = c.width * problem.attention.channels
        for y in 0..<c.height {
            let part = aligned(2, y..<y + 1).bits
            #expect(part[y * rowLength..<(y + 1) * rowLength] == whole[y * rowLength..<(y + 1) * rowLength])
        }
    }

    /// A style of one colour: every attention is the same, and the gate must not shut out all.
    @Test func keepsTheRowWhereNothingStandsOut() {
        let attention = GatedAttention(heads: 1, alpha: 10, parts: [8])
        let keys = attention.keys(Tensor(height: 3, width: 3, channels: 4, values: .init(repeating: 2, count: 36)))
        let values = attention.values([
            Tensor(height: 3, width: 3, channels: 8, values: .init(repeating: 0.75, count: 72))
        ])
        let query = Tensor(height: 1, width: 2, channels: 4)
        query.fill(1)
        let gate = Tensor(height: 1, width: 2, channels: 2)
        gate.fill(1e9)  // λ = β = 1/2: the threshold is the mean itself
        let aligned = Tensor(height: 1, width: 2, channels: 8)
        attention(query: query, gate: gate, keys: keys, values: values, into: aligned, team: ThreadTeam(threads: 1))
        for value in aligned.values { #expect(abs(value - 0.75) < 1e-6) }
    }
}

extension GatedAttention {
    fileprivate func keys(_ keys: Tensor) -> Tensor {
        let split = Tensor(height: heads, width: keys.positions, channels: keys.channels / heads)
        splitKeys(keys, into: split)
        return split
    }

    fileprivate func values(_ values: [Tensor]) -> Tensor {
        let split = Tensor(height: heads, width: values[0].positions, channels: channels / heads)
        splitValues(values, into: split)
        return split
    }
}
