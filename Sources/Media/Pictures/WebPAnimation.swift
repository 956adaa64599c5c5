internal import CPictures
import Glibc
import Machine
import Synchronization
import SystemPackage

/// An animated WebP, which libav 5.1 does not read, as a clip that it does: its pictures, each as it is seen, in a file
/// without a name. What lies where, under what and for how long is libwebpdemux's to know.
final class WebPAnimation {
    private let picture: PictureBytes
    /// What is missing of it, for people: nil where it is whole.
    private var shortage: String?
    private let decoder: OpaquePointer
    private let size: (width: Int, height: Int)
    private let profile: ColourProfile?

    /// A picture that is shown no longer than that is shown so long, as browsers have it.
    private static let (shortest, usual) = (10, 100)

    /// Those that are open, by which file it is.
    private static let known = Mutex<[Mark: Known]>([:])

    private struct Known: Sendable { weak var spool: Spool? }

    /// The clip that a file is read as; nil for what is no animated WebP. As long as it lives, the same file has it
    /// again.
    /// - Throws: `MediaError`: damaged, refused; cannotCreate, output, where it cannot be kept.
    static func spool(_ path: FilePath) throws -> Spool? {
        guard isAnimated(try FileContents(path).bytes(21, at: 0)) else { return nil }
        let mark = Mark(path)
        if let mark, let spool = known.withLock({ $0[mark]?.spool }) { return spool }
        let picture = try PictureBytes(path)
        let (bytes, shortage) = try readable(of: picture)
        let spool = try bytes.withUnsafeBufferPointer { try WebPAnimation(picture, $0, shortage).spool() }
        known.withLock { known in
            known = known.filter { $0.value.spool != nil }
            if let mark { known[mark] = Known(spool: spool) }
        }
        return spool
    }

    /// By a flag in its head.
    private static func isAnimated(_ head: [UInt8]) -> Bool {
        let reader = ByteReader(head[...])
        return reader.tag(0) == "RIFF" && reader.tag(8) == "WEBP" && reader.tag(12) == "VP8X"
            && reader.u8(20).map { $0 & 2 != 0 } == true
    }

    /// What libwebpdemux reads of a file, for it reads none that is cut off or wrong anywhere: as many pictures as are
    /// well from the first on.
    /// - Returns: with what is missing, for people.
    /// - Throws: `MediaError` damaged where not even one picture is well.
    private static func readable(of picture: PictureBytes) throws -> (bytes: [UInt8], shortage: String?) {
        let bytes = picture.bytes
        let reader = ByteReader(bytes[...], isBigEndian: false)
        let declared = (reader.u32(4) ?? 0) + 8
        let isCutOff = declared > bytes.count
        let chunks = WebP.chunks(reader, from: 12)
        let strange = firstStrange(among: chunks)
        if !isCutOff, strange == nil, isWell(bytes) { return (bytes, nil) }
        let ends = chunks[..<(strange ?? chunks.count)].filter { $0.tag == "ANMF" }.map {
            min(bytes.count, $0.bytes.endIndex + $0.bytes.count % 2)
        }
        func start(_ pictures: Int) -> [UInt8] { WebP.file(of: bytes[12..<ends[pictures - 1]]) }
        var (well, wrong) = (0, ends.count + 1)
        while wrong - well > 1 {
            let count = (well + wrong) / 2
            if isWell(start(count)) { well = count } else { wrong = count }
        }
        guard well > 0 else {
            let words = isCutOff ? "it is cut off: \(bytes.count) of its \(declared) bytes are there" : nil
            if let words { throw MediaError(.damaged, operation: "read", file: picture.path.string, text: words) }
            throw picture.damage("its parts do not fit")
        }
        // Where all are well, the head alone says a wrong length, or what lies behind them is no WebP's.
        guard well == ends.count, strange == nil else { return (start(well), damage(inPicture: well + 1)) }
        return (start(well), isCutOff ? "is shorter than its head says: it is cut off" : nil)
    }

    /// A chunk without a name, or one among pictures that nobody knows: it was one, and libwebpdemux passes it over.
    private static func firstStrange(among chunks: [WebP.Chunk]) -> Int? {
        let known = ["VP8X", "ANIM", "ANMF", "ICCP", "EXIF", "XMP "]
        let last = chunks.lastIndex { $0.tag == "ANMF" } ?? 0
        return chunks.indices.dropFirst(chunks.firstIndex { $0.tag == "ANMF" } ?? 0).first { number in
            let tag = chunks[number].tag
            return !tag.utf8.allSatisfy { (0x20...0x7E).contains($0) } || number < last && !known.contains(tag)
        }
    }

