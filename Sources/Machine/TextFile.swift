public import SystemPackage

/// A text as a file, written under a temporary name first.
public enum TextFile {
    /// - Throws: `OutputError`.
    public static func write(_ text: String, to path: FilePath, replacing: Bool) throws {
        try OutputFile.write(to: path, replacing: replacing) { _ = try $0.writeAll(text.utf8) }
    }
}
