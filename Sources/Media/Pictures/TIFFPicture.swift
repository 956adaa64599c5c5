internal import CPictures
import Glibc
import Imaging

/// The first whole page of a TIFF file, by libtiff: strips and tiles, every compression that it has, 1 to 32 bits,
/// floating point, both orders of bytes, BigTIFF. libav gives black for tiles and for JPEG, and refuses much else.
final class TIFFPicture {
    private let picture: PictureBytes
    private let memory: UnsafeMutablePointer<sv_tiff_memory>
    private let file: OpaquePointer
    private let layout: TIFFLayout
    private var clipped = 0
    private var (storedBlocks, emptyBlocks) = (0, 0)

    /// Whether bytes begin as TIFF's or BigTIFF's do.
    static func begins(_ bytes: [UInt8]) -> Bool {
        [[0x49, 0x49, 42, 0], [0x4D, 0x4D, 0, 42], [0x49, 0x49, 43, 0], [0x4D, 0x4D, 0, 43]]
            .contains { bytes.starts(with: $0) }
    }

    /// Calls `body` with a TIFF file opened; the file's bytes stay where they are until it returns.
    static func frame(_ picture: PictureBytes) throws -> Frame {
        try picture.bytes.withUnsafeBufferPointer { bytes in
            let memory = UnsafeMutablePointer<sv_tiff_memory>.allocate(capacity: 1)
            defer { memory.deallocate() }
            memory.initialize(to: sv_tiff_memory())
            memory.pointee.bytes = bytes.baseAddress
            memory.pointee.count = UInt64(bytes.count)
            guard let file = sv_tiff_open(memory, 2 << 30) else { throw picture.damage(said(memory)) }
            defer { TIFFClose(file) }
            return try TIFFPicture(picture, memory, file).frame()
        }
    }

    private init(
        _ picture: PictureBytes, _ memory: UnsafeMutablePointer<sv_tiff_memory>, _ file: OpaquePointer
    ) throws {
        (self.picture, self.memory, self.file) = (picture, memory, file)
        // Pages that are small views of another are passed over, where there is another.
        repeat {
            if TIFFTags(file).isCameraRaw { throw picture.cameraRaw }
        } while TIFFTags(file).isSmall
            && TIFFReadDirectory(file) != 0
        if TIFFTags(file).isSmall { TIFFSetDirectory(file, 0) }
        layout = try TIFFLayout(file, picture)
        try picture.check(width: layout.width, height: layout.height)
        // The stored rows are asked for; they are turned by us.
        _ = withVaList([ORIENTATION_TOPLEFT]) { TIFFVSetField(file, UInt32(TIFFTAG_ORIENTATION), $0) }
        if TIFFTags(file)[TIFFTAG_PHOTOMETRIC] == Int(PHOTOMETRIC_YCBCR), !layout.isForLibTIFF {
            _ = withVaList([JPEGCOLORMODE_RGB]) { TIFFVSetField(file, UInt32(TIFFTAG_JPEGCOLORMODE), $0) }
        }
    }

