import Glibc
import Media
import Perception
import StyleKernel
import StyleVideo
import Tensors
import Weights

/// The exit codes that `--help` documents, by BSD's sysexits.
enum ExitStatus: Int32 {
    case usage = 64
    case badData = 65
    case missingInput = 66
    case unavailable = 69
    case ourMistake = 70
    case cannotCreate = 73
    case outputFailed = 74
    case interrupted = 130

    /// The code for an error of any layer.
    init(_ error: any Error) {
        switch error {
        case let error as MediaError: self.init(error.kind)
        case let error as JobError: self.init(error)
        case let error as SafeTensorsError: self = error.kind == .damaged ? .badData : .missingInput
        case is UsageError: self = .usage
        case is WeightsError, is PerceptionError: self = .badData
        case is ResourceError: self = .missingInput
        default: self = .ourMistake
        }
    }

    private init(_ kind: MediaError.Kind) {
        switch kind {
        case .missing: self = .missingInput
        case .notMedia, .noVideo, .damaged, .refused: self = .badData
        case .emptySelection: self = .usage
        case .cannotCreate: self = .cannotCreate
        case .output: self = .outputFailed
        case .encoderMissing: self = .unavailable
        }
    }

    private init(_ error: JobError) {
        switch error {
        case .noWeights, .missing: self = .missingInput
        case .exists, .sameFile, .output: self = .cannotCreate
        case .otherPreset, .noFrame, .usage: self = .usage
        case .differentClips: self = .badData
        case .tooLarge, .styleTooLarge, .addresses: self = .unavailable
        case .interrupted: self = .interrupted
        }
    }
}

/// An error with its exit code, on its way out.
struct Failure: Error {
    let error: any Error

    /// Says in one sentence what went wrong and ends the program.
    func leave() -> Never {
        let status = ExitStatus(error)
        Terminal.warn("stylevideo: " + printable("\(error)"))
        var code = status.rawValue
        if case .interrupted(let signal)? = error as? JobError { code = 128 + signal }
        exit(code)
    }
}
