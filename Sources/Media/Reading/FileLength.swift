import Glibc
import SystemPackage

/// How long a file says it is in its own head: shorter ones have been cut off. libav reads such a file to where it
/// ends, and calls that its end.
enum FileLength {
    /// Whether the file is shorter than it says, or lacks its end; false where it does not say.
    static func isShort(_ path: FilePath) -> Bool {
        guard let contents = try? FileContents(path) else { return false }
        let head = contents.bytes(4096, at: 0)[...]
        if let claimed = claimed(head, contents) { return claimed > contents.length }
        return FileEnd.isMissing(head, tail(contents)[...])
    }

    private static func tail(_ contents: borrowing FileContents) -> [UInt8] {
        contents.bytes(FileEnd.longest, at: max(0, contents.length - FileEnd.longest))
    }

    /// Whether nothing follows the last piece but what fills a disk's blocks.
    static func isPadded(_ path: FilePath) -> Bool {
        guard let contents = try? FileContents(path) else { return false }
        return padding(contents) >= leastPadding
    }

    /// Fewer may be a packet's own.
    private static let leastPadding = 256

    /// How many bytes of one kind stand at the end, 0 or 255, of the last of them.
    private static func padding(_ contents: borrowing FileContents) -> Int {
        let tail = tail(contents)
        guard let last = tail.last, [0, 0xFF].contains(last) else { return 0 }
        return tail.count - (tail.lastIndex { $0 != last } ?? -1) - 1
    }

    private static func claimed(_ head: ArraySlice<UInt8>, _ contents: borrowing FileContents) -> Int? {
        riff(head) ?? matroska(head) ?? asf(head) ?? flash(head) ?? mxf(head) ?? fragments(contents)
            ?? frames(head, contents.length) ?? transportStream(head, of: contents)
    }

    /// AVI: the first piece of a long one. Writers that were stopped leave 0, or all ones.
    private static func riff(_ bytes: ArraySlice<UInt8>) -> Int? {
        let reader = ByteReader(bytes, isBigEndian: false)
        guard reader.tag(0) == "RIFF", reader.tag(8) == "AVI ", let size = reader.u32(4), size > 0, size < 0xFFFF_FFFF
        else { return nil }
        return size + 8
    }

    /// Whether it is an AVI that was written into a pipe, or whose writer was stopped: what its head says of its length
    /// was to be written later.
    static func isUnwritten(_ path: FilePath) -> Bool {
        guard let contents = try? FileContents(path) else { return false }
        let reader = ByteReader(contents.bytes(12, at: 0)[...], isBigEndian: false)
        return reader.tag(0) == "RIFF" && reader.tag(8) == "AVI " && [0, 0xFFFF_FFFF].contains(reader.u32(4))
    }

    /// Transport streams say no length, but they are whole packets: of 188 bytes, with 4 before them on discs, or with
    /// 16 behind.
    private static func transportStream(_ bytes: ArraySlice<UInt8>, of contents: borrowing FileContents) -> Int? {
        let (reader, padding) = (ByteReader(bytes), padding(contents))
        // Packets end where the padding begins, or within it, for theirs may be of the same bytes.
        let length = contents.length - (padding >= leastPadding ? padding : 0)
        for (size, first) in [(188, 0), (192, 4), (204, 0)]
        where (0..<5).allSatisfy({ reader.u8(first + $0 * size) == 0x47 }) {
            return (length + size - 1) / size * size
        }
        return nil
    }

    /// Matroska and WebM: a head, then one segment with all the rest.
    private static func matroska(_ bytes: ArraySlice<UInt8>) -> Int? {
        let reader = ByteReader(bytes)
        guard let head = EBML.element(reader, 0), head.name == EBML.head, let size = head.size,
            let segment = EBML.element(reader, head.start + size), segment.name == EBML.segment
        else { return nil }
        return segment.size.map { segment.start + $0 }
    }
}
