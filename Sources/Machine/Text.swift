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

/// A decimal as people write it: no word (nan, inf), no hexadecimals. Nil for what is none.
package func decimal(_ text: some StringProtocol) -> Double? {
    text.allSatisfy { $0.isASCII && ($0.isNumber || "+-.".contains($0)) } ? Double(text) : nil
}

extension Double {
    /// Seconds as people write them: the nearest number of so many decimals, without what a product of binary fractions
    /// leaves behind it (0.30000000000000004).
    package func rounded(digits: Int) -> Double {
        let scale = (0..<digits).reduce(1.0) { product, _ in product * 10 }
        return (self * scale).rounded() / scale
    }
}
