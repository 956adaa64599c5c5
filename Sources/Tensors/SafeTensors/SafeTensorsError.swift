public import Machine

/// Names and types of the safetensors format: a length, a header in JSON, the tensors' bytes.
public enum SafeTensors {
    /// Headers may not be longer: the format's own bound.
    public static let longestHeader = 100_000_000

    public enum ElementType: String, Sendable {
        case float16 = "F16"
        case float32 = "F32"

        public var byteCount: Int { self == .float16 ? 2 : 4 }
    }
}

/// Why a safetensors file cannot be used.
public struct SafeTensorsError: Trouble, Equatable {
    public enum Kind: Sendable {
        /// There is no such file.
        case missing
        /// The system would not open, read or write it.
        case refused
        /// What it holds is not what the format, or the reader's owner, expects.
        case damaged
    }

    public var kind: Kind
    public var path: String
    public var reason: String

    public init(_ kind: Kind, path: String, _ reason: String) {
        (self.kind, self.path, self.reason) = (kind, path, reason)
    }

    public var trouble: TroubleKind { kind == .damaged ? .badData : .missingInput }
    public var description: String { "\(path): \(reason)" }
}
