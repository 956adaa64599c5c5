/// Files that are given as pictures and are none, or none that is read: what they are, by their first bytes, and what
/// to do.
enum OtherFiles {
    /// A sentence; nil for what may be a picture.
    static func refusal(of bytes: [UInt8]) -> String? {
        let reader = ByteReader(bytes[...])
        if reader.tag(4) == "ftyp", reader.tag(8) == "crx " { return cameraRaw }
        for (place, mark, sentence) in marks where bytes.dropFirst(place).starts(with: mark.utf8) { return sentence }
        return ofText(bytes)
    }

    static let cameraRaw = "it is a camera's raw picture; develop it into a JPEG or PNG first"

    private static func document(_ what: String) -> String { "it is \(what), not a picture; export the page as PNG" }
    private static func layers(_ what: String) -> String { "it is \(what), which is not read; export it as PNG" }

    private static let marks: [(Int, String, String)] = [
        (0, "%PDF-", document("a PDF document")),
        (0, "%!PS", document("a PostScript document")),
        (0, "II*\u{0}\u{10}\u{0}\u{0}\u{0}CR", cameraRaw), (0, "IIRO", cameraRaw), (0, "IIRS", cameraRaw),
        (0, "MMOR", cameraRaw), (0, "IIU\u{0}", cameraRaw), (0, "FUJIFILMCCD-RAW", cameraRaw),
        (0, "FOVb", cameraRaw),
        (0, "gimp xcf", layers("a picture of GIMP's")),
        (0, "PK\u{3}\u{4}", "it is a ZIP archive or a document in one; unpack it, or export it as PNG"),
        (0, "Rar!", "it is a RAR archive; unpack it"), (0, "7z\u{BC}", "it is a 7-Zip archive; unpack it"),
        (0, "#?RADIANCE", layers("a Radiance HDR picture")), (0, "#?RGBE", layers("a Radiance HDR picture")),
        (0, "\u{0}\u{0}\u{1}\u{0}", layers("a file of icons")), (1, "MNG\r\n", layers("an MNG animation")),
        (1, "JNG\r\n", layers("a JNG picture")), (0, "SIMPLE  =", layers("a FITS picture")),
        (0, "id=ImageMagick", layers("a picture of ImageMagick's")),
    ]

    /// Text has a known beginning, or no byte that text has not.
    private static func ofText(_ bytes: [UInt8]) -> String? {
        var head = bytes.prefix(4096)
        if head.starts(with: [0xEF, 0xBB, 0xBF]) { head = head.dropFirst(3) }
        let text = String(decoding: head, as: UTF8.self).lowercased()
        let start = text.drop(while: \.isWhitespace)
        guard !isPlainPicture(start), !head.contains(where: { $0 < 9 || (14..<32).contains($0) && $0 != 27 }) else {
            return nil
        }
        if start.hasPrefix("<svg") || start.hasPrefix("<") && text.contains("<svg") && !text.contains("<html") {
            return "it is an SVG drawing, not pixels; export it as PNG, at the size that you want"
        }
        if start.hasPrefix("<!doctype html") || start.hasPrefix("<html") || text.contains("<html") {
            return "it is a web page, not a picture; save the picture itself"
        }
        return head.contains { $0 >= 0x80 } && String(validating: head, as: UTF8.self) == nil
            ? nil : "it is text and no picture; give a picture, such as a JPEG or PNG"
    }

    /// PNM's plain kinds, XPM and XBM are text too.
    private static func isPlainPicture(_ text: Substring) -> Bool {
        let isPNM = text.first == "p" && text.dropFirst().first.map { "1234567f".contains($0) } == true
        return isPNM || ["/* xpm", "! xpm", "#define", "static char"].contains(where: text.hasPrefix)
    }
}

extension PictureBytes {
    var cameraRaw: MediaError { refusal(OtherFiles.cameraRaw) }
}
