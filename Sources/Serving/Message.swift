import FoundationEssentials

/// A line that a command says of itself (`--progress json`). What is of no known type, or no object, is passed over.
struct Message: Decodable, Equatable {
    var type: String
    var stage: String?
    var done: Int?
    var total: Int?
    /// Of the whole, from 0 to 1.
    var fraction: Double?
    var fps: Double?
    var secondsLeft: Double?
    /// Of a notice.
    var text: String?
    /// Of an error.
    var message: String?

    /// Nil for a line that is none.
    init?(_ line: String) {
        guard line.hasPrefix("{"), let message = try? JSONDecoder().decode(Self.self, from: Data(line.utf8)) else {
            return nil
        }
        self = message
    }
}
