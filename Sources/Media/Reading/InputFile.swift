import Glibc
public import SystemPackage

/// A named input, before libav sees it.
enum InputFile {
    /// Demuxers that open files named in their input, or that are devices.
    static let namesOtherFiles: Set<String> = [
        "hls", "dash", "concat", "imf", "sdp", "rtsp", "rtp", "webm_dash_manifest", "vobsub", "lavfi", "avs",
        "vapoursynth",
    ]

    /// Demuxers that would render any text as a film.
    static let plainText: Set<String> = ["tty", "ffmetadata", "bin", "xbin", "adf", "idf"]

    /// First bytes of lists of other files, of which libav knows some only.
    private static let playlistMarks = [
        "#EXTM3U", "ffconcat ", "[playlist]", "<asx", "<ASX", "<smil", "<MPD", "[Reference]",
    ]

    /// - Throws: `MediaError`: missing for what is not there or may not be read, notMedia for what is no file or empty,
    ///   refused for playlists.
    static func check(_ path: FilePath) throws {
        var status = stat()
        guard stat(path.string, &status) == 0, access(path.string, R_OK) == 0 else {
            if let error = MediaError.address(path) { throw error }
            throw failure(.missing, path, Errno(rawValue: errno).description, code: -errno)
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw failure(.notMedia, path, "it is a folder")
        default: throw failure(.notMedia, path, "it is no regular file, and a clip is read more than once")
        }
        guard status.st_size > 0 else { throw failure(.notMedia, path, "the file is empty") }
        do {
            if try isPlaylist(path) {
                throw failure(.refused, path, "it is a playlist, which names other files; give the file it names")
            }
        } catch let error as Errno {
            throw failure(.missing, path, error.description, code: -error.rawValue)
        }
    }

    private static func isPlaylist(_ path: FilePath) throws -> Bool {
        var bytes = [UInt8](repeating: 0, count: 512)
        let descriptor = try FileDescriptor.open(path, .readOnly)
        let count = try descriptor.closeAfter { try bytes.withUnsafeMutableBytes { try descriptor.read(into: $0) } }
        var start = bytes[..<count]
        if start.starts(with: [0xEF, 0xBB, 0xBF]) { start = start.dropFirst(3) }
        let text = start.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
        if playlistMarks.contains(where: { text.starts(with: $0.utf8) }) { return true }
        guard text.starts(with: "<?xml".utf8) else { return false }
        let body = String(decoding: text, as: UTF8.self)
        return body.contains("<MPD") || body.contains("<smil") || body.contains("<playlist") || body.contains("<asx")
    }

    fileprivate static func failure(_ kind: MediaError.Kind, _ path: FilePath, _ text: String, code: Int32? = nil)
        -> MediaError
    {
        MediaError(kind, operation: "open", file: path.string, code: code, text: text)
    }

    /// The file as libav names it: with the protocol, so that no name means anything else ("-", "http://...", "pipe:").
    static func url(_ path: FilePath) -> String { "file:" + path.string }

    /// The name that a format may be guessed by where the content says little: the last component, without the
    /// characters that libav would take for a numbered or starred sequence of pictures.
    static func probeName(_ path: FilePath) -> String {
        let name = path.lastComponent?.string ?? ""
        return String(name.map { "%*?{}[]\\".contains($0) ? "_" : $0 })
    }
}

extension MediaError {
    /// The refusal of a name that is an address, and of no file; nil of others.
    public static func address(_ path: FilePath) -> MediaError? {
        guard path.string.prefixMatch(of: /[A-Za-z][A-Za-z0-9+.-]+:\/.+/) != nil, access(path.string, F_OK) != 0 else {
            return nil
        }
        return InputFile.failure(
            .refused, path, "it is an address, and only files are read: download it, and give the file")
    }
}
