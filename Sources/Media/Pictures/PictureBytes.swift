import Imaging
import Logging
import Machine
import SystemPackage

/// A picture's file in memory, and what is to be said of it.
struct PictureBytes {
    let path: FilePath
    let bytes: [UInt8]
    let ground: PictureFile.Ground
    private static let logger = Logger(label: "media")

    /// - Throws: `MediaError`: missing, notMedia, refused.
    init(_ path: FilePath, over ground: PictureFile.Ground = .white) throws {
        (self.path, self.ground) = (path, ground)
        do {
            try InputFile.check(path)
        } catch let error as MediaError {
            throw PictureBytes.explained(error, path)
        }
        bytes = try PictureBytes.contents(path)
    }

    /// Of a name that is no file's, what it may have been meant as.
    private static func explained(_ error: MediaError, _ path: FilePath) -> MediaError {
        let name = path.string
        let advice =
            if ["http:/", "https:/", "ftp:/"].contains(where: name.hasPrefix) {
                "it is an address; download the picture and give its file"
            } else if error.kind == .missing, name.contains("%") {
                error.text + "; a numbered sequence is a clip: give one picture of it"
            } else if error.text == "it is a folder" {
                "it is a folder; give one picture"
            } else if error.text.hasPrefix("it is no regular file") {
                "it is no regular file; save the picture and give its file"
            } else {
                error.text
            }
        return MediaError(error.kind, operation: "read", file: name, code: error.code, text: advice)
    }

    /// A file that is understood and not read.
    func refusal(_ text: String) -> MediaError {
        MediaError(.refused, operation: "read", file: path.string, text: text)
    }

    /// A file that holds something else.
    func noPicture(_ text: String) -> MediaError {
        MediaError(.notMedia, operation: "read", file: path.string, text: text)
    }

    /// A kind of picture that is not read though the file may be whole.
    func unread(_ what: String) -> MediaError {
        refusal("\(what), which is not read; convert it to PNG or JPEG")
    }

    /// - Parameter said: what a library said of it.
    func damage(_ said: String) -> MediaError {
        let detail = said.isEmpty ? "" : " (\(said))"
        return MediaError(.damaged, operation: "read", file: path.string, text: "it is too damaged to be read\(detail)")
    }

    func notice(_ text: String) { PictureBytes.logger.warning("\(printable(path.string)): \(printable(text))") }

    func noticeReduced(_ width: Int, _ height: Int, to frame: Frame) {
        notice("has \(width) x \(height) pixels; it is read at \(frame.width) x \(frame.height)")
    }

    /// Looks at a size before memory is taken for it.
    func check(width: Int, height: Int, bytesPerPixel: Int = PictureFile.bytesPerPixel) throws {
        guard width > 0, height > 0 else { throw damage("\(width) x \(height) pixels") }
        let (pixels, isTooMany) = width.multipliedReportingOverflow(by: height)
        guard !isTooMany, pixels <= PictureFile.maximumPixels else {
            throw refusal("it has too many pixels, \(width) x \(height): at most 2^28 are read")
        }
        let needed = pixels * bytesPerPixel
        if let available = Memory.available(), needed > available {
            throw MediaError(
                .tooLarge, operation: "read", file: path.string,
                text: "\(width) x \(height) pixels need about \(needed >> 20) MiB of memory and "
                    + "\(available >> 20) MiB are free; make it smaller")
        }
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
}
