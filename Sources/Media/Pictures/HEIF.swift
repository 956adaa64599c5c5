/// The container of AVIF pictures (ISO/IEC 23008-12), which libav 5 does not open: finds the main picture's AV1 data
/// and how it is to be shown.
struct HEIF {
    /// What the main picture is coded in: "av01", "hvc1", or "grid" where it is put together of several.
    let kind: String
    /// Its coded data.
    let data: [UInt8]
    let orientation: Orientation
    /// Matrix and whether its range is full, where the container says.
    let colour: (matrix: Int, isFullRange: Bool)?
    /// Whether another picture in the file is its transparency.
    let hasAlpha: Bool

    private typealias Box = (tag: String, body: ByteReader)

    /// Nil where the file is no such container, or a broken one.
    init?(_ bytes: [UInt8]) {
        let file = ByteReader(bytes[...])
        guard file.tag(4) == "ftyp", let top = HEIF.box(file, "meta"), let meta = top.full?.body,
            let main = HEIF.box(meta, "pitm")?.mainItem, let kinds = HEIF.box(meta, "iinf")?.itemKinds,
            let kind = kinds[main], let location = HEIF.box(meta, "iloc")
        else { return nil }
        self.kind = kind
        let inside = HEIF.box(meta, "idat")?.bytes ?? []
        guard let data = location.data(of: main, file: file.bytes, inside: inside) else { return nil }
        self.data = data
        let properties = HEIF.properties(of: main, in: meta)
        orientation = properties.reduce(Orientation.upright) { $0.then(HEIF.turn($1)) }
        colour = properties.lazy.compactMap(HEIF.colour).first
        hasAlpha = HEIF.box(meta, "iref").map { HEIF.boxes($0.full?.body ?? $0).contains { $0.tag == "auxl" } } ?? false
    }

    private static func boxes(_ reader: ByteReader) -> [Box] {
        var boxes: [Box] = []
        var place = 0
        while let size = reader.u32(place), let tag = reader.tag(place + 4) {
            var head = 8
            var length = size
            if size == 1 {
                guard let long = reader.number(place + 9, bytes: 7) else { break }
                (head, length) = (16, long)
            } else if size == 0 {
                length = reader.count - place
            }
            guard length >= head, let body = reader.slice(place + head, length - head) else { break }
            boxes.append((tag, ByteReader(body)))
            place += length
        }
        return boxes
    }

    private static func box(_ reader: ByteReader, _ tag: String) -> ByteReader? {
        boxes(reader).first { $0.tag == tag }?.body
    }

    /// The properties that belong to an item, in the order in which they apply.
    private static func properties(of item: Int, in meta: ByteReader) -> [Box] {
        guard let list = box(meta, "iprp"), let container = box(list, "ipco") else { return [] }
        let all = boxes(container)
        return boxes(list).filter { $0.tag == "ipma" }.flatMap { $0.body.associations(of: item) }.compactMap { index in
            index >= 1 && index <= all.count ? all[index - 1] : nil
        }
    }

    private static func turn(_ property: Box) -> Orientation {
        let value = property.body.u8(0) ?? 0
        return switch property.tag {
        // Anticlockwise quarters: EXIF's 8, 3 and 6 are those.
        case "irot": Orientation(exif: [1, 8, 3, 6][value & 3])
        case "imir": Orientation(exif: value & 1 == 0 ? 4 : 2)
        default: .upright
        }
    }

    private static func colour(_ property: Box) -> (matrix: Int, isFullRange: Bool)? {
        guard property.tag == "colr", property.body.tag(0) == "nclx", let matrix = property.body.u16(8),
            let range = property.body.u8(10)
        else { return nil }
        return (matrix, range & 0x80 != 0)
    }
}

extension ByteReader {
    /// A box that starts with a version and flags: the version, and what follows.
    fileprivate var full: (version: Int, body: ByteReader)? {
        guard let version = u8(0), let rest = slice(4, count - 4) else { return nil }
        return (version, ByteReader(rest))
    }

