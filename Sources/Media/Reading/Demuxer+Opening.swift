internal import CFFmpeg
import Imaging
import SystemPackage

extension Demuxer {
    /// Opens a file as a format. Of an MP4 in fragments that was cut off within the head of one, which libav refuses,
    /// it opens what comes before.
    /// - Throws: `MediaError`: refused, damaged.
    static func open(
        _ path: FilePath, _ format: UnsafePointer<AVInputFormat>, _ contents: borrowing FileContents,
        _ notes: UnsafeMutablePointer<sv_container_notes>, maximumPixels: Int, _ raw: RawFrames?, rate: Rational?,
        _ call: LibAV
    ) throws -> UnsafeMutablePointer<AVFormatContext> {
        let name = String(cString: format.pointee.name)
        var context: UnsafeMutablePointer<AVFormatContext>?
        func open(_ url: String) -> Int32 {
            context = LibAV.allocated(avformat_alloc_context())
            // Ogg's head is all pages up to the first frame.
            if name == "ogg" { context?.pointee.opaque = UnsafeMutableRawPointer(notes) }
            var options = AVDictionaryBox(["protocol_whitelist": "file,subfile", "max_pixels": "\(maximumPixels)"])
            if name == "image2" { options["pattern_type"] = "none" }
            if let raw {
                options["video_size"] = "\(raw.width)x\(raw.height)"
                options["pixel_format"] = raw.format
                options["framerate"] = "\(raw.rate)"
            }
            if let rate { options["framerate"] = "\(rate)" }
            // Frees the context where it fails.
            return avformat_open_input(&context, url, format, &options.pointer)
        }
        var code = open(InputFile.url(path))
        if code < 0, let end = contents.cutFragment {
            code = open("subfile,,start,0,end,\(end),,:" + InputFile.url(path))
        }
        if code < 0 { throw whyClosed(code, contents, name, call) }
        return LibAV.allocated(context)
    }

    /// Whether a format's streams are bare: then libav asks how fast they are.
    static func takesRate(_ format: UnsafePointer<AVInputFormat>) -> Bool {
        withUnsafePointer(to: format.pointee.priv_class) {
            av_opt_find(UnsafeMutableRawPointer(mutating: $0), "framerate", nil, 0, AV_OPT_SEARCH_FAKE_OBJ) != nil
        }
    }

    /// - Throws: `MediaError` refused.
    static func check(_ contents: borrowing FileContents, _ path: FilePath) throws {
        let call = LibAV(file: path.string, kind: .refused)
        if contents.isDiscImage {
            throw call.failure(
                "open", "it is a disc's image; give a film in it, a .VOB of a DVD or a .m2ts of a Blu-ray")
        }
        if contents.isScrambled { throw call.error(sv_error_encrypted, "open") }
    }

    /// What is true of a file that libav could not open.
    private static func whyClosed(
        _ code: Int32, _ contents: borrowing FileContents, _ format: String, _ call: LibAV
    ) -> MediaError {
        let error = call.error(code, "open")
        if format == "rawvideo" {
            return MediaError(
                .rawFrames, operation: "open", file: call.file, code: code,
                text: "raw frames do not say what their size, rate and pixels are")
        }
        guard format.hasPrefix("mov"), error.kind == .damaged else { return error }
        guard contents.isMP4 else { return call.failure("open", unknown, code: code) }
        guard contents.lacksIndex else { return error }
        return call.failure(
            "open",
            "it lacks the part that says where its frames lie (moov): the recording was not finished, or the copy is "
                + "not whole", code: code)
    }

    private static let unknown = "it is no video, sound or picture in a format that libav knows"

    /// The format, by content first. Formats that name other files are refused before they may open any.
    static func probe(_ path: FilePath) throws -> UnsafePointer<AVInputFormat> {
        let call = LibAV(file: path.string, kind: .notMedia)
        var options = AVDictionaryBox(["protocol_whitelist": "file"])
        var input: UnsafeMutablePointer<AVIOContext>?
        try LibAV(file: path.string, kind: .missing).check(
            avio_open2(&input, InputFile.url(path), AVIO_FLAG_READ, nil, &options.pointer), "open")
        defer { avio_closep(&input) }
        var format: UnsafePointer<AVInputFormat>?
        _ = LibAVLog.lastError()
        let score = av_probe_input_buffer2(input, &format, InputFile.probeName(path), nil, 0, 0)
        guard score >= 0, let format else {
            throw call.failure("open", unknown, code: score)
        }
        let name = String(cString: format.pointee.name)
        if InputFile.namesOtherFiles.contains(name) {
            throw MediaError(
                .refused, operation: "open", file: path.string,
                text: "it is a playlist (\(name)), which names other files; give the file it names")
        }
        if InputFile.plainText.contains(name) {
            throw call.failure("open", "it is a text file")
        }
        return format
    }
}
