public import Machine

/// Why a picture cannot be measured, or a weights file not be measured with.
public enum PerceptionError: Trouble, Hashable {
    /// `file` is no file of LPIPS weights; the reason says what was found.
    case weights(file: String, reason: String)
    /// AlexNet leaves nothing of a picture with a side under 31.
    case tooSmall(width: Int, height: Int)

    public var trouble: TroubleKind { .badData }

    public var description: String {
        switch self {
        case .weights(let file, let reason): "\(file) cannot be used as LPIPS weights: \(reason)"
        case .tooSmall(let width, let height):
            "LPIPS cannot be measured at \(width) x \(height): both sides must be at least \(LPIPS.minimumSide) pixels"
        }
    }
}
