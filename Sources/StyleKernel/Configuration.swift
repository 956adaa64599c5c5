/// What a weights file says about its network: everything in which one network of the family differs from another.
public struct Configuration: Sendable, Hashable {
    public enum Preset: String, Sendable, CaseIterable, Codable {
        /// One light encoder for both sides, attention at stride 16, kernels at strides 8 and 4.
        case fast
        /// The paper's network: VGG-16 for both sides, kernels at stride 8.
        case paper
    }

    public let preset: Preset
    /// G, the heads of the attention.
    public let heads: Int
    /// k, the taps of a column and of a row of a style kernel; odd.
    public let taps: Int
    /// α, the sharpness of the softmax.
    public let alpha: Float
    /// Whether small similarities are dropped (Eq. 3 to 5).
    public let isGated: Bool
    /// Width of ψ's hidden layers.
    public let gateWidth: Int
    /// Grouped shuffling (Eq. 10): group `order[i]` goes to place i.
    public let order: [Int]
    /// Channels that the encoder leaves at each stride, and further those of strides 1 and 2 inside it.
    public let widths: [Int]
    /// 1; for tests also the divisor of VGG-16's widths in a narrow stand-in.
    public let vggDivisor: Int

    /// Strides of the features that an encoder leaves, finest first.
    public var scales: [Scale] { preset == .fast ? [.four, .eight, .sixteen] : [.eight] }
    /// The scale of the attention.
    public var deepest: Scale { scales.last! }
    /// A frame's sides are multiples of it inside the network.
    public var stride: Int { deepest.rawValue }

    public func channels(at scale: Scale) -> Int {
        switch (preset, scale) {
        case (.paper, _): 512 / vggDivisor
        case (.fast, .four): widths[2]
        case (.fast, .eight): widths[3]
        case (.fast, .sixteen): widths[4]
        }
    }

    /// Widths of the value tensors that attention carries over, in their order: `fast` deep, mean8, square8, mean4,
    /// square4; `paper` the one.
    public var alignedWidths: [Int] {
        guard preset == .fast else { return [channels(at: .eight)] }
        let (c4, c8) = (channels(at: .four), channels(at: .eight))
        return [channels(at: .sixteen), c8, c8, c4, c4]
    }
}

extension Configuration {
    var architecture: any Architecture {
        preset == .fast ? FastNetwork(configuration: self) : PaperNetwork(configuration: self)
    }
}

/// A stride at which the encoder leaves features: one position for so many by so many pixels.
public enum Scale: Int, Sendable, Hashable, CaseIterable, Comparable {
    case four = 4
    case eight = 8
    case sixteen = 16

    /// The name of the features there.
    public var name: String {
        switch self {
        case .four: "z4"
        case .eight: "z8"
        case .sixteen: "z16"
        }
    }
    public static func < (a: Scale, b: Scale) -> Bool { a.rawValue < b.rawValue }
}
