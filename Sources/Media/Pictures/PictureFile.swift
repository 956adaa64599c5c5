internal import CFFmpeg
public import Imaging
import Machine
public import SystemPackage

/// Still pictures: reads TIFF, PSD, HEIC, AVIF, JPEG and what else libav decodes; writes PNG, JPEG, WebP and AVIF.
public enum PictureFile {
    /// The most pixels of a file that is read: 2^28.
    public static let maximumPixels = 1 << 28
    /// The most pixels of a picture that is given: a larger one is made smaller.
    static let mostPixels = 1 << 26
    /// About how many bytes a pixel takes: the picture, and a file being made of it.
    public static let bytesPerPixel = 12
    /// The longest file that is read.
    static let maximumBytes = 1 << 30

    /// What lies under a picture's transparent places.
    public enum Ground: Sendable { case white, black }

    /// Reads a picture: upright (EXIF's orientation is applied), in sRGB (by its profile), without transparency, eight
    /// bits a component; of several, the first; of more than 2^26 pixels at a half of its sides or less.
    /// - Parameters:
    ///   - path: its file.
    ///   - ground: what its transparent places lie over.
    /// - Throws: `MediaError`: missing, notMedia, refused (no picture, a kind that is not read, too many pixels),
    ///   tooLarge, damaged.
    public static func read(_ path: FilePath, over ground: Ground = .white) throws -> Frame {
        // Where a picture is all that is read, nothing before has sent libav's log away from standard error.
        LibAVLog.install()
        let picture = try PictureBytes(path, over: ground)
        let frame = try decode(picture)
        let divisor = divisor(width: frame.width, height: frame.height)
        guard divisor > 1 else { return frame }
        let reduced = frame.reduced(by: divisor)
        picture.noticeReduced(frame.width, frame.height, to: reduced)
        return reduced
    }

    private static func decode(_ picture: PictureBytes) throws -> Frame {
        let bytes = picture.bytes
        if let refusal = OtherFiles.refusal(of: bytes) { throw picture.noPicture(refusal) }
        if TIFFPicture.begins(bytes) { return try TIFFPicture.frame(picture) }
        if PSDPicture.begins(bytes) { return try PSDPicture(picture).frame() }
        if HEIFPicture.begins(bytes) { return try HEIFPicture(picture).frame() }
        let header = JPEGHeader(bytes)
        if let header, let jpeg = try JPEGPicture(header, picture) { return try jpeg.frame() }
        return try PictureDecoder(EncodedPicture(picture, jpeg: header)).decode()
    }

    /// By what the sides of a picture are divided: a power of two.
    static func divisor(width: Int, height: Int) -> Int {
        var divisor = 1
        while width / divisor * (height / divisor) > mostPixels { divisor *= 2 }
        return divisor
    }

    /// The formats that are written: PNG and WebP without loss, JPEG and AVIF of high quality.
    public enum Format: String, Sendable, CaseIterable {
        case png, jpeg, webp, avif

        /// Endings of names that mean one.
        public static let endings = ["png", "jpg", "jpeg", "webp", "avif"]

        /// By the name's ending.
        /// - Throws: `MediaError` cannotCreate for any other.
        public init(_ path: FilePath) throws {
            let ending = path.extension?.lowercased() ?? ""
            guard let format = Format(rawValue: ending == "jpg" ? "jpeg" : ending) else {
                throw MediaError(
                    .cannotCreate, operation: "write", file: path.string,
                    text: "pictures are written as PNG, JPEG, WebP and AVIF; give a name that ends in .png or .jpg, "
                        + ".webp or .avif")
            }
            self = format
        }

        /// The most pixels of a side.
        fileprivate var mostSide: Int {
            switch self {
            case .png: Int(Int32.max)
            case .jpeg: 65_500
            case .webp: 16_383
            case .avif: 65_536
            }
        }
    }

    /// Writes a picture in the format of the name's ending, as sRGB, under a temporary name first. Of 16 bits a
    /// component PNG keeps all, and others the nearest of 8.
    /// - Parameter replacing: whether a file that bears the name is replaced.
    /// - Throws: `MediaError`: cannotCreate, encoderMissing, output.
    public static func write(_ frame: Frame, to path: FilePath, replacing: Bool = false) throws {
        let format = try Format(path)
        let frame = format == .png ? frame : frame.converted(to: .rgb24)
        guard max(frame.width, frame.height) <= format.mostSide else {
            throw MediaError(
                .cannotCreate, operation: "write", file: path.string,
                text: "\(format) holds at most \(format.mostSide) pixels a side; write a .png")
        }
        let encoder = try format == .avif ? nil : PictureEncoder(format, frame: frame, file: path.string)
        try OutputFile.write(to: path, replacing: replacing) { file in
            if let encoder {
                _ = try encoder.encode(frame) { try file.writeAll($0) }
            } else {
                _ = try AVIFEncoder(file: path.string).encode(frame) { try file.writeAll($0) }
            }
        }
    }

    /// A small picture as a JPEG file's bytes, of middling quality: about a quarter of what `write` makes.
    /// - Parameter file: that it is shown in, for errors.
    /// - Throws: `MediaError`.
    public static func thumbnail(_ frame: Frame, file: String) throws -> [UInt8] {
        try PictureEncoder(.jpeg, frame: frame, file: file, scale: 6).encode(frame) { Array($0) }
    }
}
