import Tensors
import Testing

@testable import StyleKernel

/// What the steps say of the networks, against what is written down of them.
@Suite struct ReceptiveFieldTests {
    private static let fast: Graph = {
        let metadata = ConfigurationTests.fast
        return try! Configuration(metadata: metadata, file: "").architecture.painting()
    }()

    /// Reach in pixels from the centre of the position's block. Kernels are those of all their parts.
    @Test(arguments: [
        (["z4"], 13.5), (["z8"], 35.5), (["z16"], 79.5), (["align.query"], 95.5), (["zcs"], 127.5),
        (["delta8", "gain8", "bias8"], 163.5), (["m8"], 171.5), (["delta4", "gain4", "bias4"], 177.5), (["m4"], 181.5),
    ])
    func reachesAsFar(values: [String], expected: Double) {
        let g = Self.fast
        let fields = values.map { g.field(of: g[$0], in: g["picture"]) }
        #expect(fields.map { max($0.before, $0.after) }.max() == expected)
    }

    /// The pixel that sees furthest up and left, 225, sees 207 down and right; another sees 210.
    @Test func thePictureReachesFurtherUpThanDown() throws {
        let (picture, out) = (Self.fast["picture"], Self.fast["out"])
        let seen = try #require(Self.fast.seen(by: out, Region(rows: 9..<10, columns: 9..<10))[picture])
        #expect(seen.columns == 9 - 225..<9 + 207 + 1)
        #expect(Self.fast.field(of: out, in: picture) == (225, 210))
    }

    /// Names in the order in which the network computes them.
    @Test func layersFollowFromTheSteps() throws {
        let names = Self.fast.layers.map(\.name)
        #expect(names.prefix(5) == ["stem", "down2", "down4", "res4.conv1", "res4.conv2"])
        #expect(names.last == "out" && Set(names).count == names.count)
        let file = try Golden("fast").parameters.reader
        let all = Set(names + (try Golden("fast").remembering.layers.map(\.name)))
        #expect(all == Set(file.entries.map { String($0.name[..<$0.name.lastIndex(of: ".")!]) }))
    }

    @Test func stagesAreNamedForBenches() {
        #expect(Self.fast.stages == ["encode", "align", "kernels", "modulate 8", "modulate 4", "decode"])
    }
}
