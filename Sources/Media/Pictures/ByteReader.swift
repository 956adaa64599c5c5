/// Numbers out of bytes that somebody else wrote: what lies outside is nil, never a trap.
struct ByteReader {
    let bytes: ArraySlice<UInt8>
    var isBigEndian = true

    init(_ bytes: ArraySlice<UInt8>, isBigEndian: Bool = true) {
        self.bytes = bytes
        self.isBigEndian = isBigEndian
    }

    var count: Int { bytes.count }

    /// Bytes from a place on, counted from the slice's own start.
    func slice(_ offset: Int, _ count: Int) -> ArraySlice<UInt8>? {
        guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else { return nil }
        return bytes[(bytes.startIndex + offset)..<(bytes.startIndex + offset + count)]
    }

    /// An unsigned number of up to eight bytes; nil where it is beyond what an offset can be.
    func number(_ offset: Int, bytes size: Int) -> Int? {
        guard size <= 8, let slice = slice(offset, size) else { return nil }
        if size == 8, slice[isBigEndian ? slice.startIndex : slice.endIndex - 1] > 0 { return nil }
        return (isBigEndian ? Array(slice) : slice.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }

    func u8(_ offset: Int) -> Int? { number(offset, bytes: 1) }
    func u16(_ offset: Int) -> Int? { number(offset, bytes: 2) }
    func u32(_ offset: Int) -> Int? { number(offset, bytes: 4) }

    /// Four letters, as chunks and boxes are named.
    func tag(_ offset: Int) -> String? { slice(offset, 4).map { String(decoding: $0, as: UTF8.self) } }
}
