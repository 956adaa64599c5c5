import Glibc
import SystemPackage

/// How long a file says it is in its own head: shorter ones have been cut off. libav reads such a file to where it
/// ends, and calls that its end.
enum FileLength {
    /// Whether the file is shorter than it says, or lacks its end; false where it does not say.
    static func isShort(_ path: FilePath) -> Bool {
        var status = stat()
        guard stat(path.string, &status) == 0, let file = try? FileDescriptor.open(path, .readOnly) else {
            return false
        }
        let length = Int(status.st_size)
        let isShort = try? file.closeAfter {
            let head = try bytes(of: file, from: 0, count: 4096)
            let claimed =
                riff(head) ?? matroska(head) ?? asf(head) ?? transportStream(head, of: length) ?? 0
            if claimed > 0 { return claimed > length }
            let tail = try bytes(of: file, from: max(0, length - FileEnd.longest), count: FileEnd.longest)
            return FileEnd.isMissing(head, tail)
        }
        return isShort ?? false
    }

    private static func bytes(of file: FileDescriptor, from place: Int, count: Int) throws -> ArraySlice<UInt8> {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = try bytes.withUnsafeMutableBytes { try file.read(fromAbsoluteOffset: Int64(place), into: $0) }
        return bytes[..<read]
    }

    /// AVI: the first piece of a long one. Writers that were stopped leave 0, or all ones.
    private static func riff(_ bytes: ArraySlice<UInt8>) -> Int? {
        let reader = ByteReader(bytes, isBigEndian: false)
        guard reader.tag(0) == "RIFF", reader.tag(8) == "AVI ", let size = reader.u32(4), size > 0, size < 0xFFFF_FFFF
        else { return nil }
        return size + 8
    }

    /// ASF (WMV): an object of the head, by the first bytes of its name, says the length, but where it was broadcast.
    private static func asf(_ bytes: ArraySlice<UInt8>) -> Int? {
        let reader = ByteReader(bytes, isBigEndian: false)
        guard reader.u32(0) == 0x75B2_2630, reader.u32(4) == 0x11CF_668E else { return nil }
        var place = 30
        while let size = reader.u32(place + 16), size >= 24 {
            if reader.u32(place) == 0x8CAB_DCA1, let isBroadcast = reader.u32(place + 88), isBroadcast & 1 == 0 {
                return reader.number(place + 40, bytes: 8)
            }
            place += size
        }
        return nil
    }

    /// Transport streams say no length, but they are whole packets: of 188 bytes, with 4 before them on discs, or with
    /// 16 behind.
    private static func transportStream(_ bytes: ArraySlice<UInt8>, of length: Int) -> Int? {
        let reader = ByteReader(bytes)
        for (size, first) in [(188, 0), (192, 4), (204, 0)]
        where (0..<5).allSatisfy({ reader.u8(first + $0 * size) == 0x47 }) {
            return (length + size - 1) / size * size
        }
        return nil
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
