/// How files end that do not say how long they are: where the last piece is not complete, they have been cut off.
enum FileEnd {
    /// As many bytes as hold a last piece: of Ogg a page, of MPEG programs a pack.
    static let longest = 1 << 17

    /// - Parameters:
    ///   - head: the file's first bytes.
    ///   - tail: its last, all that there are or `longest`.
    /// - Returns: false also where nothing is known of it.
    static func isMissing(_ head: ArraySlice<UInt8>, _ tail: ArraySlice<UInt8>) -> Bool {
        if head.starts(with: "OggS".utf8) { return !endsOgg(tail) }
        if head.starts(with: "FLV".utf8) { return !endsFLV(ByteReader(tail)) }
        if head.starts(with: "nut/multimedia container\0".utf8) { return !endsNUT(ByteReader(tail)) }
        // Some writers fill up behind what comes last.
        if head.starts(with: "GIF8".utf8) {
            return !tail.reversed().drop { [0, 0x0A, 0x0D].contains($0) }.starts(with: [0x3B, 0])
        }
        if head.starts(with: [0xFF, 0xD8]) {
            // Behind the last picture's end may stand what servers write, but no other's beginning.
            guard let end = last([0xFF, 0xD9], in: tail) else { return true }
            return last([0xFF, 0xD8, 0xFF], in: tail).map { $0 > end } ?? false
        }
        if head.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return last(Array("IEND".utf8), in: tail) == nil }
        return ByteReader(head).u32(0) == pack && breaksPack(tail)
    }

    /// Pages, of which the last one of the last stream is marked.
    private static func endsOgg(_ tail: ArraySlice<UInt8>) -> Bool {
        guard let page = last(Array("OggS".utf8), in: tail) else { return false }
        let reader = ByteReader(tail[page...])
        guard let kind = reader.u8(5), let count = reader.u8(26), let sizes = reader.slice(27, count) else {
            return false
        }
        let end = 27 + count + sizes.reduce(0) { $0 + Int($1) }
        // Behind it a disk's blocks may be filled up.
        return kind & 4 != 0 && reader.count >= end && tail[(page + end)...].allSatisfy { $0 == 0 }
    }

    /// An index, which says how long it is before its checksum. One longer than the tail is believed.
    private static func endsNUT(_ tail: ByteReader) -> Bool {
        guard let size = tail.number(tail.count - 12, bytes: 8), size > 12 else { return false }
        guard size <= tail.count else { return size < 1 << 40 && tail.count == longest }
        return tail.u32(tail.count - size) == 0x4E58_DD67 && tail.u32(tail.count - size + 4) == 0x2F23_E64E
    }

    /// Tags, and behind each its length. One longer than the tail is believed.
    private static func endsFLV(_ tail: ByteReader) -> Bool {
        guard let size = tail.u32(tail.count - 4) else { return false }
        guard size + 4 <= tail.count else { return size < 1 << 24 && tail.count == longest }
        return tail.number(tail.count - 4 - size + 1, bytes: 3).map { $0 + 11 == size } ?? false
    }

    private static let (pack, programEnd) = (0x1BA, 0x1B9)

    /// A pack's head, and packets that each say their length.
    private static func breaksPack(_ tail: ArraySlice<UInt8>) -> Bool {
        guard let start = last([0, 0, 1, 0xBA], in: tail) else { return false }
        let reader = ByteReader(tail[start...])
        guard let version = reader.u8(4), let stuffing = reader.u8(13) else { return true }
        var place = version >> 6 == 1 ? 14 + (stuffing & 7) : 12
        while place < reader.count {
            guard let code = reader.u32(place) else { return true }
            if code == programEnd { return false }
            // Anything else is no packet: nothing is known of it.
            guard code >> 8 == 1, code > pack else { return false }
            guard let length = reader.u16(place + 4) else { return true }
            place += 6 + length
        }
        return place > reader.count
    }

    private static func last(_ mark: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        bytes.indices.last { bytes[$0] == mark[0] && bytes[$0...].starts(with: mark) }
    }
}
