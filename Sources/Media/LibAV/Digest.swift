internal import CFFmpeg
public import Imaging
internal import Machine
public import SystemPackage

/// SHA-256 by libavutil, which is linked anyway; in hexadecimal.
public enum Digest {
    /// Of a file's bytes.
    /// - Throws: `MediaError` missing where it cannot be read.
    public static func sha256(of path: FilePath) throws -> String {
        do {
            let file = try FileDescriptor.open(path, .readOnly)
            return try file.closeAfter {
                let hash = SHA256()
                let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
                defer { buffer.deallocate() }
                while case let count = try file.read(into: buffer), count > 0 {
                    hash.add(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                }
                return hash.end()
            }
        } catch let error as Errno {
            throw MediaError(
                .missing, operation: "read", file: path.string, code: -error.rawValue, text: error.description)
        }
    }

    /// Of bytes in memory.
    public static func sha256(of bytes: some Sequence<UInt8>) -> String {
        let hash = SHA256()
        Array(bytes).withUnsafeBytes(hash.add)
        return hash.end()
    }

    /// Of a picture: its sides and its pixels, without what lies between its rows.
    public static func sha256(of frame: Frame) -> String {
        let hash = SHA256()
        Array("\(frame.width) x \(frame.height) \(frame.format) ".utf8).withUnsafeBytes(hash.add)
        frame.withBytes { bytes in
            for y in 0..<frame.height {
                let row = y * frame.rowStride
                hash.add(UnsafeRawBufferPointer(rebasing: bytes[row..<row + frame.width * frame.format.bytesPerPixel]))
            }
        }
        return hash.end()
    }
}

/// A digest that is still being made.
final class SHA256 {
    private let context = LibAV.allocated(av_sha_alloc())

    init() {
        let code = av_sha_init(context, 256)
        precondition(code == 0, "libavutil knows no SHA-256")
    }

    deinit { av_free(UnsafeMutableRawPointer(context)) }

    func add(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        av_sha_update(context, base.assumingMemoryBound(to: UInt8.self), bytes.count)
    }

    /// In hexadecimal digits; called once.
    func end() -> String {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { bytes in
            av_sha_final(context, bytes.baseAddress)
            return bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
    }
}
