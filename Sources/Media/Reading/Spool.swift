import Glibc
public import Imaging
import Machine
import Synchronization
public import SystemPackage

/// What is no file that can be read more than once, as one: a pipe's bytes, or pictures one after another. It has no
/// name in any folder, so nothing of it is left however the program ends.
public final class Spool: Sendable {
    /// Where it can be opened, as long as this lives.
    public let path: FilePath
    /// What a user should know of it.
    public let notices: [String]
    /// What a file lacks that was brought here, behind "the source"; nil where it is whole.
    let shortage: String?
    private let file: FileDescriptor

    private struct Origin: Sendable {
        var name: String
        var files: [FilePath]
    }

    private static let origins = Mutex<[String: Origin]>([:])

    /// The name that a user gave for what is read at a path.
    public static func shownName(_ path: String) -> String { origins.withLock { $0[path]?.name } ?? path }

    /// The files that a user gave for what is read at a path, each of a sequence's pictures: what no output may be.
    public static func files(behind path: FilePath) -> [FilePath] {
        if let origin = origins.withLock({ $0[path.string] }) { return origin.files }
        let sequence = try? PictureSequence(path)
        return sequence?.pictures.map(\.file) ?? [path]
    }

    private init(
        _ file: FileDescriptor, name: String, files: [FilePath] = [], notices: [String] = [], shortage: String? = nil
    ) {
        self.file = file
        self.shortage = shortage
        self.notices = notices
        let path = Spool.path(of: file)
        self.path = path
        Spool.origins.withLock { $0[path.string] = Origin(name: name, files: files.isEmpty ? [path] : files) }
    }

    deinit {
        _ = Spool.origins.withLock { $0.removeValue(forKey: path.string) }
        try? file.close()
    }

    private static func path(of file: FileDescriptor) -> FilePath { FilePath("/proc/self/fd/\(file.rawValue)") }

    /// A file in a folder, without a name.
    private static func create(in folder: FilePath) throws -> FileDescriptor {
        let name = folder.appending(".stylevideo-\(getpid())-\(UInt32.random(in: 0 ... .max))")
        do {
            let file = try FileDescriptor.open(
                name, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec], permissions: .ownerReadWrite)
            unlink(name.string)
            return file
        } catch let error as Errno {
            throw MediaError(
                .cannotCreate, operation: "keep", file: folder.string, code: -error.rawValue,
                text: "a file for what is read cannot be made there: \(error.description)")
        }
    }

    /// All that comes from standard input.
    /// - Parameter folder: where there is room for it.
    /// - Returns: nil where nothing comes.
    /// - Throws: `MediaError`: cannotCreate; output, as where the disk is full.
    public static func standardInput(in folder: FilePath) throws -> Spool? {
        let file = try create(in: folder)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var length = 0
        do {
            while case let count = try buffer.withUnsafeMutableBytes({ try FileDescriptor.standardInput.read(into: $0) }
            ),
                count > 0
            {
                length += try file.writeAll(buffer[..<count])
            }
        } catch let error as Errno {
            throw MediaError(
                .output, operation: "keep", file: "standard input", code: -error.rawValue,
                text: "\(error.description), in \(folder.string) after \(length >> 20) MiB: it is read more than once")
        }
        return length > 0 ? Spool(file, name: "standard input") : nil
    }

    /// What is written into it, where temporary files are.
    /// - Parameter write: is given its name.
    /// - Throws: `MediaError` cannotCreate; as `write`.
    static func animation(name: String, shortage: String?, _ write: (FilePath) throws -> Void) throws -> Spool {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? ""
        let file = try create(in: FilePath(folder.isEmpty ? "/tmp" : folder))
        let spool = Spool(file, name: name, shortage: shortage)
        try write(spool.path)
        return spool
    }

    /// Pictures in a container (NUT) that gives each its time.
    /// - Throws: `MediaError`, of a picture or as above; refused where they are not all of one format.
    public static func pictures(
        _ sequence: PictureSequence, rate: Rational, name: String, in folder: FilePath
    ) throws -> Spool {
        let file = try create(in: folder)
        let writer = try SequenceWriter(Spool.path(of: file), rate: rate)
        for picture in sequence.pictures { try writer.write(picture.file, at: picture.number) }
        try writer.finish()
        return Spool(
            file, name: name, files: sequence.pictures.map(\.file),
            notices: [sequence.gaps, writer.notice].compactMap(\.self))
    }
}