    private static func isWell(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            var data = WebPData(bytes: bytes.baseAddress, size: bytes.count)
            let demuxer = WebPDemux(&data)
            WebPDemuxDelete(demuxer)
            return demuxer != nil
        }
    }

    private static func damage(inPicture number: Int) -> String {
        "is damaged in its picture \(number), and is read up to there"
    }

    /// - Parameter bytes: the picture's, which stay where they are as long as this lives.
    /// - Throws: `MediaError`: damaged, refused.
    private init(_ picture: PictureBytes, _ bytes: UnsafeBufferPointer<UInt8>, _ shortage: String?) throws {
        (self.picture, self.shortage) = (picture, shortage)
        let reader = ByteReader(picture.bytes[...], isBigEndian: false)
        size = ((reader.number(24, bytes: 3) ?? 0) + 1, (reader.number(27, bytes: 3) ?? 0) + 1)
        try picture.check(width: size.width, height: size.height, bytesPerPixel: 4 * PictureFile.bytesPerPixel)
        var options = WebPAnimDecoderOptions()
        guard WebPAnimDecoderOptionsInit(&options) != 0 else { preconditionFailure("another libwebpdemux") }
        (options.color_mode, options.use_threads) = (MODE_RGBA, 0)
        var data = WebPData(bytes: bytes.baseAddress, size: bytes.count)
        guard let decoder = WebPAnimDecoderNew(&data, &options) else { throw picture.damage("its parts do not fit") }
        self.decoder = decoder
        let icc = WebP.chunks(reader, from: 12).first { $0.tag == "ICCP" }.map { Array($0.bytes) }
        profile = picture.profile(icc, [(.rgb, extra: 1)], bytes: 1)
    }

    deinit { WebPAnimDecoderDelete(decoder) }

    private func spool() throws -> Spool {
        // Whether all is opaque, and whether all can be read, is known before anything is written.
        var isOpaque = true
        let count = try eachPicture { pixels, _, _ in isOpaque = isOpaque && isAllOpaque(pixels) }
        return try Spool.animation(name: Spool.shownName(picture.path.string), shortage: shortage) { file in
            let writer = try AnimationWriter(
                file, name: picture.path.string, width: size.width, height: size.height, hasOpacity: !isOpaque)
            var colours = [UInt8](repeating: 0, count: 3 * size.width)
            try eachPicture(count) { pixels, start, duration in
                try writer.write(at: start, for: duration) { y, row in
                    give(pixels + 4 * size.width * y, &colours, to: row, withOpacity: !isOpaque)
                }
            }
            try writer.finish()
        }
    }

    /// - Parameter body: is given the canvas in RGBA, not premultiplied, and when it is shown, in milliseconds.
    /// - Returns: how many there are. Behind one that cannot be read there are none, for each is drawn upon the last.
    /// - Throws: `MediaError` damaged where there is none; as `body`.
    @discardableResult private func eachPicture(
        _ most: Int = .max,
        _ body: (_ pixels: UnsafePointer<UInt8>, _ start: Int, _ duration: Int) throws -> Void
    ) throws -> Int {
        WebPAnimDecoderReset(decoder)
        var (number, start, before) = (0, 0, 0)
        while number < most, WebPAnimDecoderHasMoreFrames(decoder) != 0 {
            var (canvas, end): (UnsafeMutablePointer<UInt8>?, Int32) = (nil, 0)
            guard WebPAnimDecoderGetNext(decoder, &canvas, &end) != 0, let canvas else {
                guard number > 0 else { throw picture.damage("its first picture") }
                shortage = Self.damage(inPicture: number + 1)
                break
            }
            number += 1
            let said = Int(end) - before
            let duration = said > Self.shortest ? said : Self.usual
            try body(canvas, start, duration)
            (start, before) = (start + duration, Int(end))
        }
        guard number > 0 else { throw picture.damage("it holds no picture") }
        return number
    }

    private func isAllOpaque(_ pixels: UnsafePointer<UInt8>) -> Bool {
        (0..<size.width * size.height).allSatisfy { pixels[4 * $0 + 3] == 255 }
    }

    /// A row in sRGB, with how opaque it is or without.
    private func give(
        _ pixels: UnsafePointer<UInt8>, _ colours: inout [UInt8], to row: UnsafeMutablePointer<UInt8>,
        withOpacity: Bool
    ) {
        if let profile {
            colours.withUnsafeMutableBytes { profile.convert(pixels, to: $0.baseAddress!, pixels: size.width) }
        }
        let step = withOpacity ? 4 : 3
        for x in 0..<size.width {
            for c in 0..<3 { row[step * x + c] = profile == nil ? pixels[4 * x + c] : colours[3 * x + c] }
            if withOpacity { row[step * x + 3] = pixels[4 * x + 3] }
        }
    }
}

/// Which file it is, as it is now.
private struct Mark: Hashable {
    private let device, inode: UInt64
    private let size, seconds, nanoseconds: Int64

    /// Nil where it is not there.
    init?(_ path: FilePath) {
        var status = stat()
        guard stat(path.string, &status) == 0 else { return nil }
        (device, inode, size) = (UInt64(status.st_dev), UInt64(status.st_ino), Int64(status.st_size))
        (seconds, nanoseconds) = (Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec))
    }
}
