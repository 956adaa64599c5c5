internal import CPictures
import Imaging

/// The main picture of a HEIC or AVIF file, by libheif: put together of its tiles, turned as the container says.
struct HEIFPicture {
    private let picture: PictureBytes

    init(_ picture: PictureBytes) { self.picture = picture }

    /// Whether bytes begin as a container of still pictures does.
    static func begins(_ bytes: [UInt8]) -> Bool {
        let reader = ByteReader(bytes[...])
        guard reader.tag(4) == "ftyp", let size = reader.u32(0) else { return false }
        let brands = [8] + Array(stride(from: 16, to: min(size, 256), by: 4))
        return brands.contains { still.contains(reader.tag($0) ?? "") }
    }

    private static let still = ["mif1", "mif2", "msf1", "avif", "avis", "heic", "heix", "hevc", "hevx", "heim", "heis"]

    func frame() throws -> Frame {
        let context = heif_context_alloc()
        defer { heif_context_free(context) }
        // Tiles one after the other, on this thread.
        heif_context_set_max_decoding_threads(context, 0)
        heif_context_set_maximum_image_size_limit(context, 1 << 16)
        return try picture.bytes.withUnsafeBytes { bytes in
            try check(heif_context_read_from_memory_without_copy(context, bytes.baseAddress, bytes.count, nil))
            var handle: OpaquePointer?
            try check(heif_context_get_primary_image_handle(context, &handle))
            defer { heif_image_handle_release(handle) }
            try picture.check(
                width: Int(heif_image_handle_get_width(handle)), height: Int(heif_image_handle_get_height(handle)))
            return try decode(handle)
        }
    }

    private func decode(_ handle: OpaquePointer?) throws -> Frame {
        let hasAlpha = heif_image_handle_has_alpha_channel(handle) != 0
        let isDeep = heif_image_handle_get_luma_bits_per_pixel(handle) > 8
        let chroma =
            isDeep
            ? (hasAlpha ? heif_chroma_interleaved_RRGGBBAA_LE : heif_chroma_interleaved_RRGGBB_LE)
            : (hasAlpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB)
        var image: OpaquePointer?
        try check(heif_decode_image(handle, &image, heif_colorspace_RGB, chroma, nil))
        defer { heif_image_release(image) }
        let width = Int(heif_image_get_width(image, heif_channel_interleaved))
        let height = Int(heif_image_get_height(image, heif_channel_interleaved))
        try picture.check(width: width, height: height)
        let isMultiplied = heif_image_handle_is_premultiplied_alpha(handle) != 0
        let rows = PixelRows(
            width: width, .rgb, alpha: !hasAlpha ? .none : isMultiplied ? .premultiplied : .straight,
            icc: profile(handle), picture)
        return try write(image, isDeep: isDeep, rows, Frame(width: width, height: height))
    }

    private func write(_ image: OpaquePointer?, isDeep: Bool, _ rows: PixelRows, _ frame: Frame) throws -> Frame {
        var stride: Int32 = 0
        guard let plane = heif_image_get_plane_readonly(image, heif_channel_interleaved, &stride) else {
            throw picture.damage("")
        }
        let bits = isDeep ? Int(heif_image_get_bits_per_pixel_range(image, heif_channel_interleaved)) : 8
        let most = (1 << bits) - 1
        for y in 0..<frame.height {
            let row = UnsafeRawPointer(plane + y * Int(stride))
            for index in rows.line.indices {
                let number =
                    isDeep
                    ? Int(UInt16(littleEndian: row.load(fromByteOffset: index * 2, as: UInt16.self)))
                    : Int(row.load(fromByteOffset: index, as: UInt8.self))
                rows.line[index] = UInt16(min(65535, (number * 65535 + most / 2) / most))
            }
            rows.write(row: y, of: frame)
        }
        return frame
    }

    /// The profile, or one of the colours that are named in its place.
    private func profile(_ handle: OpaquePointer?) -> [UInt8]? {
        let size = heif_image_handle_get_raw_color_profile_size(handle)
        if size > 0, size < 1 << 24 {
            var bytes = [UInt8](repeating: 0, count: size)
            if heif_image_handle_get_raw_color_profile(handle, &bytes).code == heif_error_Ok { return bytes }
        }
        var named: UnsafeMutablePointer<heif_color_profile_nclx>?
        // It is made even where libheif does not know what it says.
        defer { if let named { heif_nclx_color_profile_free(named) } }
        guard heif_image_handle_get_nclx_color_profile(handle, &named).code == heif_error_Ok, let named else {
            return nil
        }
        let colours = NamedColours(
            primaries: named.pointee.color_primaries.rawValue, transfer: named.pointee.transfer_characteristics.rawValue
        )
        if colours.isHighDynamicRange {
            picture.notice("is of high dynamic range; what is brighter than white is cut off")
        }
        return colours.icc
    }

    private func check(_ answer: heif_error) throws {
        // Some of its sentences end in a line feed.
        let said = answer.message.map { String(cString: $0).split(separator: "\n").joined(separator: " ") } ?? ""
        switch answer.code {
        case heif_error_Ok: return
        case heif_error_Unsupported_feature, heif_error_Unsupported_filetype:
            throw picture.unread("it is a HEIC or AVIF picture of a rare kind (\(said))")
        default: throw picture.damage(said)
        }
    }
}
