import Foundation
import Machine
import Tensors
import Testing

@testable import StyleKernel

/// What a weights file may say, and what it is refused for.
@Suite struct ConfigurationTests {
    static let fast = [
        "format": "stylekernel/2", "preset": "fast", "heads": "8", "taps": "3", "alpha": "10.0", "gated": "true",
        "gate_width": "64", "groups": "8", "order": "0,1,2,3,4,5,6,7", "widths": "16,32,64,128,128", "vgg_divisor": "1",
    ]

    @Test func readsTheFastPreset() throws {
        let c = try Configuration(metadata: Self.fast.merging(["training": "some"]) { $1 }, file: "f")
        #expect(c.preset == .fast && c.heads == 8 && c.taps == 3 && c.alpha == 10 && c.isGated && c.gateWidth == 64)
        #expect(c.order == Array(0..<8) && c.stride == 16 && c.scales == [.four, .eight, .sixteen])
        #expect(c.alignedWidths == [128, 128, 128, 64, 64])
    }

    @Test func readsThePaperPresetWithoutWidths() throws {
        var metadata = Self.fast.merging(["preset": "paper", "gated": "false"]) { $1 }
        metadata["widths"] = nil
        metadata["gate_width"] = nil
        let c = try Configuration(metadata: metadata, file: "f")
        #expect(c.preset == .paper && c.stride == 8 && c.alignedWidths == [512] && !c.isGated)
    }

    @Test(arguments: [
        ("format", "stylekernel/1"), ("preset", "slow"), ("heads", "0"), ("heads", "3"), ("heads", "eight"),
        ("taps", "4"), ("taps", "-1"), ("alpha", "nan"), ("alpha", "-1"), ("alpha", "1e99"), ("gated", "yes"),
        ("gate_width", "0"), ("gate_width", "99999999999"), ("groups", "0"), ("order", "0,1,2,3,4,5,6,6"),
        ("order", "0,1,2"), ("order", "0,1,,2"), ("widths", "16,32,64,128"), ("widths", "16,32,60,128,128"),
        ("widths", "16,32,64,128,-128"), ("widths", "16,32,64,128,9999999999999999999"),
    ])
    func refuses(key: String, value: String) throws {
        let metadata = Self.fast.merging([key: value]) { $1 }
        let error = #expect(throws: WeightsError.self) { try Configuration(metadata: metadata, file: "some.file") }
        #expect(error?.description.contains("some.file") == true)
        #expect(
            error?.description.contains("'\(key == "widths" && value == "16,32,60,128,128" ? "heads" : key)'") == true)
    }

    @Test func refusesGroupsThatDoNotDivideTheWidths() throws {
        let metadata = Self.fast.merging(["groups": "3", "order": "2,0,1"]) { $1 }
        let error = #expect(throws: WeightsError.self) { try Configuration(metadata: metadata, file: "f") }
        #expect(error?.description.contains("'groups'") == true)
    }

    @Test(arguments: fast.keys.filter { $0 != "vgg_divisor" }.sorted()) func refusesWithout(key: String) throws {
        let error = #expect(throws: WeightsError.self) {
            try Configuration(metadata: Self.fast.filter { $0.key != key }, file: "f")
        }
        #expect(error?.description.contains("'\(key)'") == true)
    }

    /// A file that is well-formed and lies about its network, one lie at a time.
    @Test(arguments: ["missing", "other shape", "foreign", "not finite"]) func refusesWeights(lie: String) throws {
        let golden = try Golden("fast-one-head-k1")
        var writer = SafeTensors.Writer(metadata: golden.file.metadata)
        for entry in golden.file.entries where entry.name.hasPrefix("weights.") {
            var (name, shape, values) = (entry.name, entry.shape, try golden.values(entry.name))
            name.removeFirst("weights.".count)
            if name == "phi8.bias" {
                if lie == "missing" { continue }
                if lie == "other shape" { (shape, values) = ([values.count - 1], Array(values.dropLast())) }
                if lie == "not finite" { values[3] = .nan }
            }
            writer.add(name, shape: shape, values: values)
        }
        if lie == "foreign" { writer.add("phi9.bias", shape: [1], values: [0]) }
        let path = FileManager.default.temporaryDirectory.appending(path: "lie-\(UUID()).safetensors").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try writer.write(to: path)
        let error = #expect(throws: WeightsError.self) { try Stylizer(weights: path, team: ThreadTeam(threads: 1)) }
        #expect(error?.description.contains(path) == true)
        #expect(error?.description.contains(lie == "foreign" ? "'phi9.bias'" : "'phi8.bias'") == true)
    }
}
