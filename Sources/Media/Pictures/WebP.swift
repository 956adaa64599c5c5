/// WebP's container, as far as libav leaves it to us: an animation's first frame.
enum WebP {
    struct Chunk {
        var tag: String
        var bytes: ArraySlice<UInt8>
    }

    /// The chunks that lie one after the other from a place on.
    static func chunks(_ reader: ByteReader, from start: Int) -> [Chunk] {
        var chunks: [Chunk] = []
        var place = start
        while let tag = reader.tag(place), let length = reader.u32(place + 4),
            let bytes = reader.slice(place + 8, length)
        {
            chunks.append(Chunk(tag: tag, bytes: bytes))
            place += 8 + length + length % 2
        }
        return chunks
    }

    /// An animation's first frame as a WebP file of its own, for libav's decoder knows no animations; nil for stills.
    /// A first frame that is smaller than the animation's canvas stays as small.
    static func firstFrame(of bytes: [UInt8]) -> [UInt8]? {
        let reader = ByteReader(bytes[...], isBigEndian: false)
        guard reader.tag(0) == "RIFF", reader.tag(8) == "WEBP",
            let frame = chunks(reader, from: 12).first(where: { $0.tag == "ANMF" })?.bytes,
            let size = ByteReader(frame).slice(6, 6)
        else { return nil }
        let parts = chunks(ByteReader(frame, isBigEndian: false), from: 16).filter {
            ["ALPH", "VP8 ", "VP8L"].contains($0.tag)
        }
        let alphaFlag: UInt8 = parts.contains { $0.tag != "VP8 " } ? 0x10 : 0
        var body = Array("VP8X".utf8) + littleEndian(10) + [alphaFlag, 0, 0, 0] + size
        for part in parts {
            body += Array(part.tag.utf8) + littleEndian(part.bytes.count) + part.bytes
            if part.bytes.count % 2 == 1 { body.append(0) }
        }
        return file(of: body)
    }

    /// - Parameter chunks: all of them.
    static func file(of chunks: some Collection<UInt8>) -> [UInt8] {
        Array("RIFF".utf8) + littleEndian(chunks.count + 4) + Array("WEBP".utf8) + chunks
    }

    private static func littleEndian(_ value: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
