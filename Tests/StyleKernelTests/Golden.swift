import Foundation
import Machine
import Tensors
import TestSupport
import Testing
import Weights

@testable import StyleKernel

/// One file of golden tensors: inputs, every stage and the picture, made by the network's reference.
struct Golden: CustomTestStringConvertible {
    let name: String
    let file: SafeTensors.Reader
    let configuration: Configuration
    /// The weights that it was made with: its own, or the shipped ones.
    let parameters: Parameters
    let layers: Layers
    let painting: Graph
    let remembering: Graph
    var testDescription: String { name }

    static let fastNames = ["fast", "fast-no-gate", "fast-one-head-k1", "fast-two-heads-k5"]
    static let paperNames = ["paper-small", "paper-small-k5"]
    static let names = fastNames + paperNames

    init(_ name: String) throws {
        self.name = name
        let url = try #require(
            Bundle.module.url(forResource: name, withExtension: "safetensors", subdirectory: "Goldens"))
        file = try SafeTensors.Reader(path: url.path)
        configuration = try Configuration(metadata: file.metadata, file: url.path)
        let hasWeights = file.entries.contains { $0.name.hasPrefix("weights.") }
        if hasWeights {
            parameters = Parameters(file, prefix: "weights.") { WeightsError(file: url.path, reason: $0) }
        } else {
            let path = try Resources.path(of: Self.shippedWeights)
            parameters = Parameters(try SafeTensors.Reader(path: path)) { WeightsError(file: path, reason: $0) }
        }
        painting = configuration.architecture.painting()
        remembering = configuration.architecture.remembering
        layers = try configuration.architecture.layers(from: parameters)
    }

    static let shippedWeights = "stylekernel-fast.safetensors"

    func values(_ name: String) throws -> [Float] { try file.values(of: name) }
    func has(_ name: String) -> Bool { file[name] != nil }

    /// [1, C, H, W] of the file as channels last.
    func tensor(_ name: String) throws -> Tensor {
        let shape = try #require(file[name]?.shape)
        let (channels, height, width) = (shape[1], shape[2], shape[3])
        let tensor = Tensor(height: height, width: width, channels: channels)
        for (i, value) in try values(name).enumerated() {
            tensor[i / width % height, i % width, i / (width * height)] = value
        }
        return tensor
    }

    func features() throws -> [(scale: Scale, z: Tensor)] {
        try configuration.scales.map { ($0, try tensor($0.name)) }
    }

    /// Does the steps of a graph that lead from some values to others, from the golden's own values or those that are
    /// handed over, and returns what was wanted.
    /// - Parameter budget: floats of a strip.
    func run(
        _ graph: Graph, from given: [String], to wanted: [String], budget: Int = Plan.stripBudget,
        giving own: [String: Tensor] = [:], team: ThreadTeam
    ) throws -> [Tensor] {
        let part = graph.cut(from: given.map { graph[$0] }, to: wanted.map { graph[$0] })
        let inputs = try given.map { try own[$0] ?? tensor($0) }
        let stride = graph[given[0]].stride
        let plan = Plan(part, height: inputs[0].height * stride, width: inputs[0].width * stride, budget: budget)
        let runner = Runner(plan, layers, team: team)
        for (name, input) in zip(given, inputs) { runner[name].copy(from: input) }
        for (scale, held) in try heldStatistics() where part.uses("stats.\(scale.name)") {
            runner[graph["stats.\(scale.name)"]] = own["stats.\(scale.name)"] ?? held
        }
        for name in ["tokens.keys", "tokens.values"] where part.uses(name) && !wanted.contains(name) {
            runner[graph[name]] = try own[name] ?? (name.hasSuffix("keys") ? tokens().keys : tokens().values)
        }
        for name in wanted where name.hasPrefix("tokens.") { _ = runner.bind(name) }
        runner.whole()
        return wanted.map { runner[$0] }
    }

    /// The file's statistics as the stages take them.
    private func heldStatistics() throws -> [(Scale, Tensor)] {
        let scene = try statistics()
        return configuration.scales.map { ($0, scene.held($0)) }
    }

    func statistics() throws -> SceneStatistics {
        var channels: [String: SceneStatistics.Channels] = [:]
        for scale in configuration.scales {
            let std = try values("stats.\(scale.name).std").map(Double.init)
            channels[scale.name] = SceneStatistics.Channels(
                mean: try values("stats.\(scale.name).mean").map(Double.init), variance: std.map { $0 * $0 - 1e-5 })
        }
        return SceneStatistics(channels: channels)
    }

    /// [1, G, N_s, d] as the network keeps it.
    func tokens() throws -> StyleTokens {
        func tensor(_ name: String) throws -> Tensor {
            let shape = try #require(file[name]?.shape)
            let tensor = Tensor(height: shape[1], width: shape[2], channels: shape[3])
            for (i, value) in try values(name).enumerated() { tensor.base[i] = value }
            return tensor
        }
        return StyleTokens(keys: try tensor("tokens.keys"), values: try tensor("tokens.values"))
    }

    /// `content` or `style` as the encoder takes it.
    func picture(_ name: String) throws -> Tensor {
        let picture = try tensor(name)
        let (scale, offset) = (configuration.architecture.pixels.scale, configuration.architecture.pixels.offset)
        for p in 0..<picture.positions {
            picture.base[3 * p] = picture.base[3 * p] * 255 * scale.0 + offset.0
            picture.base[3 * p + 1] = picture.base[3 * p + 1] * 255 * scale.1 + offset.1
            picture.base[3 * p + 2] = picture.base[3 * p + 2] * 255 * scale.2 + offset.2
        }
        return picture
    }

    /// Channels of each part by itself: joined, the largest would hide the others.
    func parts(of name: String) -> [(name: String, channels: Range<Int>)] {
        switch name {
        case "zcs", "tokens.values":
            let names = configuration.preset == .fast ? ["deep", "mean8", "square8", "mean4", "square4"] : [""]
            let divisor = name == "zcs" ? 1 : configuration.heads
            return joined(zip(names, configuration.alignedWidths.map { $0 / divisor }).map { ($0, $1) })
        case "f8", "f4":
            let width = configuration.channels(at: name == "f8" ? .eight : .four)
            let taps = width * configuration.taps
            return joined([("F1", taps), ("F2", taps), ("B", width)])
        default: return []
        }
    }

    private func joined(_ widths: [(String, Int)]) -> [(name: String, channels: Range<Int>)] {
        var start = 0
        return widths.map { name, width in
            defer { start += width }
            return (name, start..<start + width)
        }
    }
}

