import Foundation
import Glibc
import Machine

let readers: [String: @Sendable (Data) throws -> Void] = [
    "score": readScore, "job": readJob, "safetensors": readTensors, "container": readClip, "picture": readPicture,
]

let readerName = getenv("FUZZ").map { String(cString: $0) } ?? ""
private let chosen = readers[readerName]!

/// What is wrong with an input must be thrown as what the readers document. Anything else ends here: a trap, another
/// error, memory that is not ours, no end.
func read(_ bytes: Data) -> CInt {
    do {
        try chosen(bytes)
    } catch {
        precondition(error is any Trouble || error is DecodingError, "not what is documented: \(error)")
    }
    return 0
}

/// Hands the bytes over as a file, in the folder that is current.
func withFile<Result>(_ bytes: Data, _ body: (String) throws -> Result) throws -> Result {
    let name = "input"
    try! bytes.write(to: URL(fileURLWithPath: name))
    return try body(name)
}
