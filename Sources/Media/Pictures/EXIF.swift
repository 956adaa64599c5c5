/// The orientation that a camera noted (EXIF 2.3, tag 0x0112): looked for where each format keeps it.
enum EXIF {
    /// 1 where nothing is noted.
    static func orientation(in bytes: [UInt8], jpeg: JPEGHeader?) -> Int {
        let reader = ByteReader(bytes[...])
        let block: ArraySlice<UInt8>? =
            if let jpeg {
                jpeg.exif
            } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
                inPNG(reader)
            } else if reader.tag(0) == "RIFF", reader.tag(8) == "WEBP" {
                inWebP(ByteReader(bytes[...], isBigEndian: false))
            } else {
                nil
            }
        return block.flatMap(orientation(inTIFF:)) ?? 1
    }

    private static func inPNG(_ reader: ByteReader) -> ArraySlice<UInt8>? {
        var place = 8
        while let length = reader.u32(place), let tag = reader.tag(place + 4), tag != "IEND" {
            if tag == "eXIf" { return reader.slice(place + 8, length) }
            place += 12 + length
        }
        return nil
    }

    private static func inWebP(_ reader: ByteReader) -> ArraySlice<UInt8>? {
        guard let chunk = WebP.chunks(reader, from: 12).first(where: { $0.tag == "EXIF" }) else { return nil }
        // Some writers leave JPEG's mark before the block.
        return chunk.bytes.starts(with: "Exif\0\0".utf8) ? chunk.bytes.dropFirst(6) : chunk.bytes
    }

    private static func orientation(inTIFF block: ArraySlice<UInt8>) -> Int? {
        let isBigEndian = block.starts(with: [0x4D, 0x4D, 0, 42])
        guard isBigEndian || block.starts(with: [0x49, 0x49, 42, 0]) else { return nil }
        let reader = ByteReader(block, isBigEndian: isBigEndian)
        guard let directory = reader.u32(4), let count = reader.u16(directory) else { return nil }
        for index in 0..<count {
            let entry = directory + 2 + index * 12
            guard let tag = reader.u16(entry) else { return nil }
            if tag == 0x0112, let value = reader.u16(entry + 8), (1...8).contains(value) { return value }
        }
        return nil
    }
}
