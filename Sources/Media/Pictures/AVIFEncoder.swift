internal import CPictures
import Imaging

/// Encodes one picture as AVIF of high quality with colour at full resolution, by libheif and libaom.
struct AVIFEncoder {
    let file: String

    /// Of 100, which is about what JPEG's 95 shows.
    private static let quality: Int32 = 90
    /// One, so that no bit can depend on their number.
    private static let threads: Int32 = 1

    /// Hands the whole file's bytes to `sink`.
    /// - Throws: `MediaError`: encoderMissing, output.
    func encode<R>(_ picture: Frame, to sink: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        let context = heif_context_alloc()
        defer { heif_context_free(context) }
        var encoder: OpaquePointer?
        guard heif_context_get_encoder_for_format(context, heif_compression_AV1, &encoder).code == heif_error_Ok else {
            throw MediaError(
                .encoderMissing, operation: "write", file: file, text: "this system's libheif has no AV1 encoder")
        }
        defer { heif_encoder_release(encoder) }
        try check(heif_encoder_set_lossy_quality(encoder, AVIFEncoder.quality))
        try check(heif_encoder_set_parameter_string(encoder, "chroma", "444"))
        try check(heif_encoder_set_parameter_integer(encoder, "threads", AVIFEncoder.threads))
        let image = try image(of: picture)
        defer { heif_image_release(image) }
        try encode(image, context, encoder)
        return try withWritten(context, sink)
    }

    private func image(of picture: Frame) throws -> OpaquePointer? {
        var image: OpaquePointer?
        let (width, height) = (Int32(picture.width), Int32(picture.height))
        try check(heif_image_create(width, height, heif_colorspace_RGB, heif_chroma_interleaved_RGB, &image))
        try check(heif_image_add_plane(image, heif_channel_interleaved, width, height, 8))
        var stride: Int32 = 0
        let plane = UnsafeMutableRawPointer(heif_image_get_plane(image, heif_channel_interleaved, &stride))!
        picture.withBytes { bytes in
            for y in 0..<picture.height {
                (plane + y * Int(stride)).copyMemory(
                    from: bytes.baseAddress! + y * picture.rowStride, byteCount: picture.width * 3)
            }
        }
        return image
    }

    /// As sRGB: primaries of BT.709, its own curve, the matrix of BT.601 in full range.
    private func encode(_ image: OpaquePointer?, _ context: OpaquePointer?, _ encoder: OpaquePointer?) throws {
        let colours = heif_nclx_color_profile_alloc()!
        defer { heif_nclx_color_profile_free(colours) }
        colours.pointee.color_primaries = heif_color_primaries_ITU_R_BT_709_5
        colours.pointee.transfer_characteristics = heif_transfer_characteristic_IEC_61966_2_1
        colours.pointee.matrix_coefficients = heif_matrix_coefficients_ITU_R_BT_601_6
        colours.pointee.full_range_flag = 1
        let options = heif_encoding_options_alloc()!
        defer { heif_encoding_options_free(options) }
        // libheif 1.15 takes the matrix from here and all else from the picture.
        options.pointee.output_nclx_profile = colours
        try check(heif_image_set_nclx_color_profile(image, colours))
        // Without colours in the container some viewers take the picture for limited range.
        options.pointee.macOS_compatibility_workaround_no_nclx_profile = 0
        try check(heif_context_encode_image(context, image, encoder, options, nil))
    }

    private func withWritten<R>(
        _ context: OpaquePointer?, _ sink: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        var bytes: [UInt8] = []
        var writer = heif_writer(writer_api_version: 1) { _, data, size, bytes in
            bytes!.assumingMemoryBound(to: [UInt8].self).pointee += UnsafeRawBufferPointer(start: data, count: size)
            return heif_error(code: heif_error_Ok, subcode: heif_suberror_Unspecified, message: nil)
        }
        try check(withUnsafeMutablePointer(to: &bytes) { heif_context_write(context, &writer, $0) })
        return try bytes.withUnsafeBytes(sink)
    }

    private func check(_ answer: heif_error) throws {
        guard answer.code != heif_error_Ok else { return }
        throw MediaError(
            .output, operation: "write", file: file,
            text: answer.message.map { String(cString: $0) } ?? "libheif failed")
    }
}
