/// A command line's words, told apart as the argument parser does.
struct CommandLineWords {
    /// A flag that stands in the line.
    struct Said: Equatable {
        let name: String
        /// Nil where none follows, as of a flag that takes none.
        let value: String?
        let words: Range<Int>
    }

    private(set) var words: [String]
    private(set) var said: [Said] = []
    /// What is no flag, nor a flag's value: the command's files.
    private(set) var others: [String] = []

    /// - Parameter words: behind the command's name.
    init(_ words: [String], _ flags: Flags) {
        self.words = words
        var place = 0
        func value(behind place: Int) -> String? {
            guard words.indices.contains(place + 1) else { return nil }
            let next = words[place + 1]
            return next.hasPrefix("-") && next.count > 1 ? nil : next
        }
        while place < words.count {
            let word = words[place]
            if word == "--" {
                others += words[(place + 1)...]
                break
            }
            guard word.hasPrefix("-"), word.count > 1 else {
                others.append(word)
                place += 1
                continue
            }
            var next = place + 1
            if word.hasPrefix("--") {
                let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                if let flag = flags[String(parts[0])] {
                    var given = parts.count > 1 ? String(parts[1]) : nil
                    if given == nil, flag.takesValue, let behind = value(behind: place) {
                        (given, next) = (behind, place + 2)
                    }
                    said.append(Said(name: flag.name, value: given, words: place..<next))
                }
            } else {
                // Letters of several flags, of which the last may take a value: as -e=x, -e x.
                let letters = word.dropFirst().prefix { $0 != "=" }
                let flags = letters.compactMap { flags[$0] }
                for (number, flag) in flags.enumerated() where flags.count == letters.count {
                    var given: String?
                    if number == flags.count - 1, flag.takesValue {
                        if letters.count + 1 < word.count {
                            given = String(word.dropFirst(letters.count + 2))
                        } else if let behind = value(behind: place) {
                            (given, next) = (behind, place + 2)
                        }
                    }
                    said.append(Said(name: flag.name, value: given, words: place..<next))
                }
            }
            place = next
        }
    }
}
