import SystemPackage

/// What a file's own bytes say against reading it, where libav says it wrongly or not at all.
struct FileContents: ~Copyable {
    private let file: FileDescriptor
    let length: Int

    init(_ path: FilePath) throws {
        file = try FileDescriptor.open(path, .readOnly)
        length = Int((try? file.seek(offset: 0, from: .end)) ?? 0)
    }

    deinit { try? file.close() }

    /// Bytes from a place on: fewer where the file ends.
    func bytes(_ count: Int, at place: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(0, min(count, length - place)))
        let read = try? bytes.withUnsafeMutableBytes { try file.read(fromAbsoluteOffset: Int64(place), into: $0) }
        return Array(bytes.prefix(read ?? 0))
    }

    /// Whether it is a disc's image (ISO 9660, UDF), which holds files of its own.
    var isDiscImage: Bool { ["CD001", "BEA01"].contains { bytes(5, at: 32769) == Array($0.utf8) } }

    /// Whether a transport stream's packets, or a DVD's, are marked as scrambled: some in its first MiB, for what comes
    /// before its first pictures may be clear.
    var isScrambled: Bool {
        let bytes = bytes(1 << 20, at: 0)
        // Transport packets lie bare, behind a time of four bytes (Blu-ray), or before a checksum of sixteen.
        for (step, start) in [(188, 0), (192, 4), (204, 0)] {
            let packets = stride(from: start, to: bytes.count - 188, by: step).map { bytes[$0..<$0 + 4] }
            let marked = packets.filter { $0.first == 0x47 }
            guard marked.count > 8, marked.count > packets.count * 9 / 10 else { continue }
            return marked.count { $0.last! >> 6 > 1 } > marked.count / 10
        }
        return stride(from: 0, to: bytes.count - 2047, by: 2048).contains { place in
            // A pack of MPEG-2 without filling, and a packet in it of a kind that has a mark.
            let isPack = bytes[place..<place + 4].elementsEqual([0, 0, 1, 0xBA]) && bytes[place + 4] & 0xC0 == 0x40
            let isPacket = bytes[place + 13] & 7 == 0 && bytes[place + 14..<place + 17].elementsEqual([0, 0, 1])
            return isPack && isPacket && (bytes[place + 17] == 0xBD || 0xC0...0xEF ~= bytes[place + 17])
                && [0x90, 0xA0, 0xB0].contains(bytes[place + 20] & 0xF0)
        }
    }

    /// Whether it begins as an MP4 or a QuickTime film does.
    var isMP4: Bool {
        ["ftyp", "mdat", "moov", "moof", "wide", "free", "skip", "pnot"].contains(
            ByteReader(bytes(8, at: 0)[...]).tag(4))
    }

    /// Where, behind the first fragment of an MP4, something else stands than a box: libav passes over it, with
    /// all that it held, or takes it for the end. Nil where nothing does, or what fills a disk's blocks.
    var brokenFragment: Int? {
        guard isMP4 else { return nil }
        var (hasBegun, end, broken) = (false, 0, nil as Int?)
        eachBox { tag, range in
            hasBegun = hasBegun || tag == "moof"
            if hasBegun, !FileLength.boxes.contains(tag) { broken = range.lowerBound }
            end = range.upperBound
            return broken == nil
        }
        guard hasBegun else { return nil }
        // What is cut off is told by its length.
        let place = broken ?? (end < length ? end : nil)
        return place.flatMap { bytes(1 << 16, at: $0).contains { $0 != 0 } ? $0 : nil }
    }

    /// Whether an MP4 says nowhere where its frames lie: in a box `moov`, which a recorder writes last, and which must
    /// be whole.
    var lacksIndex: Bool {
        var isThere = false
        eachBox { tag, range in
            if tag == "moov" { isThere = range.upperBound <= length }
            return tag != "moov"
        }
        return !isThere
    }

    /// Where the head of an MP4's fragment begins that the file's end has cut off.
    var cutFragment: Int? {
        var cut: Int?
        if isMP4 {
            eachBox { tag, range in
                if tag == "moof", range.upperBound > length { cut = range.lowerBound }
                return true
            }
        }
        return cut
    }

    /// Goes through the boxes that an MP4 is made of, until `body` has enough. The last one may end behind the file.
    func eachBox(_ body: (_ tag: String, _ range: Range<Int>) -> Bool) {
        var place = 0
        while place < length {
            let reader = ByteReader(bytes(16, at: place)[...])
            guard let size = reader.u32(0), let tag = reader.tag(4) else { return }
            // 1: the size is behind the tag. 0: the box ends with the file.
            let long = size == 1 ? reader.number(8, bytes: 8) : size == 0 ? length - place : size
            guard let long, long >= 8, long < 1 << 60, body(tag, place..<place + long) else { return }
            place += long
        }
    }
}
