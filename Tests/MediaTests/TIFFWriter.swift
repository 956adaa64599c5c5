/// A TIFF file put together number by number, of every layout that the tests ask for.
struct TIFFWriter {
    var width = 37
    var height = 23
    var bits = 8
    var samples = 3
    var photometric = 2
    /// 1 whole numbers, 2 with signs, 3 floating point.
    var format = 1
    var compression = 1
    var isBigEndian = false
    var isBig = false
    var isPlanar = false
    /// Sides of the tiles; nil for strips of five rows.
    var tile: Int?
    /// Tags beside the necessary ones, with numbers of 16 bits, or bytes where there is one above.
    var more: [(tag: Int, values: [Int])] = []
    var bytes: [(tag: Int, [UInt8])] = []
    /// Tags with fractions: numerator and denominator of each.
    var fractions: [(tag: Int, [Int])] = []

    private var blockWidth: Int { tile ?? width }
    private var blockHeight: Int { tile ?? 5 }

    private func encoded(_ value: UInt64, bytes count: Int) -> [UInt8] {
        let little = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
        return isBigEndian ? little.reversed() : little
    }

    /// - Parameters:
    ///   - pack: makes a block's bytes what is stored, as a compression does.
    ///   - number: the bits of a pixel's number.
    func file(
        pack: ([UInt8]) -> [UInt8] = { $0 }, _ number: (_ x: Int, _ y: Int, _ sample: Int) -> UInt64
    ) -> [UInt8] {
        blocks(
            (0..<(isPlanar ? samples : 1)).flatMap { plane in
                stride(from: 0, to: height, by: blockHeight).flatMap { top in
                    stride(from: 0, to: width, by: blockWidth).map { left in
                        pack(block(left, top, isPlanar ? plane..<(plane + 1) : 0..<samples, number))
                    }
                }
            })
    }

    private func block(
        _ left: Int, _ top: Int, _ planes: Range<Int>, _ number: (Int, Int, Int) -> UInt64
    ) -> [UInt8] {
        let rows = tile ?? min(blockHeight, height - top)
        return (top..<(top + rows)).flatMap { y in
            row(
                (left..<(left + blockWidth)).flatMap { x in
                    planes.map { number(min(x, width - 1), min(y, height - 1), $0) }
                })
        }
    }

    /// Whole bytes in the file's order, else bit by bit.
    private func row(_ numbers: [UInt64]) -> [UInt8] {
        if bits % 8 == 0 { return numbers.flatMap { encoded($0, bytes: bits / 8) } }
        let line = numbers.flatMap { number in (0..<bits).map { number >> UInt64(bits - 1 - $0) & 1 } }
        return stride(from: 0, to: line.count, by: 8).map { start in
            (start..<(start + 8)).reduce(0) { $0 << 1 | ($1 < line.count ? UInt8(line[$1]) : 0) }
        }
    }

    /// The file around blocks as they are stored.
    func blocks(_ blocks: [[UInt8]]) -> [UInt8] {
        var file = Array((isBigEndian ? "MM" : "II").utf8) + encoded(isBig ? 43 : 42, bytes: 2)
        let word = isBig ? 8 : 4
        if isBig { file += encoded(8, bytes: 2) + encoded(0, bytes: 2) }
        let head = file.count + word
        let offsets = blocks.indices.map { head + blocks[..<$0].reduce(0) { $0 + $1.count } }
        file += encoded(UInt64(head + blocks.reduce(0) { $0 + $1.count }), bytes: word) + blocks.joined()
        var entries: [(tag: Int, type: Int, count: Int, body: [UInt8])] = []
        func add(_ tag: Int, _ values: [Int], type: Int) {
            let size = [1: 1, 3: 2, 4: 4, 7: 1][type]!
            entries.append((tag, type, values.count, values.flatMap { encoded(UInt64($0), bytes: size) }))
        }
        let numbers = [
            (256, [width]), (257, [height]), (258, Array(repeating: bits, count: samples)), (259, [compression]),
            (262, [photometric]), (277, [samples]), (284, [isPlanar ? 2 : 1]),
            (339, Array(repeating: format, count: samples)),
        ]
        for (tag, values) in numbers + more.map({ ($0.tag, $0.values) }) { add(tag, values, type: 3) }
        if let tile { [322, 323].forEach { add($0, [tile], type: 3) } } else { add(278, [blockHeight], type: 3) }
        add(tile == nil ? 273 : 324, offsets, type: 4)
        add(tile == nil ? 279 : 325, blocks.map(\.count), type: 4)
        for (tag, parts) in fractions {
            entries.append((tag, 5, parts.count / 2, parts.flatMap { encoded(UInt64($0), bytes: 4) }))
        }
        for (tag, bytes) in bytes { add(tag, bytes.map(Int.init), type: 7) }
        entries.sort { $0.tag < $1.tag }
        var place = file.count + (isBig ? 8 : 2) + entries.count * (isBig ? 20 : 12) + word
        file += encoded(UInt64(entries.count), bytes: isBig ? 8 : 2)
        var behind: [UInt8] = []
        for entry in entries {
            file += encoded(UInt64(entry.tag), bytes: 2) + encoded(UInt64(entry.type), bytes: 2)
            file += encoded(UInt64(entry.count), bytes: word)
            if entry.body.count <= word {
                file += entry.body + Array(repeating: 0, count: word - entry.body.count)
            } else {
                file += encoded(UInt64(place), bytes: word)
                behind += entry.body
                place += entry.body.count
            }
        }
        return file + Array(repeating: 0, count: word) + behind
    }
}
