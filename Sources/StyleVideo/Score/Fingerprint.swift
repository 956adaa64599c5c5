import FoundationEssentials
import Media

extension Score {
    /// What names a painting: SHA-256, in hexadecimal, of the score, the libraries' versions and the CPU's level, of
    /// all that its bits depend on. Two runs of one fingerprint make the same bytes.
    ///
    /// - Precondition: the source's digest is known.
    public func fingerprint(versions: [String: String] = Versions.all, level: String = Versions.cpuLevel) -> String {
        precondition(source.digest != nil, "a score that was never meant to be kept has no fingerprint")
        let whole = Fingerprinted(score: self, versions: versions, level: level)
        return Digest.sha256(of: whole.document)
    }

    private struct Fingerprinted: Encodable {
        let score: Score
        let versions: [String: String]
        let level: String

        /// One text for one value: sorted keys, shortest decimals.
        var document: Data {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            // Strings, whole numbers and finite decimals: nothing that cannot be encoded.
            return try! encoder.encode(self)
        }
    }
}
