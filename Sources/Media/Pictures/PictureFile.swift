internal import CFFmpeg
public import Imaging
import Machine
public import SystemPackage

/// Still pictures: reads what libav decodes, writes PNG and JPEG.
public enum PictureFile {
    /// The most pixels of a picture: 2^26.
    public static let maximumPixels = 1 << 26
    /// About how many bytes a pixel takes: the picture, and a file being made of it.
    public static let bytesPerPixel = 12
    /// The longest file that is read.
    static let maximumBytes = 1 << 30

    /// Reads a picture: upright (EXIF's orientation is applied), transparent places over white, eight bits a component;
    /// of an animation, its first frame.
    /// - Throws: `MediaError`: missing, notMedia, refused (a video, a playlist, too many pixels), damaged.
    public static func read(_ path: FilePath) throws -> Frame {
        // Where a picture is all that is read, nothing before has sent libav's log away from standard error.
        LibAVLog.install()
        let picture = try EncodedPicture(path)
        let decoder = try PictureDecoder(picture, file: path.string)
        return try decoder.decode()
    }

    /// The formats that are written.
    public enum Format: String, Sendable, CaseIterable {
        case png, jpeg

        /// By the name's extension: .png, .jpg, .jpeg.
        /// - Throws: `MediaError` cannotCreate for any other.
        public init(_ path: FilePath) throws {
            switch path.extension?.lowercased() {
            case "png": self = .png
            case "jpg", "jpeg": self = .jpeg
            default:
                throw MediaError(
                    .cannotCreate, operation: "write", file: path.string,
                    text: "pictures are written as PNG or JPEG; give a name that ends in .png or .jpg")
            }
        }
    }

    /// Writes a picture in the format of the name's extension, under a temporary name first.
    /// - Parameter replacing: whether a file that bears the name is replaced.
    /// - Throws: `MediaError`: cannotCreate, output.
    public static func write(_ frame: Frame, to path: FilePath, replacing: Bool = false) throws {
        let encoder = try PictureEncoder(Format(path), frame: frame, file: path.string)
        try OutputFile.write(to: path, replacing: replacing) { file in
            _ = try encoder.encode(frame) { try file.writeAll($0) }
        }
    }
}