    private static func said(_ memory: UnsafeMutablePointer<sv_tiff_memory>) -> String {
        withUnsafeBytes(of: &memory.pointee.said) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private var damage: MediaError { picture.damage(TIFFPicture.said(memory)) }
    private var largeBlocks: MediaError { picture.unread("it is a TIFF of too large tiles or strips") }

    private func frame() throws -> Frame {
        // What was said until here is of tags.
        memory.pointee.said.0 = 0
        let stored = layout.isForLibTIFF ? try convertedByLibTIFF() : try blocks()
        let said = TIFFPicture.said(memory)
        if !said.isEmpty { picture.notice("is damaged and read as far as it goes: \(said)") }
        guard emptyBlocks == 0 || storedBlocks > 0 else { throw picture.damage("nothing is stored of it") }
        if emptyBlocks > 0 { picture.notice("has \(emptyBlocks) parts of which nothing is stored: they are black") }
        let numbers = layout.width * layout.height * layout.used
        guard clipped * 2 <= numbers else {
            throw picture.refusal("its numbers lie beyond 0 to 1: they are measurements, not a picture's")
        }
        if clipped > 0 { picture.notice("what is brighter than white, or darker than black, is cut off") }
        return stored.turned(by: layout.orientation)
    }

    private func convertedByLibTIFF() throws -> Frame {
        let frame = Frame(width: layout.width, height: layout.height)
        var pixels = [UInt32](repeating: 0, count: layout.width * layout.height)
        guard
            pixels.withUnsafeMutableBufferPointer({
                TIFFReadRGBAImageOriented(
                    file, UInt32(layout.width), UInt32(layout.height), $0.baseAddress, ORIENTATION_TOPLEFT, 1)
            }) != 0
        else { throw damage }
        let rows = PixelRows(width: layout.width, .rgb, alpha: .premultiplied, icc: layout.icc, picture)
        for y in 0..<layout.height {
            for x in 0..<layout.width {
                let pixel = pixels[y * layout.width + x].littleEndian
                for channel in 0..<4 { rows.line[x * 4 + channel] = UInt16(pixel >> (8 * UInt32(channel)) & 255) * 257 }
            }
            rows.write(row: y, of: frame)
        }
        return frame
    }

    /// Tile by tile, or strip by strip, which is a tile as wide as the picture.
    private func blocks() throws -> Frame {
        let planes = layout.isPlanar ? layout.used : 1
        // With 64 numbers of 64 bits a pixel at most, the products stay below 2^57.
        let sides = 1..<(1 << 24)
        guard sides ~= layout.blockWidth, sides ~= layout.blockHeight else { throw largeBlocks }
        let across = (layout.width + layout.blockWidth - 1) / layout.blockWidth
        let stride = (layout.blockWidth * (layout.isPlanar ? 1 : layout.samples) * layout.bits + 7) / 8
        let size = stride * layout.blockHeight
        guard size <= (2 << 30) / (planes * across) else { throw largeBlocks }
        let frame = Frame(width: layout.width, height: layout.height)
        let rows = PixelRows(
            width: layout.width, layout.model, alpha: layout.alpha, icc: layout.icc, white: layout.white, picture)
        // A few bytes more, for numbers that are read in one piece.
        var band = [UInt8](repeating: 0, count: size * planes * across + 8)
        for top in Swift.stride(from: 0, to: layout.height, by: layout.blockHeight) {
            let height = min(layout.blockHeight, layout.height - top)
            try band.withUnsafeMutableBytes { band in
                for block in 0..<(planes * across) {
                    try read(
                        plane: block / across, x: block % across * layout.blockWidth, y: top,
                        into: band.baseAddress! + block * size, size: layout.isTiled ? size : stride * height)
                }
            }
            band.withUnsafeBytes { band in
                for y in 0..<height {
                    for block in 0..<(planes * across) {
                        unpack(
                            UnsafeRawBufferPointer(rebasing: band[(block * size + y * stride)...]),
                            plane: block / across, x: block % across * layout.blockWidth, into: &rows.line)
                    }
                    rows.write(row: top + y, of: frame)
                }
            }
        }
        return frame
    }

    private func read(plane: Int, x: Int, y: Int, into buffer: UnsafeMutableRawPointer, size: Int) throws {
        let block =
            layout.isTiled
            ? TIFFComputeTile(file, UInt32(x), UInt32(y), 0, UInt16(plane))
            : TIFFComputeStrip(file, UInt32(y), UInt16(plane))
        // Maps and microscopes leave out what is empty (GDAL's sparse files).
        guard TIFFGetStrileByteCount(file, block) > 0 else {
            memset(buffer, 0, size)
            return emptyBlocks += 1
        }
        let read =
            layout.isTiled
            ? TIFFReadEncodedTile(file, block, buffer, tmsize_t(size))
            : TIFFReadEncodedStrip(file, block, buffer, tmsize_t(size))
        guard read == size else { throw damage }
        storedBlocks += 1
    }

    /// A block's row into its place in the picture's. Numbers behind the colours and the opacity are left.
    private func unpack(_ row: UnsafeRawBufferPointer, plane: Int, x: Int, into line: inout [UInt16]) {
        let step = layout.isPlanar ? 1 : layout.samples
        let channels = layout.isPlanar ? plane..<(plane + 1) : 0..<layout.used
        let coding = SampleCoding(bits: layout.bits, isFloat: layout.isFloat)
        let isIndex = if case .palette = layout.model { true } else { false }
        for pixel in 0..<min(layout.blockWidth, layout.width - x) {
            for channel in channels {
                let index = pixel * step + channel - plane
                let place = (x + pixel) * layout.used + channel
                if isIndex, channel == 0 {
                    line[place] = UInt16(coding.number(row, index))
                    continue
                }
                var value = coding.value(row, index, &clipped)
                if layout.isInverse, channel == 0 { value = 65535 - value }
                if layout.hasSigns, channel == 1 || channel == 2 {
                    value = layout.bits == 8 ? value ^ 0x8080 : value.lab
                }
                if layout.isOldLab, channel < 3 { value = UInt16(min(65535, Int(value) * 257 / 256)) }
                line[place] = value
            }
        }
    }
}

extension UInt16 {
    /// a* or b* times 256 with a sign, as ICC's version 4 has it: from -128 on, 257 for one.
    fileprivate var lab: UInt16 {
        UInt16(Swift.min(65535, (Int(Int16(bitPattern: self)) + 32768) * 257 / 256))
    }
}
