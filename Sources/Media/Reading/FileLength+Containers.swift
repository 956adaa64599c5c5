extension FileLength {
    /// ASF (WMV): in the file's properties, unless it was sent while it was made.
    static func asf(_ head: ArraySlice<UInt8>) -> Int? {
        let reader = ByteReader(head, isBigEndian: false)
        let properties: [UInt8] = [0xA1, 0xDC, 0xAB, 0x8C, 0x47, 0xA9, 0xCF, 0x11]
        guard reader.u32(0) == 0x75B2_2630, let place = head.offset(of: properties), let flags = reader.u32(place + 88)
        else { return nil }
        return flags & 1 == 0 ? reader.number(place + 40, bytes: 8) : nil
    }

    /// Flash: SWF says it in its head, FLV as a floating-point number among what it says of itself.
    static func flash(_ head: ArraySlice<UInt8>) -> Int? {
        let reader = ByteReader(head, isBigEndian: false)
        if reader.tag(0)?.hasPrefix("FWS") == true { return reader.u32(4) }
        guard reader.tag(0)?.hasPrefix("FLV") == true, let place = head.offset(of: Array("filesize\0".utf8)),
            let bytes = reader.slice(place + 9, 8)
        else { return nil }
        let size = Double(bitPattern: bytes.reduce(0) { $0 << 8 | UInt64($1) })
        return size >= 1 && size < 0x1p60 ? Int(size) : nil
    }

    /// MXF: its last partition begins where the first says.
    static func mxf(_ head: ArraySlice<UInt8>) -> Int? {
        let reader = ByteReader(head)
        guard reader.u32(0) == 0x060E_2B34, reader.u32(4) == 0x0205_0101, let first = reader.u8(16) else { return nil }
        let value = 17 + (first > 0x80 ? first - 0x80 : 0)
        return reader.number(value + 24, bytes: 8).flatMap { $0 > 0 ? $0 + 1 : nil }
    }

    /// MP4 in fragments: an index of them all (`sidx`) says how long they are, and each part how long it is.
    static func fragments(_ contents: borrowing FileContents) -> Int? {
        guard contents.isMP4 else { return nil }
        var (end, claimed) = (0, 0)
        contents.eachBox { tag, range in
            // What is no box lies behind them all.
            guard boxes.contains(tag) else { return false }
            end = range.upperBound
            if tag == "sidx" {
                claimed = max(
                    claimed, end + length(ofIndex: contents.bytes(min(range.count, 1 << 20), at: range.lowerBound)))
            }
            return true
        }
        return max(end, claimed)
    }

    static let boxes: Set<String> = [
        "ftyp", "styp", "moov", "moof", "mdat", "free", "skip", "wide", "sidx", "ssix", "mfra", "emsg", "prft", "uuid",
        "meta", "pdin", "pnot",
    ]

    private static func length(ofIndex box: [UInt8]) -> Int {
        let reader = ByteReader(box[...])
        let size = reader.u8(8) == 0 ? 4 : 8
        guard let first = reader.number(20 + size, bytes: size), let count = reader.u16(20 + 2 * size + 2) else {
            return 0
        }
        return (0..<count).reduce(first) { $0 + ((reader.u32(24 + 2 * size + 12 * $1) ?? 0) & 0x7FFF_FFFF) }
    }

    /// Files of frames that all have one length: YUV4MPEG without marks of its frames, DV.
    static func frames(_ head: ArraySlice<UInt8>, _ length: Int) -> Int? {
        guard let (start, size) = y4m(head) ?? dv(head) else { return nil }
        return start + (length - start + size - 1) / size * size
    }

    private static func y4m(_ head: ArraySlice<UInt8>) -> (start: Int, frame: Int)? {
        guard head.starts(with: "YUV4MPEG2 ".utf8), let line = head.firstIndex(of: 0x0A),
            head[(line + 1)...].starts(with: "FRAME\n".utf8)
        else { return nil }
        let words = String(decoding: head[..<line], as: UTF8.self).split(separator: " ")
        func word(_ letter: String) -> Substring? { words.last { $0.hasPrefix(letter) }?.dropFirst() }
        guard let width = word("W").flatMap({ Int($0) }), let height = word("H").flatMap({ Int($0) }),
            (1...65536).contains(width), (1...65536).contains(height)
        else { return nil }
        let kind = word("C") ?? "420"
        let (w, h) = ((width + 1) / 2, (height + 1) / 2)
        let samples = width * height
        let all =
            kind.hasPrefix("420")
            ? samples + 2 * w * h
            : kind.hasPrefix("422")
                ? samples + 2 * w * height
                : kind.hasPrefix("411")
                    ? samples + 2 * ((width + 3) / 4) * height
                    : kind == "444alpha" ? 4 * samples : kind.hasPrefix("444") ? 3 * samples : samples
        let isWide = kind.contains("p1") || kind.hasPrefix("mono1")
        return (line + 1 - head.startIndex, 6 + all * (isWide ? 2 : 1))
    }

    private static func dv(_ head: ArraySlice<UInt8>) -> (start: Int, frame: Int)? {
        let reader = ByteReader(head)
        // The first block of a frame's first sequence: its head, for 525 or for 625 lines.
        guard let word = reader.u32(0), word & 0xFFFF_FF7F == 0x1F07_003F else { return nil }
        return (0, word & 0x80 == 0 ? 120_000 : 144_000)
    }
}

extension ArraySlice<UInt8> {
    /// Where some bytes lie first, from the slice's own start.
    fileprivate func offset(of bytes: [UInt8]) -> Int? {
        indices.first { self[$0...].starts(with: bytes) }.map { $0 - startIndex }
    }
}
