/// What a JPEG file declares before its data, and where its first picture ends (ITU-T T.81, annex B).
struct JPEGHeader {
    /// The number of the start-of-frame marker: 0 baseline, 1 extended, 2 progressive, 3 lossless; 9 and 10 are 1 and 2
    /// with arithmetic coding.
    var process = 0
    /// Bits of a component.
    var precision = 0
    var width = 0
    var height = 0
    var components = 0
    /// Whether Adobe's marker is there: then inks are stored as light.
    var isAdobe = false
    /// The block of EXIF.
    var exif: ArraySlice<UInt8>?
    private(set) var icc: [UInt8]?
    /// The first picture's length. Cameras lay a gain map, a second view or a film behind it.
    private(set) var length: Int
    private var iccParts: [Int: ArraySlice<UInt8>] = [:]

    /// Nil where the bytes are no JPEG's, or none that has a frame.
    init?(_ bytes: [UInt8]) {
        guard bytes.starts(with: [0xFF, 0xD8, 0xFF]) else { return nil }
        length = bytes.count
        let reader = ByteReader(bytes[...])
        var place = 2
        while reader.u8(place) == 0xFF, let marker = reader.u8(place + 1), marker != 0xD9 {
            if marker == 0xFF {
                place += 1
                continue
            }
            guard let size = reader.u16(place + 2), size >= 2 else { break }
            if let body = reader.slice(place + 4, size - 2) { take(marker, ByteReader(body)) }
            place += 2 + size
            if marker == 0xDA { place = JPEGHeader.endOfScan(bytes, from: place) }
        }
        guard components > 0 else { return nil }
        if reader.u8(place) == 0xFF, reader.u8(place + 1) == 0xD9 { length = place + 2 }
        if !iccParts.isEmpty { icc = iccParts.sorted { $0.key < $1.key }.flatMap(\.value) }
    }

    private mutating func take(_ marker: Int, _ body: ByteReader) {
        switch marker {
        case 0xC4, 0xC8, 0xCC: break
        case 0xC0...0xCF where components == 0:
            process = marker - 0xC0
            precision = body.u8(0) ?? 0
            height = body.u16(1) ?? 0
            width = body.u16(3) ?? 0
            components = body.u8(5) ?? 0
        case 0xE1 where exif == nil && body.bytes.starts(with: "Exif\0\0".utf8): exif = body.bytes.dropFirst(6)
        case 0xE2 where body.bytes.starts(with: "ICC_PROFILE\0".utf8):
            if let number = body.u8(12) { iccParts[number] = body.bytes.dropFirst(14) }
        case 0xEE where body.bytes.starts(with: "Adobe".utf8): isAdobe = true
        default: break
        }
    }

    /// The marker after a scan's data, in which 0xFF is followed by 0 or by the number of a restart.
    private static func endOfScan(_ bytes: [UInt8], from start: Int) -> Int {
        var place = start
        while place + 1 < bytes.count {
            if bytes[place] == 0xFF, bytes[place + 1] != 0, !(0xD0...0xD7).contains(bytes[place + 1]) { return place }
            place += 1
        }
        return bytes.count
    }
}
