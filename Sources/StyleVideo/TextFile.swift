import Glibc
import Media
public import SystemPackage

/// A small text, written under a temporary name and renamed when it is whole.
public enum TextFile {
    /// - Throws: `MediaError`: cannotCreate, output.
    public static func write(_ text: String, to path: FilePath, replacing: Bool) throws {
        let temporary = FilePath(path.string + ".\(String(UInt32.random(in: 0 ... .max), radix: 36)).part")
        do {
            let file = try FileDescriptor.open(
                temporary, .writeOnly, options: [.create, .exclusiveCreate],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
            try file.closeAfter {
                _ = try file.writeAll(text.utf8)
                guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
            }
            let published = replacing ? rename(temporary.string, path.string) : link(temporary.string, path.string)
            guard published == 0 else { throw Errno(rawValue: errno) }
            unlink(temporary.string)
        } catch let error as Errno {
            unlink(temporary.string)
            throw MediaError(
                error == .fileExists ? .cannotCreate : .output, operation: "write", file: path.string,
                code: -error.rawValue, text: "\(error)")
        }
    }
}
