import Glibc
import SystemPackage

/// How long a file says it is in its own head: shorter ones have been cut off. libav reads such a file to where it
/// ends, and calls that its end.
enum FileLength {
    /// Whether the file is shorter than it says; false where it does not say.
    static func isShort(_ path: FilePath) -> Bool {
        var status = stat()
        guard stat(path.string, &status) == 0, let claimed = claimed(path) else { return false }
        return claimed > Int(status.st_size)
    }

    private static func claimed(_ path: FilePath) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        guard let file = try? FileDescriptor.open(path, .readOnly),
            let count = try? file.closeAfter({ try bytes.withUnsafeMutableBytes { try file.read(into: $0) } })
        else { return nil }
        return riff(bytes[..<count]) ?? matroska(bytes[..<count])
    }

    /// AVI: the first piece of a long one. Writers that were stopped leave 0, or all ones.
    private static func riff(_ bytes: ArraySlice<UInt8>) -> Int? {
        let reader = ByteReader(bytes, isBigEndian: false)
        guard reader.tag(0) == "RIFF", reader.tag(8) == "AVI ", let size = reader.u32(4), size > 0, size < 0xFFFF_FFFF
        else { return nil }
        return size + 8
    }

    /// Matroska and WebM: a head, then one segment with all the rest.
    private static func matroska(_ bytes: ArraySlice<UInt8>) -> Int? {
        let reader = ByteReader(bytes)
        guard reader.u32(0) == 0x1A45_DFA3, let head = size(reader, 4), let headSize = head.value else { return nil }
        let segment = 4 + head.length + headSize
        guard reader.u32(segment) == 0x1853_8067, let body = size(reader, segment + 4), let size = body.value else {
            return nil
        }
        return segment + 4 + body.length + size
    }

    /// A size of EBML's: as many bytes as its first one says; of all ones it is not known.
    private static func size(_ reader: ByteReader, _ offset: Int) -> (value: Int?, length: Int)? {
        guard let first = reader.u8(offset), first > 0 else { return nil }
        let length = UInt8(first).leadingZeroBitCount + 1
        guard let slice = reader.slice(offset, length) else { return nil }
        let value = slice.reduce(0) { $0 << 8 | Int($1) } & (1 << (7 * length) - 1)
        return (value == 1 << (7 * length) - 1 ? nil : value, length)
    }
}
