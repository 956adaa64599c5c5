import FoundationEssentials
import StyleVideo

extension SettingsReport {
    /// What was set, by the names that `--json` has, in words: `style size`.
    var facts: [(name: String, value: String)] {
        guard let data = try? JSONEncoder().encode(self),
            let fields = try? JSONDecoder().decode([String: Field].self, from: data)
        else { return [] }
        return fields.sorted { $0.key < $1.key }.map { (name: Self.words($0.key), value: $0.value.text) }
    }

    private static func words(_ name: String) -> String {
        name.reduce(into: "") { words, letter in
            words += letter.isUppercase ? " " + letter.lowercased() : String(letter)
        }
    }

    /// A field's value: none of a report's settings holds others.
    private enum Field: Decodable {
        case truth(Bool)
        case number(Double)
        case text(String)
        case numbers([Double])

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let truth = try? value.decode(Bool.self) {
                self = .truth(truth)
            } else if let number = try? value.decode(Double.self) {
                self = .number(number)
            } else if let numbers = try? value.decode([Double].self) {
                self = .numbers(numbers)
            } else {
                self = .text(try value.decode(String.self))
            }
        }

        var text: String {
            switch self {
            case .truth(let truth): truth ? "yes" : "no"
            case .number(let number): Self.plain(number)
            case .text(let text): text
            case .numbers(let numbers): numbers.map(Self.plain).joined(separator: ", ")
            }
        }

        private static func plain(_ number: Double) -> String {
            number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
        }
    }
}