    /// Of "pitm".
    fileprivate var mainItem: Int? { full.flatMap { $0.version == 0 ? $0.body.u16(0) : $0.body.u32(0) } }

    /// Of "iinf": each item's kind by its number.
    fileprivate var itemKinds: [Int: String]? {
        guard let (version, body) = full,
            let rest = body.slice(version == 0 ? 2 : 4, body.count - (version == 0 ? 2 : 4))
        else { return nil }
        var kinds: [Int: String] = [:]
        var place = 0
        let entries = ByteReader(rest)
        while let size = entries.u32(place), size >= 12, let entry = entries.slice(place + 8, size - 8) {
            if let (version, body) = ByteReader(entry).full, version >= 2 {
                let width = version == 2 ? 2 : 4
                if let item = body.number(0, bytes: width) { kinds[item] = body.tag(width + 2) }
            }
            place += size
        }
        return kinds
    }

    /// Of "ipma": the numbers, from 1, of an item's properties.
    fileprivate func associations(of item: Int) -> [Int] {
        guard let (version, body) = full, let flags = u8(3), let count = body.u32(0) else { return [] }
        let width = version < 1 ? 2 : 4
        var place = 4
        for _ in 0..<count {
            guard let found = body.number(place, bytes: width), let number = body.u8(place + width) else { return [] }
            let size = flags & 1 == 0 ? 1 : 2
            let mask = flags & 1 == 0 ? 0x7F : 0x7FFF
            place += width + 1
            if found == item {
                return (0..<number).compactMap { body.number(place + $0 * size, bytes: size).map { $0 & mask } }
            }
            place += number * size
        }
        return []
    }

    /// Of "iloc": an item's bytes, which may lie in pieces, in the file or in the box "idat".
    fileprivate func data(of item: Int, file: ArraySlice<UInt8>, inside: ArraySlice<UInt8>) -> [UInt8]? {
        guard let (version, body) = full, let sizes = body.u16(0) else { return nil }
        let width = version < 2 ? 2 : 4
        guard let count = body.number(2, bytes: width) else { return nil }
        var place = 2 + width
        for _ in 0..<count {
            guard let found = body.number(place, bytes: width) else { return nil }
            place += width
            var method = 0
            if version > 0 {
                method = (body.u16(place) ?? 0) & 15
                place += 2
            }
            let sizes = ItemSizes(sizes, version: version)
            guard let extents = body.extents(at: &place, sizes) else { return nil }
            guard found == item else { continue }
            let source = ByteReader(method == 1 ? inside : file)
            var data: [UInt8] = []
            for extent in extents {
                // Pieces of one item do not overlap; a crafted file's may, 65,535 times over.
                guard let piece = source.slice(extent.offset, extent.length), data.count + piece.count <= file.count
                else { return nil }
                data += piece
            }
            return data
        }
        return nil
    }

    /// The pieces that an item lies in, from its data reference on.
    private func extents(at place: inout Int, _ sizes: ItemSizes) -> [(offset: Int, length: Int)]? {
        guard let base = number(place + 2, bytes: sizes.base), let count = u16(place + 2 + sizes.base) else {
            return nil
        }
        place += 2 + sizes.base + 2
        var extents: [(offset: Int, length: Int)] = []
        for _ in 0..<count {
            guard let offset = number(place + sizes.index, bytes: sizes.offset),
                let length = number(place + sizes.index + sizes.offset, bytes: sizes.length)
            else { return nil }
            extents.append((base + offset, length))
            place += sizes.index + sizes.offset + sizes.length
        }
        return extents
    }
}

/// How many bytes each number of "iloc" has.
private struct ItemSizes {
    let offset: Int
    let length: Int
    let base: Int
    let index: Int

    init(_ packed: Int, version: Int) {
        offset = packed >> 12
        length = packed >> 8 & 15
        base = packed >> 4 & 15
        index = version == 0 ? 0 : packed & 15
    }
}
