internal import CFFmpeg
import Imaging

/// The part of a track's stored pictures that is meant to be seen, as a container says it: Matroska's `PixelCrop`, and
/// `clap` of MP4 and QuickTime. libav 5.1 reads neither.
///
/// Sources: RFC 9559, 5.1.4.1.28; ISO/IEC 14496-12, 12.1.4.
struct Aperture: Hashable {
    /// Columns and rows that are left out at each side.
    var left = 0
    var top = 0
    var right = 0
    var bottom = 0
    /// The sides of the stored pictures, of which that is said.
    var width = 0
    var height = 0
    /// Width to height of a pixel, where the container says the shape of the part and not of the pixel.
    var aspect: Rational?

    /// Of each track of pictures, in the file's order; nil where all of them is meant.
    static func all(in contents: borrowing FileContents) -> [Aperture?] {
        let found = contents.isMP4 ? ofMP4(contents) : ofMatroska(contents)
        return found.map { $0?.isPart == true ? $0 : nil }
    }

    private var isPart: Bool {
        [left, top, right, bottom].allSatisfy { (0..<65536).contains($0) } && left + top + right + bottom > 0
            && left + right < width && top + bottom < height
    }

    /// In words.
    var text: String {
        "the source's container shows a part of each picture, \(width - left - right) x \(height - top - bottom) of "
            + "\(width) x \(height); that is what is painted"
    }
}

extension Aperture {
    private static func ofMatroska(_ contents: borrowing FileContents) -> [Aperture?] {
        let (tracks, cluster) = (0x1654_AE6B, 0x1F43_B675)
        func element(at place: Int) -> (name: Int, start: Int, size: Int?)? {
            EBML.element(ByteReader(contents.bytes(16, at: place)[...]), 0).map { ($0.name, place + $0.start, $0.size) }
        }
        guard let head = element(at: 0), head.name == EBML.head, let size = head.size,
            let segment = element(at: head.start + size), segment.name == EBML.segment
        else { return [] }
        var place = segment.start
        while let found = element(at: place), let size = found.size, found.name != cluster {
            if found.name == tracks {
                let entries = EBML.children(of: contents.bytes(min(size, 1 << 24), at: found.start)[...])
                return entries.compactMap { entry in EBML.children(of: entry.body).first { $0.name == 0xE0 } }
                    .map { matroska($0.body) }
            }
            place = found.start + size
        }
        return []
    }

    private static func matroska(_ video: ArraySlice<UInt8>) -> Aperture? {
        let values = Dictionary(
            EBML.children(of: video).compactMap { part in EBML.number(part.body).map { (part.name, $0) } },
            uniquingKeysWith: { first, _ in first })
        var part = Aperture(
            left: values[0x54CC] ?? 0, top: values[0x54BB] ?? 0, right: values[0x54DD] ?? 0,
            bottom: values[0x54AA] ?? 0, width: values[0xB0] ?? 0, height: values[0xBA] ?? 0)
        let (longest, shown) = (1 << 31, (values[0x54B0] ?? 0, values[0x54BA] ?? 0))
        guard part.isPart, max(part.width, part.height, shown.0, shown.1) <= longest else { return nil }
        let (width, height) = (part.width - part.left - part.right, part.height - part.top - part.bottom)
        part.aspect = ratio((values[0x54B0] ?? width) * height, (values[0x54BA] ?? height) * width)
        return part
    }

    private static func ratio(_ width: Int, _ height: Int) -> Rational? {
        guard width > 0, height > 0 else { return nil }
        var ratio = AVRational()
        av_reduce(&ratio.num, &ratio.den, Int64(width), Int64(height), Int64(Int32.max))
        return Rational(ratio)
    }
}

extension Aperture {
    private static func ofMP4(_ contents: borrowing FileContents) -> [Aperture?] {
        var film: ArraySlice<UInt8> = []
        contents.eachBox { tag, range in
            if tag == "moov" { film = contents.bytes(min(range.count, 1 << 28), at: range.lowerBound).dropFirst(8) }
            return tag != "moov"
        }
        return boxes(in: film).filter { $0.tag == "trak" }.compactMap { track in
            let inside = ["mdia", "minf"].reduce(boxes(in: track.body)) { Self.inside($1, of: $0) }
            return inside.contains { $0.tag == "vmhd" } ? inside : nil
        }.map(track)
    }

    private typealias Box = (tag: String, body: ArraySlice<UInt8>)

    private static func inside(_ tag: String, of boxes: [Box]) -> [Box] {
        boxes.first { $0.tag == tag }.map { Self.boxes(in: $0.body) } ?? []
    }

    private static func track(_ media: [Box]) -> Aperture? {
        // A list of descriptions: version and count, then each one's 78 bytes and what follows them.
        guard let list = inside("stbl", of: media).first(where: { $0.tag == "stsd" }),
            let entry = boxes(in: list.body.dropFirst(8)).first?.body,
            let clean = boxes(in: entry.dropFirst(78)).first(where: { $0.tag == "clap" })?.body
        else { return nil }
        return mp4(ByteReader(clean), width: ByteReader(entry).u16(24) ?? 0, height: ByteReader(entry).u16(26) ?? 0)
    }

    /// Four fractions: the part's sides, and how far its middle lies from the picture's.
    private static func mp4(_ clean: ByteReader, width: Int, height: Int) -> Aperture? {
        let values = (0..<4).compactMap { index -> Double? in
            guard let over = clean.u32(8 * index), let under = clean.u32(8 * index + 4), under > 0 else { return nil }
            return Double(Int32(truncatingIfNeeded: over)) / Double(under)
        }
        guard values.count == 4 else { return nil }
        func cut(_ side: Int, _ part: Double, _ offset: Double) -> (Int, Int) {
            let before = Int(((Double(side) - part) / 2 + offset).rounded())
            return (before, side - before - Int(part.rounded()))
        }
        let (left, right) = cut(width, values[0], values[2])
        let (top, bottom) = cut(height, values[1], values[3])
        return Aperture(left: left, top: top, right: right, bottom: bottom, width: width, height: height)
    }

    private static func boxes(in bytes: ArraySlice<UInt8>) -> [Box] {
        let reader = ByteReader(bytes)
        var (place, found) = (0, [Box]())
        while let size = reader.u32(place), let tag = reader.tag(place + 4), size >= 8,
            let body = reader.slice(place + 8, size - 8)
        {
            found.append((tag, body))
            place += size
        }
        return found
    }
}

extension Aperture {
    /// Leaves out what is not to be seen, of a picture of the sides that it was said of. No pixel is moved.
    func crop(_ frame: UnsafeMutablePointer<AVFrame>) {
        guard frame.pointee.width == width, frame.pointee.height == height else { return }
        frame.pointee.crop_left = left
        frame.pointee.crop_top = top
        frame.pointee.crop_right = right
        frame.pointee.crop_bottom = bottom
        av_frame_apply_cropping(frame, Int32(AV_FRAME_CROP_UNALIGNED))
    }
}
