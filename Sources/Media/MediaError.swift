/// What went wrong with a file of pictures or sound: what was tried, on what, and what was found.
public struct MediaError: Error, Sendable, CustomStringConvertible {
    /// What sort of trouble it is; a program turns this into its exit code.
    public enum Kind: Sendable, Hashable, CaseIterable {
        /// The input does not exist or may not be read.
        case missing
        /// The input is no file of pictures or sound that libav knows.
        case notMedia
        /// The input has no video stream.
        case noVideo
        /// The input's format is known, but it is too damaged to give a picture.
        case damaged
        /// The input is understood and not accepted: a playlist, a picture beyond the pixel limit.
        case refused
        /// The selected stretch holds no frame.
        case emptySelection
        /// The output cannot be created, or has a name whose format is not written.
        case cannotCreate
        /// Writing the output failed, as on a full disk.
        case output
        /// This system's libavcodec lacks the encoder.
        case encoderMissing
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
        self.file = file
        self.stream = stream
        self.code = code
        self.text = text
    }

    /// One sentence, safe to print: control characters are escaped.
    public var description: String {
        let place = stream.map { ", stream \($0)" } ?? ""
        return "cannot \(operation) \(printable(file))\(place): \(printable(text))"
    }
}

/// The text with control characters, which could move a terminal's cursor or change its colours, and marks that
/// reverse the direction of writing, written as `\u{1B}`.
public func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return text.unicodeScalars.reduce(into: "") { result, scalar in
        if isControl(scalar) {
            result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        } else {
            result.unicodeScalars.append(scalar)
        }
    }
}

private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    // The embedding and isolating marks of bidirectional text; other format characters join emoji and scripts.
    case .format: (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    default: false
    }
}
