internal import Glibc
package import SystemPackage

/// Why an output cannot be made, or not be completed.
public enum OutputError: Trouble, Hashable {
    /// A file has that name and may not be replaced.
    case exists(file: String)
    /// The output is one of the inputs.
    case isInput(file: String, input: String)
    /// The output's name or folder will not do.
    case unsuitable(file: String, reason: String)
    /// A file took the name while this one was made, which now bears another.
    case taken(file: String, now: String?)
    /// The system failed to write: `operation` is a verb, `code` an `errno`.
    case failed(operation: String, file: String, code: Int32)

    /// A file or folder that the system will not make.
    /// - Parameter code: an `errno`.
    package static func uncreated(_ path: FilePath, code: Int32) -> OutputError {
        guard ![ENOSPC, EDQUOT, EIO].contains(code) else {
            return .failed(operation: "create", file: path.string, code: code)
        }
        let folder = path.removingLastComponent().string
        let place = folder.isEmpty ? "the current folder" : "the folder \(folder)"
        let reason =
            switch code {
            case ENOENT where access(folder.isEmpty ? "." : folder, F_OK) == 0: "nothing can be made in \(place)"
            case ENOENT: "\(place) does not exist"
            case ENOTDIR: "\(place) is no folder"
            case EACCES, EPERM, EROFS: "\(place) is not writable (\(Errno(rawValue: code)))"
            default: "\(Errno(rawValue: code))"
            }
        return .unsuitable(file: path.string, reason: reason)
    }

    public var trouble: TroubleKind {
        switch self {
        case .exists, .isInput, .unsuitable, .taken: .cannotCreate
        case .failed: .outputFailed
        }
    }

    public var remedy: Remedy? {
        switch self {
        case .exists: .overwrite
        case .isInput: .otherOutput
        case .unsuitable, .taken, .failed: nil
        }
    }

    public var description: String {
        switch self {
        case .exists(let file): "\(printable(file)) exists already"
        case .isInput(let file, let input):
            "the output \(printable(file)) is the input \(printable(input)), which is never written to"
        case .unsuitable(let file, let reason): "cannot create \(printable(file)): \(printable(reason))"
        case .taken(let file, let now):
            "cannot complete \(printable(file)): a file of that name has appeared meanwhile"
                + (now.map { "; this one is now \(printable($0))" } ?? "")
        case .failed(let operation, let file, let code):
            "cannot \(operation) \(printable(file)): \(String(cString: strerror(code)))"
        }
    }
}
