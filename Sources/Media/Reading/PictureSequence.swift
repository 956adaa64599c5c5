import Glibc
import Machine
public import SystemPackage

/// Pictures that are a clip's frames: those of a folder in the order in which people count (2 before 10), or those
/// whose names differ by a number only, as `frame%05d.png` says.
public struct PictureSequence: Sendable {
    /// Each one's file, and when it is shown, counted in frames from the first.
    public let pictures: [(number: Int, file: FilePath)]

    /// - Returns: nil where the path names a file, or nothing that could be a sequence.
    /// - Throws: `MediaError` missing where there are no such pictures.
    public init?(_ path: FilePath) throws {
        var status = stat()
        let isThere = stat(path.string, &status) == 0
        guard !isThere || status.st_mode & S_IFMT == S_IFDIR else { return nil }
        let found = isThere ? Self.inFolder(path) : PictureNames(path)?.existing
        guard let found else { return nil }
        guard let first = found.first else {
            throw MediaError(
                isThere ? .notMedia : .missing, operation: "open", file: path.string,
                text: isThere ? "the folder holds no pictures" : "there are no pictures of such names")
        }
        pictures = found.map { ($0.number - first.number, $0.file) }
    }

    /// In words, the numbers that lack their picture.
    var gaps: String? {
        let gaps = zip(pictures, pictures.dropFirst()).filter { $1.number - $0.number > 1 }
        guard !gaps.isEmpty else { return nil }
        let after = gaps.prefix(5).compactMap { $0.0.file.lastComponent?.string }.joined(separator: ", ")
        let count = gaps.reduce(0) { $0 + $1.1.number - $1.0.number - 1 }
        return "\(count) picture(s) of the sequence are missing, after \(after)\(gaps.count > 5 ? ", ..." : ""): "
            + "the one before stays on"
    }

    /// By which a folder's pictures are known.
    private static let endings = Set(
        Demuxer.pictureNames + [
            "ppm", "pgm", "pbm", "pnm", "pam", "dpx", "sgi", "rgb", "bw", "pcx", "ras", "sun", "xwd", "psd", "heic",
            "heif", "avif", "j2k", "jpc",
        ])

    private static func inFolder(_ folder: FilePath) -> [(number: Int, file: FilePath)] {
        let names = OutputFile.names(in: folder).filter { name in
            !name.hasPrefix(".") && Self.endings.contains(FilePath(name).extension?.lowercased() ?? "")
        }
        return names.sorted(by: inPeoplesOrder).enumerated().map { ($0, folder.appending($1)) }
    }

    /// By text, and where both have a number, by that.
    private static func inPeoplesOrder(_ one: String, _ other: String) -> Bool {
        func parts(_ name: String) -> [Substring] { name.matches(of: /\d+|\D+/).map(\.output) }
        for (own, others) in zip(parts(one), parts(other)) where own != others {
            let numbers = [own, others].map { part in part.first!.isNumber ? part.drop { $0 == "0" } : "" }
            guard numbers.allSatisfy({ !$0.isEmpty }), numbers[0] != numbers[1] else { return own < others }
            return (numbers[0].count, numbers[0]) < (numbers[1].count, numbers[1])
        }
        return one < other
    }
}
