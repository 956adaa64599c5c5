internal import CPictures
import Imaging

/// The JPEG pictures that libav reads wrongly or not at all, by libjpeg: inks (libav makes RGB of them, to which their
/// profile does not apply), arithmetic coding, and those so large that they are made smaller while they are decoded.
struct JPEGPicture {
    private let header: JPEGHeader
    private let picture: PictureBytes
    /// By what its sides are divided while it is decoded.
    private let divisor: Int

    /// Nil where the picture is libav's.
    /// - Throws: `MediaError` refused, where neither reads it.
    init?(_ header: JPEGHeader, _ picture: PictureBytes) throws {
        (self.header, self.picture) = (header, picture)
        divisor = PictureFile.divisor(width: header.width, height: header.height)
        let isLarge = header.width * header.height > PictureFile.mostPixels
        switch (header.process, header.precision) {
        case (0...2, 8):
            guard header.components == 4 || isLarge else { return nil }
        case (9...10, 8): break
        case (3, 2...16) where !isLarge: return nil
        case (3, _): throw picture.unread("it is a large JPEG without loss")
        case (0...2, _), (9...10, _): throw picture.unread("it is a JPEG of \(header.precision) bits a component")
        default: throw picture.unread("it is a JPEG of a rare kind (process \(header.process))")
        }
        guard [1, 3, 4].contains(header.components) else {
            throw picture.unread("it is a JPEG of \(header.components) components")
        }
        // A progressive one is held whole, in two bytes a number, until its last scan.
        let held = [2, 10].contains(header.process) ? 2 * header.components : 0
        try picture.check(
            width: header.width, height: header.height,
            bytesPerPixel: held + PictureFile.bytesPerPixel / (divisor * divisor))
        guard max(header.width, header.height) <= JPEG_MAX_DIMENSION else {
            throw picture.unread("it is a JPEG with a side of more than \(JPEG_MAX_DIMENSION) pixels")
        }
    }

    func frame() throws -> Frame {
        let jpeg = UnsafeMutablePointer<sv_jpeg>.allocate(capacity: 1)
        defer { jpeg.deallocate() }
        return try picture.bytes.withUnsafeBufferPointer { bytes in
            let isOpen = sv_jpeg_open(jpeg, bytes.baseAddress, UInt(header.length)) != 0
            defer { sv_jpeg_close(jpeg) }
            guard isOpen else { throw failure(jpeg) }
            return try decode(jpeg)
        }
    }

    private func decode(_ jpeg: UnsafeMutablePointer<sv_jpeg>) throws -> Frame {
        let model: ColourModel = header.components == 4 ? .cmyk : .rgb
        guard sv_jpeg_start(jpeg, UInt32(divisor), model == .cmyk ? JCS_CMYK : JCS_RGB) != 0 else {
            throw failure(jpeg)
        }
        let (width, height) = (Int(jpeg.pointee.state.output_width), Int(jpeg.pointee.state.output_height))
        let frame = Frame(width: width, height: height)
        let rows = PixelRows(width: width, model, icc: header.icc, picture)
        var line = [UInt8](repeating: 0, count: width * model.channels)
        let flip: UInt8 = model == .cmyk && header.isAdobe ? 255 : 0
        for y in 0..<height {
            guard line.withUnsafeMutableBufferPointer({ sv_jpeg_row(jpeg, $0.baseAddress) }) != 0 else {
                throw failure(jpeg)
            }
            for place in line.indices { rows.line[place] = UInt16(line[place] ^ flip) * 257 }
            rows.write(row: y, of: frame)
        }
        if jpeg.pointee.errors.warnings > 0 {
            picture.notice("is damaged and read as far as it goes: \(said(jpeg))")
        }
        if divisor > 1 { picture.noticeReduced(header.width, header.height, to: frame) }
        return frame
    }

    /// A lack of memory is no damage.
    private func failure(_ jpeg: UnsafeMutablePointer<sv_jpeg>) -> MediaError {
        guard said(jpeg).hasPrefix("Insufficient memory") else { return picture.damage(said(jpeg)) }
        return MediaError(
            .tooLarge, operation: "read", file: picture.path.string,
            text: "\(header.width) x \(header.height) pixels need more memory than is free; make it smaller")
    }

    private func said(_ jpeg: UnsafeMutablePointer<sv_jpeg>) -> String {
        withUnsafeBytes(of: &jpeg.pointee.errors.said) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
