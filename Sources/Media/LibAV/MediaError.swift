import Glibc
public import Machine

/// What went wrong with a file of pictures or sound: what was tried, on what, and what was found.
public struct MediaError: Trouble {
    /// What sort of trouble it is; a program turns this into its exit code.
    public enum Kind: Sendable, Hashable, CaseIterable {
        /// The input does not exist or may not be read.
        case missing
        /// The input is no file of pictures or sound that libav knows.
        case notMedia
        /// The input has no video stream.
        case noVideo
        /// The input is bare frames, of which it is not said what they are.
        case rawFrames
        /// The input is a still picture, where a clip is wanted.
        case stillPicture
        /// The input has no transparency, which is wanted of it.
        case opaque
        /// The input's format is known, but it is too damaged to give a picture.
        case damaged
        /// The input is understood and not accepted: a playlist, a picture beyond the pixel limit.
        case refused
        /// A picture for which the free memory does not suffice.
        case tooLarge
        /// The selected stretch holds no frame.
        case emptySelection
        /// The output cannot be created, or has a name whose format is not written.
        case cannotCreate
        /// Writing the output failed, as on a full disk.
        case output
        /// The encoder does not take the value of an option.
        case option
        /// This system's libavcodec lacks the encoder.
        case encoderMissing
        /// This system lacks libavfilter.
        case filterMissing
    }

    public let kind: Kind
    /// What was tried, as a verb: "open", "decode".
    public let operation: String
    /// The file's name as given.
    public let file: String
    /// The stream's index in the file, where one is concerned.
    public let stream: Int?
    /// libav's error code, or the negated `errno`, where there is one.
    public let code: Int32?
    /// What was found, and what to do about it.
    public let text: String

    public init(
        _ kind: Kind, operation: String, file: String, stream: Int? = nil, code: Int32? = nil, text: String
    ) {
        self.kind = kind
        self.operation = operation
        self.file = Spool.shownName(file)
        self.stream = stream
        self.code = code
        self.text = text
    }

    public var trouble: TroubleKind {
        switch kind {
        // It may well be there; the process is allowed no more open files.
        case .missing: [EMFILE, ENFILE].contains(-(code ?? 0)) ? .unavailable : .missingInput
        case .notMedia, .noVideo, .rawFrames, .stillPicture, .opaque, .damaged, .refused: .badData
        case .emptySelection, .option: .usage
        // A disk that is full, or fails, is no fault of the name's.
        case .cannotCreate: [ENOSPC, EDQUOT, EIO].contains(-(code ?? 0)) ? .outputFailed : .cannotCreate
        case .output: .outputFailed
        case .encoderMissing, .filterMissing, .tooLarge: .unavailable
        }
    }

    public var remedy: Remedy? {
        switch kind {
        case .stillPicture: .paintPicture
        case .filterMissing: .fieldsTogether
        case .rawFrames: .sayWhatRawFramesAre
        default: nil
        }
    }

    /// One sentence, safe to print: control characters are escaped.
    public var description: String {
        let place = stream.map { ", stream \($0)" } ?? ""
        return "cannot \(operation) \(printable(file))\(place): \(printable(text))"
    }
}
