internal import CFFmpeg
import Imaging
import SystemPackage

/// A still picture's bytes that libav is to decode, and what it must know.
struct EncodedPicture {
    let picture: PictureBytes
    /// The bytes that the decoder is given: the file, or the picture inside it.
    var bytes: [UInt8]
    let codec: AVCodecID
    var orientation = Orientation.upright

    /// - Parameter jpeg: the header of a JPEG.
    /// - Throws: `MediaError`: notMedia, refused.
    init(_ picture: PictureBytes, jpeg: JPEGHeader?) throws {
        self.picture = picture
        bytes = picture.bytes
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            codec = bytes.starts(with: [0xFF, 0xD8, 0xFF, 0xF7]) ? AV_CODEC_ID_JPEGLS : AV_CODEC_ID_MJPEG
        } else if bytes.starts(with: "P7\n".utf8) {
            // libav's probe wants its lines in an order that they need not have.
            codec = AV_CODEC_ID_PAM
        } else {
            codec = try EncodedPicture.codec(of: picture)
        }
        if let jpeg {
            bytes.removeLast(bytes.count - jpeg.length)
            try picture.check(width: jpeg.width, height: jpeg.height)
        }
        try EncodedPicture.checkSize(ofPNG: picture)
        orientation = Orientation(exif: EXIF.orientation(in: bytes, jpeg: jpeg))
        // Its rows go from the bottom up; libav 5.1 takes them the other way round.
        if [AV_CODEC_ID_PFM, AV_CODEC_ID_PHM].contains(codec) { orientation = Orientation(exif: 4) }
        if let frame = WebP.firstFrame(of: bytes) { bytes = frame }
    }

    /// PNG says its size at once; libav's decoder refuses too large a one without a word of why.
    private static func checkSize(ofPNG picture: PictureBytes) throws {
        let reader = ByteReader(picture.bytes[...])
        guard reader.tag(12) == "IHDR", let width = reader.u32(16), let height = reader.u32(20) else { return }
        try picture.check(width: width, height: height)
    }

    /// By the content first.
    private static func codec(of picture: PictureBytes) throws -> AVCodecID {
        let (format, score) = probe(picture)
        let name = format.map { String(cString: $0.pointee.name) } ?? ""
        if let codec = codec(ofFormat: name, path: picture.path) { return codec }
        guard let format, name != "image2", score > AVPROBE_SCORE_RETRY, !InputFile.plainText.contains(name) else {
            throw picture.noPicture("it is no picture in a format that is read; give a JPEG or PNG")
        }
        throw picture.refusal(
            "it is no still picture but \(String(cString: format.pointee.long_name)); give a picture, such as a "
                + "JPEG or PNG")
    }

    private static func probe(_ picture: PictureBytes) -> (format: UnsafePointer<AVInputFormat>?, score: Int32) {
        // libav wants some zeros behind the bytes that it probes.
        var head = Array(picture.bytes.prefix(1 << 16)) + [UInt8](repeating: 0, count: Int(AVPROBE_PADDING_SIZE))
        let count = Int32(head.count) - AVPROBE_PADDING_SIZE
        return head.withUnsafeMutableBufferPointer { head in
            func probe(_ name: UnsafePointer<CChar>) -> (UnsafePointer<AVInputFormat>?, Int32) {
                var data = AVProbeData(filename: name, buf: head.baseAddress, buf_size: count, mime_type: nil)
                var score: Int32 = 0
                return (av_probe_input_format3(&data, 1, &score), score)
            }
            // By its bytes first: the name alone would make some pictures a sequence of pictures.
            let byBytes = probe("")
            return byBytes.0 != nil ? byBytes : InputFile.probeName(picture.path).withCString(probe)
        }
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