extension Graph {
    /// Whether any step reads a value.
    func uses(_ name: String) -> Bool { steps.contains { $0.reads.contains { $0.name == name } } }
}

extension SceneStatistics {
    func held(_ scale: Scale) -> Tensor {
        let held = Tensor(height: 2, width: 1, channels: self[scale].mean.count)
        self[scale].fill(held)
        return held
    }
}

extension Tensor {
    /// Some channels of all positions, those that `keeps` lets through.
    func values(_ channels: Range<Int>? = nil, where keeps: (Int, Int) -> Bool = { _, _ in true }) -> [Float] {
        let channels = channels ?? 0..<self.channels
        return (0..<positions).flatMap { p in
            channels.compactMap { keeps(p, $0) ? base[p * self.channels + $0] : nil }
        }
    }

    var bits: [UInt32] { values().map(\.bitPattern) }

    func copy(from other: Tensor) {
        precondition(hasShape(of: other))
        base.update(from: other.base, count: count)
    }
}

/// Expects agreement within 1e-3 of the largest magnitude.
func expectAgreement(
    _ actual: [Float], _ expected: [Float], _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) {
    expectAgreement(actual, expected, within: 1e-3, "\(what)", sourceLocation: sourceLocation)
    if ProcessInfo.processInfo.environment["STYLEVIDEO_FIGURES"] != nil {
        print("figure: \(what): \(deviation(actual, expected))")
    }
}

/// The whole tensor, or each of its parts by itself.
func expectAgreement(
    _ actual: Tensor, _ expected: Tensor, _ golden: Golden, _ name: String,
    keeps: (Int, Int) -> Bool = { _, _ in true },
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(actual.hasShape(of: expected), sourceLocation: sourceLocation)
    let parts = golden.parts(of: name)
    for part in parts.isEmpty ? [(name: "", channels: 0..<actual.channels)] : parts {
        expectAgreement(
            actual.values(part.channels, where: keeps), expected.values(part.channels, where: keeps),
            "\(golden.name) \(name) \(part.name)", sourceLocation: sourceLocation)
    }
}
