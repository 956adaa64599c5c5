/// The blocks of a GIF (GIF89a, 15 to 27), by which alone it tells where it ends: what follows a damaged one is read as
/// something else, or not at all.
enum GIFBlocks {
    private static let (trailer, image, separator): (UInt8, UInt8, UInt8) = (0x3B, 0x2C, 0x21)

    /// Whether they follow one another to the trailer.
    static func areWhole(_ contents: borrowing FileContents) -> Bool {
        var window = Window()
        guard let flags = window.byte(10, contents) else { return false }
        var place = 13 + colours(flags)
        while let mark = window.byte(place, contents) {
            switch mark {
            case trailer: return true
            case separator: place += 2
            case image:
                guard let flags = window.byte(place + 9, contents) else { return false }
                // Behind the colours, how many bits the first codes have.
                place += 10 + colours(flags) + 1
            default: return false
            }
            while let length = window.byte(place, contents) {
                place += 1 + Int(length)
                if length == 0 { break }
            }
        }
        return false
    }

    /// Bytes of a table of colours.
    private static func colours(_ flags: UInt8) -> Int { flags & 0x80 != 0 ? 3 << (Int(flags & 7) + 1) : 0 }

    /// A part of the file: a read for each byte would take long.
    private struct Window {
        private var (start, bytes) = (0, [UInt8]())

        mutating func byte(_ place: Int, _ contents: borrowing FileContents) -> UInt8? {
            if !(start..<start + bytes.count).contains(place) {
                (start, bytes) = (place, contents.bytes(1 << 16, at: place))
            }
            return bytes.first.map { _ in bytes[place - start] }
        }
    }
}
