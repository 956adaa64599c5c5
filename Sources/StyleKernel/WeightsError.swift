public import Machine

/// A weights file that is well-formed safetensors and still no network that this program can run.
public struct WeightsError: Trouble, Hashable {
    /// The file, as it was named.
    public let file: String
    /// What was found and what was expected.
    public let reason: String

    public init(file: String, reason: String) {
        (self.file, self.reason) = (file, reason)
    }

    public var trouble: TroubleKind { .badData }
    public var description: String { "\(file) cannot be used as the network's weights: \(reason)" }
}
