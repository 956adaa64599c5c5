import CPictures
import Foundation
import Imaging
import SystemPackage
import TestSupport

/// A HEIC file by libheif, with what no other program at hand writes into one.
struct HEIF {
    private let context = heif_context_alloc()

    /// - Parameters:
    ///   - alpha: opacity of all pixels; nil for a picture without.
    ///   - orientation: EXIF's, as the container is to say it.
    ///   - colours: primaries and transfer of ITU-T H.273.
    init(
        _ frame: Frame, alpha: UInt8? = nil, orientation: UInt32 = 1, icc: [UInt8] = [],
        colours: (UInt32, UInt32)? = nil
    ) throws {
        var image: OpaquePointer?
        let size = (Int32(frame.width), Int32(frame.height))
        let chroma = alpha == nil ? heif_chroma_interleaved_RGB : heif_chroma_interleaved_RGBA
        try HEIF.check(heif_image_create(size.0, size.1, heif_colorspace_RGB, chroma, &image))
        defer { heif_image_release(image) }
        try HEIF.check(heif_image_add_plane(image, heif_channel_interleaved, size.0, size.1, 8))
        var stride: Int32 = 0
        guard let plane = heif_image_get_plane(image, heif_channel_interleaved, &stride) else {
            throw CocoaError(.fileWriteUnknown)
        }
        let (pixels, step) = (frame.pixels, alpha == nil ? 3 : 4)
        for place in 0..<(frame.width * frame.height) {
            let start = place / frame.width * Int(stride) + place % frame.width * step
            for channel in 0..<3 { plane[start + channel] = pixels[place * 3 + channel] }
            if let alpha { plane[start + 3] = alpha }
        }
        if !icc.isEmpty { try HEIF.check(heif_image_set_raw_color_profile(image, "prof", icc, icc.count)) }
        try encode(image, orientation, colours)
    }

    private func encode(_ image: OpaquePointer?, _ orientation: UInt32, _ colours: (UInt32, UInt32)?) throws {
        var encoder: OpaquePointer?
        try HEIF.check(heif_context_get_encoder_for_format(context, heif_compression_HEVC, &encoder))
        defer { heif_encoder_release(encoder) }
        try HEIF.check(heif_encoder_set_lossy_quality(encoder, 95))
        try HEIF.check(heif_encoder_set_parameter_string(encoder, "chroma", "444"))
        let options = heif_encoding_options_alloc()
        defer { heif_encoding_options_free(options) }
        options?.pointee.image_orientation = heif_orientation(rawValue: orientation)
        let named = heif_nclx_color_profile_alloc()
        defer { heif_nclx_color_profile_free(named) }
        if let colours {
            named?.pointee.color_primaries = heif_color_primaries(rawValue: colours.0)
            named?.pointee.transfer_characteristics = heif_transfer_characteristics(rawValue: colours.1)
            named?.pointee.matrix_coefficients = heif_matrix_coefficients_ITU_R_BT_601_6
            options?.pointee.output_nclx_profile = named
            try HEIF.check(heif_image_set_nclx_color_profile(image, named))
            options?.pointee.macOS_compatibility_workaround_no_nclx_profile = 0
        }
        try HEIF.check(heif_context_encode_image(context, image, encoder, options, nil))
    }

    func write(to path: FilePath) throws {
        defer { heif_context_free(context) }
        try HEIF.check(heif_context_write_to_file(context, path.string))
    }

    private static func check(_ answer: heif_error) throws {
        guard answer.code == heif_error_Ok else { throw CocoaError(.fileWriteUnknown) }
    }
}
