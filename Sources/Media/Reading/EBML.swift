/// Matroska's elements: a number that names them, a size, a body.
enum EBML {
    static let head = 0x1A45_DFA3
    static let segment = 0x1853_8067

    /// An element's name, where its body begins, and how long that is; nil for a size that is not known.
    static func element(_ reader: ByteReader, _ offset: Int) -> (name: Int, start: Int, size: Int?)? {
        guard let first = reader.u8(offset), first > 0x0F else { return nil }
        let length = UInt8(first).leadingZeroBitCount + 1
        guard let name = reader.number(offset, bytes: length), let size = size(reader, offset + length) else {
            return nil
        }
        return (name, offset + length + size.length, size.value)
    }

    /// As many bytes as its first one says; of all ones it is not known.
    private static func size(_ reader: ByteReader, _ offset: Int) -> (value: Int?, length: Int)? {
        guard let first = reader.u8(offset), first > 0 else { return nil }
        let length = UInt8(first).leadingZeroBitCount + 1
        guard let slice = reader.slice(offset, length) else { return nil }
        let value = slice.reduce(0) { $0 << 8 | Int($1) } & (1 << (7 * length) - 1)
        return (value == 1 << (7 * length) - 1 ? nil : value, length)
    }

    /// The elements that lie in a body one after another.
    static func children(of body: ArraySlice<UInt8>) -> [(name: Int, body: ArraySlice<UInt8>)] {
        let reader = ByteReader(body)
        var (place, children) = (0, [(name: Int, body: ArraySlice<UInt8>)]())
        while let element = element(reader, place), let size = element.size,
            let body = reader.slice(element.start, size)
        {
            children.append((element.name, body))
            place = element.start + size
        }
        return children
    }

    static func number(_ body: ArraySlice<UInt8>) -> Int? { ByteReader(body).number(0, bytes: body.count) }
}
