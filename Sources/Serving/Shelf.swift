import Glibc
import Machine
import SystemPackage

/// A folder of which the page may see some files: those that lie in it, by their endings, and none of its folders'.
struct Shelf: Sendable {
    enum Kind: Sendable { case clips, pictures, masks, films, own }

    /// How the page calls it.
    let name: String
    /// Without links on the way to it.
    let folder: FilePath
    let kind: Kind

    /// - Throws: `ShelfError` where there is no such folder.
    init(_ name: String, _ folder: String, _ kind: Kind) throws {
        guard let real = realpath(folder, nil) else { throw ShelfError(folder: folder, code: errno) }
        defer { free(real) }
        var status = stat()
        guard stat(real, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw ShelfError(folder: folder, code: ENOTDIR)
        }
        guard String(validatingCString: real) != nil else { throw ShelfError(folder: folder, code: EILSEQ) }
        (self.name, self.folder, self.kind) = (name, FilePath(platformString: real), kind)
    }

    /// What players and browsers are told, by endings. What is not here is not there for the page.
    static let clips = [
        "mp4": "video/mp4", "m4v": "video/mp4", "mov": "video/quicktime", "mkv": "video/x-matroska",
        "webm": "video/webm", "avi": "video/x-msvideo", "mpg": "video/mpeg", "mpeg": "video/mpeg",
        "ts": "video/mp2t", "m2ts": "video/mp2t", "mts": "video/mp2t", "wmv": "video/x-ms-wmv", "flv": "video/x-flv",
        "3gp": "video/3gpp", "y4m": "application/octet-stream", "ogv": "video/ogg",
    ]

    static let pictures = [
        "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "avif": "image/avif",
        "bmp": "image/bmp", "tif": "image/tiff", "tiff": "image/tiff", "heic": "image/heic", "heif": "image/heif",
        "psd": "image/vnd.adobe.photoshop",
    ]

    static let reports = ["html": "text/html; charset=utf-8"]

    private var types: [String: String] {
        switch kind {
        case .clips: Self.clips
        case .pictures: Self.pictures
        case .films: Self.clips.merging(Self.reports) { one, _ in one }
        case .masks, .own: Self.clips.merging(Self.pictures) { one, _ in one }
        }
    }

    /// Nil for a name that may not be asked for.
    func type(of file: String) -> String? {
        guard !file.isEmpty, !file.hasPrefix("."), !file.contains("/"), !file.utf8.contains(0) else { return nil }
        return FilePath(file).extension.flatMap { types[$0.lowercased()] }
    }

    /// Opens a file, wherever a link with its name leads, if that is in the folder too. The path is asked of what was
    /// opened: between two looks at a name it may come to mean something else.
    /// - Returns: nil for what may not be seen, or is not there.
    func open(_ file: String) -> (file: OpenFile, type: String)? {
        guard let type = type(of: file) else { return nil }
        guard let open = OpenFile(folder.appending(file)), let real = open.path,
            real.removingLastComponent() == folder, self.type(of: real.lastComponent?.string ?? "") != nil
        else { return nil }
        return (open, type)
    }

    /// The path that a command is given: absolute, so that no name is taken for a flag.
    func path(_ file: String) -> FilePath? { open(file).map { _ in folder.appending(file) } }

    /// What there is to choose from, in the order of names.
    func entries() -> [Entry] {
        guard let directory = opendir(folder.string) else { return [] }
        defer { closedir(directory) }
        var entries: [Entry] = []
        while entries.count < Self.most, let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                String(validating: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let name, let (file, _) = open(name) else { continue }
            entries.append(Entry(shelf: self.name, name: name, bytes: file.length, changed: file.changed))
        }
        return entries.sorted { ($0.name.lowercased(), $0.name) < ($1.name.lowercased(), $1.name) }
    }

    private static let most = 5000
}

/// A file that the page may choose.
struct Entry: Encodable, Equatable {
    var shelf: String
    var name: String
    var bytes: Int
    /// Seconds since 1970.
    var changed: Int
}

/// A folder that cannot be shown.
struct ShelfError: Trouble {
    let folder: String
    let code: Int32

    var trouble: TroubleKind { .missingInput }
    var description: String { "cannot show the folder \(printable(folder)): \(String(cString: strerror(code)))" }
}

/// A plain file that is open to be read, until the last who holds it lets go.
final class OpenFile: Sendable {
    let descriptor: Int32
    let length: Int
    let changed: Int

    /// Nil where there is none, or it is none: what waits for a writer is opened without waiting, and let go.
    init?(_ path: FilePath) {
        descriptor = Glibc.open(path.string, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        var status = stat()
        let isFile = descriptor >= 0 && fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        (length, changed) = (Int(status.st_size), status.st_mtim.tv_sec)
        guard isFile else {
            if descriptor >= 0 { close(descriptor) }
            return nil
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Where it lies, without links.
    var path: FilePath? {
        guard let real = realpath("/proc/self/fd/\(descriptor)", nil) else { return nil }
        defer { free(real) }
        return FilePath(platformString: real)
    }
}
