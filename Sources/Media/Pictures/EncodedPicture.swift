internal import CFFmpeg
import Imaging
import Logging
import Machine
import SystemPackage

/// A still picture's file in memory, and what libav must know to decode it.
struct EncodedPicture {
    /// The bytes that the decoder is given: the file, or the picture inside it.
    var bytes: [UInt8]
    var codec: AVCodecID
    var orientation = Orientation.upright
    /// Where the picture says no matrix: whether its format means BT.601 (JPEG, WebP do, whatever the size).
    var yuv = YUVLayout(matrix: Int32(AVCOL_SPC_SMPTE170M.rawValue), isFullRange: false, chromaLocation: 0)

    init(bytes: [UInt8], codec: AVCodecID) {
        self.bytes = bytes
        self.codec = codec
    }

    /// - Throws: `MediaError`: missing, notMedia, refused.
    init(_ path: FilePath) throws {
        try InputFile.check(path)
        let bytes = try EncodedPicture.contents(path)
        if let heif = HEIF(bytes) {
            try self.init(heif, path: path)
            return
        }
        let format = try EncodedPicture.format(of: bytes, path: path)
        let name = String(cString: format.pointee.name)
        guard let codec = EncodedPicture.codec(ofFormat: name, path: path) else {
            throw EncodedPicture.refusal(
                path,
                "it is no still picture but \(String(cString: format.pointee.long_name)); give a picture, such as a "
                    + "JPEG or PNG")
        }
        try EncodedPicture.checkSize(ofPNG: bytes, path: path)
        self.init(bytes: WebP.firstFrame(of: bytes) ?? bytes, codec: codec)
        orientation = Orientation(exif: EXIF.orientation(in: bytes))
    }

    private init(_ heif: HEIF, path: FilePath) throws {
        guard heif.kind == "av01" else {
            let held = heif.kind == "grid" ? "put together of tiles" : "in HEIC (\(heif.kind))"
            throw EncodedPicture.refusal(path, "the picture is \(held), which is not read; convert it to JPEG or PNG")
        }
        if heif.hasAlpha {
            EncodedPicture.logger.warning("\(printable(path.string)): an AVIF picture's transparency is ignored")
        }
        self.init(bytes: heif.data, codec: AV_CODEC_ID_AV1)
        orientation = heif.orientation
        if let colour = heif.colour {
            if Colour.knownMatrices.contains(UInt32(colour.matrix)) { yuv.matrix = Int32(colour.matrix) }
            yuv.isFullRange = colour.isFullRange
        }
    }

    private static let logger = Logger(label: "media")

    private static func refusal(_ path: FilePath, _ text: String) -> MediaError {
        MediaError(.refused, operation: "read", file: path.string, text: text)
    }

    /// PNG says its size at once; libav's decoder refuses too large a one without a word of why.
    private static func checkSize(ofPNG bytes: [UInt8], path: FilePath) throws {
        let reader = ByteReader(bytes[...])
        guard reader.tag(12) == "IHDR", let width = reader.u32(16), let height = reader.u32(20),
            case let (pixels, isTooMany) = width.multipliedReportingOverflow(by: height),
            isTooMany || pixels > PictureFile.maximumPixels
        else { return }
        throw refusal(path, "it has \(width) x \(height) pixels; at most 2^26 are read")
    }

    private static func contents(_ path: FilePath) throws -> [UInt8] {
        do {
            let descriptor = try FileDescriptor.open(path, .readOnly)
            return try descriptor.closeAfter {
                let size = Int(try descriptor.seek(offset: 0, from: .end))
                guard size <= PictureFile.maximumBytes else {
                    throw MediaError(
                        .refused, operation: "read", file: path.string,
                        text: "a picture of \(size) bytes; at most 1 GiB is read")
                }
                return try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                    while count < size {
                        let room = UnsafeMutableRawBufferPointer(
                            rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
                        let read = try descriptor.read(fromAbsoluteOffset: Int64(count), into: room)
                        if read == 0 { break }
                        count += read
                    }
                }
            }
        } catch let error as Errno {
            throw MediaError(.missing, operation: "read", file: path.string, code: -error.rawValue, text: "\(error)")
        }
    }

    /// libav's format, by the content first.
    private static func format(of bytes: [UInt8], path: FilePath) throws -> UnsafePointer<AVInputFormat> {
        // libav wants some zeros behind the bytes that it probes.
        var head = Array(bytes.prefix(1 << 16)) + [UInt8](repeating: 0, count: Int(AVPROBE_PADDING_SIZE))
        let count = Int32(head.count) - AVPROBE_PADDING_SIZE
        let format = head.withUnsafeMutableBufferPointer { head in
            func probe(_ name: UnsafePointer<CChar>) -> UnsafePointer<AVInputFormat>? {
                var data = AVProbeData(filename: name, buf: head.baseAddress, buf_size: count, mime_type: nil)
                return av_probe_input_format(&data, 1)
            }
            // By its bytes first: the name .jpg alone would make a JPEG whose end is not among them a sequence of
            // pictures.
            return probe("") ?? InputFile.probeName(path).withCString(probe)
        }
        let name = format.map { String(cString: $0.pointee.name) } ?? ""
        let isByNameAlone = name == "image2" && EncodedPicture.codec(ofFormat: name, path: path) == nil
        guard let format, !isByNameAlone, !InputFile.plainText.contains(name) else {
            throw MediaError(
                .notMedia, operation: "read", file: path.string, text: "it is no picture in a format that libav knows")
        }
        return format
    }

    /// The codec of a format that holds one picture; nil for all others.
    private static func codec(ofFormat name: String, path: FilePath) -> AVCodecID? {
        switch name {
        case "gif": AV_CODEC_ID_GIF
        case "apng": AV_CODEC_ID_PNG
        // Formats known by their name alone come as a sequence of pictures; Targa is the one worth knowing.
        case "image2": path.extension?.lowercased() == "tga" ? AV_CODEC_ID_TARGA : nil
        default:
            name.hasSuffix("_pipe")
                ? av_find_input_format(name).map { AVCodecID(UInt32($0.pointee.raw_codec_id)) } : nil
        }
    }
}
