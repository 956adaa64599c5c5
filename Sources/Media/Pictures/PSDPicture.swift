import Imaging

/// The picture of all layers together that a PSD or PSB file holds (Adobe Photoshop File Formats Specification, 2019).
/// libav's decoder takes a byte of the run lengths that means nothing for damage, and knows no Lab and no profile.
struct PSDPicture {
    private let picture: PictureBytes
    private let reader: ByteReader
    private let isLarge: Bool
    private let channels: Int
    private let width: Int
    private let height: Int
    private let depth: Int
    private let mode: Int
    private var resources: [Int: ArraySlice<UInt8>] = [:]
    private var palette: ArraySlice<UInt8> = []
    private var hasAlpha = false
    /// Where each channel's each row lies; nil where all have the same length.
    private var rows: [Int] = []
    private var isPacked = false

    static func begins(_ bytes: [UInt8]) -> Bool { bytes.starts(with: "8BPS".utf8) }

    init(_ picture: PictureBytes) throws {
        self.picture = picture
        reader = ByteReader(picture.bytes[...])
        guard let version = reader.u16(4), let channels = reader.u16(12), let height = reader.u32(14),
            let width = reader.u32(18), let depth = reader.u16(22), let mode = reader.u16(24), (1...56) ~= channels
        else { throw picture.damage("its head is cut off") }
        isLarge = version == 2
        (self.channels, self.width, self.height, self.depth, self.mode) = (channels, width, height, depth, mode)
        try picture.check(width: width, height: height)
        guard [1, 8, 16].contains(depth), (depth == 1) == (mode == 0) else {
            throw picture.unread("it is a PSD of \(depth) bits a component")
        }
        try readSections()
    }

    private var cutOff: MediaError { picture.damage("it is cut off") }

    private mutating func readSections() throws {
        var place = 26
        palette = try section(&place)
        readResources(ByteReader(try section(&place)))
        let layers = ByteReader(try section(&place, isLong: isLarge))
        // A number below 0 of layers: the first channel behind the colours is the whole's opacity.
        hasAlpha = (layers.u16(isLarge ? 8 : 4) ?? 0) >= 0x8000
        if let version = resources[1057], version.count > 4, version[version.startIndex + 4] == 0 {
            throw picture.refusal(
                "it was saved without the picture of all its layers; save it for compatibility, or as PNG")
        }
        guard let compression = reader.u16(place) else { throw cutOff }
        guard compression < 2 else { throw picture.unread("it is a PSD whose picture is compressed by ZIP") }
        try readRows(from: place + 2, isPacked: compression == 1)
    }

    private func section(_ place: inout Int, isLong: Bool = false) throws -> ArraySlice<UInt8> {
        let head = isLong ? 8 : 4
        guard let length = reader.number(place, bytes: head), let body = reader.slice(place + head, length) else {
            throw cutOff
        }
        place += head + length
        return body
    }

    private mutating func readResources(_ reader: ByteReader) {
        var place = 0
        while reader.tag(place) == "8BIM", let number = reader.u16(place + 4), let name = reader.u8(place + 6) {
            let start = place + 6 + (name + 2) / 2 * 2
            guard let length = reader.u32(start), let body = reader.slice(start + 4, length) else { return }
            resources[number] = body
            place = start + 4 + (length + 1) / 2 * 2
        }
    }

    private mutating func readRows(from start: Int, isPacked: Bool) throws {
        self.isPacked = isPacked
        var place = start
        let count = channels * height
        let size = isLarge ? 4 : 2
        // A file of 100 bytes may declare 2^33 rows.
        guard count <= (reader.count - start) / (isPacked ? size : rowBytes) else { throw cutOff }
        if isPacked { place += count * size }
        rows.reserveCapacity(count + 1)
        for row in 0..<count {
            rows.append(place)
            guard let length = isPacked ? reader.number(start + row * size, bytes: size) : rowBytes else {
                throw cutOff
            }
            place += length
        }
        rows.append(place)
        guard place <= reader.count else { throw cutOff }
    }

    private var rowBytes: Int { (width * depth + 7) / 8 }

    private var model: ColourModel {
        get throws {
            switch mode {
            case 0, 1, 8: return .grey
            case 2:
                let bytes = Array(palette.prefix(768))
                let count = bytes.count / 3
                return .palette((0..<(count * 3)).map { UInt16(bytes[$0 % 3 * count + $0 / 3]) * 257 })
            case 3: return .rgb
            case 4: return .cmyk
            case 9: return .lab
            default: throw picture.unread("it is a PSD of a rare kind of colours (mode \(mode))")
            }
        }
    }

    func frame() throws -> Frame {
        let model = try model
        guard channels >= model.channels else { throw picture.damage("it has \(channels) channels") }
        let alpha: PixelRows.Alpha = hasAlpha && channels > model.channels ? .straight : .none
        let used = model.channels + (alpha == .none ? 0 : 1)
        let frame = Frame(width: width, height: height)
        let rows = PixelRows(width: width, model, alpha: alpha, icc: resources[1039].map(Array.init), picture)
        // A few bytes more, for numbers that are read in one piece.
        var row = [UInt8](repeating: 0, count: rowBytes + 8)
        for y in 0..<height {
            for channel in 0..<used {
                try unpack(channel * height + y, into: &row)
                put(row, channel, into: &rows.line, step: used)
            }
            rows.write(row: y, of: frame)
        }
        return frame
    }

    /// A row's bytes, out of runs: n below 128 means n + 1 bytes as they are, above 128 the next byte 257 - n times.
    private func unpack(_ index: Int, into row: inout [UInt8]) throws {
        let packed = picture.bytes[rows[index]..<rows[index + 1]]
        guard isPacked else {
            row.replaceSubrange(0..<rowBytes, with: packed)
            return
        }
        var (from, to) = (packed.startIndex, 0)
        while from + 1 < packed.endIndex, to < rowBytes {
            let head = Int(packed[from])
            let count = min(head < 128 ? head + 1 : 257 - head, rowBytes - to)
            if head < 128 {
                guard from + count < packed.endIndex else { throw cutOff }
                for place in 0..<count { row[to + place] = packed[from + 1 + place] }
            } else if head > 128 {
                for place in 0..<count { row[to + place] = packed[from + 1] }
            }
            from += head == 128 ? 1 : head < 128 ? head + 2 : 2
            to += head == 128 ? 0 : count
        }
        guard to == rowBytes else { throw picture.damage("a row is too short") }
    }

    private func put(_ row: [UInt8], _ channel: Int, into line: inout [UInt16], step: Int) {
        // Inks are stored as light, and a bit of 1 is black.
        let flip: UInt16 = mode == 0 || mode == 4 && channel < 4 ? 65535 : 0
        row.withUnsafeBytes { row in
            for x in 0..<width {
                let value: UInt16 =
                    switch depth {
                    case 1: row[x / 8] >> (7 - UInt8(x % 8)) & 1 == 1 ? 65535 : 0
                    case 8: mode == 2 && channel == 0 ? UInt16(row[x]) : UInt16(row[x]) * 257
                    default: UInt16(bigEndian: row.loadUnaligned(fromByteOffset: x * 2, as: UInt16.self))
                    }
                line[x * step + channel] = value ^ flip
            }
        }
    }
}
