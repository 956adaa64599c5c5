internal import CFFmpeg
internal import CZimg

/// How frames of one of libav's pixel formats are handed to zimg: whole planes where components lie by themselves in
/// numbers of this machine, else row by row, component by component.
struct PlaneFormat {
    let description: AVPixFmtDescriptor
    let format: AVPixelFormat
    let components: [AVComponentDescriptor]
    /// Whether the components lie as zimg takes them.
    let isPlain: Bool
    let depth: Int

    /// Nil for formats whose components are not all of one depth, of less than 8 bits, not red, green and blue nor luma
    /// and colour differences, or come out of a palette.
    init?(_ format: AVPixelFormat) {
        guard let description = av_pix_fmt_desc_get(format)?.pointee else { return nil }
        let refused = AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BAYER
        guard description.flags & UInt64(refused) == 0, !format.isXYZ else { return nil }
        let components = description.components
        let depth = Int(components[0].depth)
        let isFloat = description.flags & UInt64(AV_PIX_FMT_FLAG_FLOAT) != 0
        guard isFloat ? depth == 32 : (8...16).contains(depth), components.allSatisfy({ $0.depth == Int32(depth) })
        else { return nil }
        let isNative = description.flags & UInt64(AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_BITSTREAM) == 0
        let bytes = Int32((depth + 7) / 8)
        isPlain =
            isNative && components.allSatisfy { $0.step == bytes && $0.shift == 0 && $0.offset == 0 }
            && Set(components.map(\.plane)).count == components.count
        (self.description, self.format, self.components, self.depth) = (description, format, components, depth)
    }

    var isFloat: Bool { depth == 32 }
    var hasAlpha: Bool { format.hasAlpha }
    /// Bytes of a component as it is handed on.
    var bytes: Int { isFloat ? 4 : depth == 8 ? 1 : 2 }

    /// zimg's plane of a component: alpha is always the fourth.
    func plane(_ component: Int) -> Int { hasAlpha && component == components.count - 1 ? 3 : component }

    /// The sides of a component of a picture.
    func size(_ component: Int, width: Int, height: Int) -> (width: Int, height: Int) {
        let (across, down) = shifts(component)
        return ((width + (1 << across) - 1) >> across, (height + (1 << down) - 1) >> down)
    }

    func shifts(_ component: Int) -> (across: Int, down: Int) {
        guard component == 1 || component == 2, plane(component) != 3, !format.isRGB else { return (0, 0) }
        return (Int(description.log2_chroma_w), Int(description.log2_chroma_h))
    }

    /// The format in zimg's words.
    /// - Parameters: sides that are multiples of what chroma needs.
    func zimg(width: Int, height: Int, yuv: YUVLayout) -> PlaneConversion.Format {
        var zimg = PlaneConversion.format(width: width, height: height)
        zimg.pixel_type = isFloat ? ZIMG_PIXEL_FLOAT : bytes == 1 ? ZIMG_PIXEL_BYTE : ZIMG_PIXEL_WORD
        zimg.depth = UInt32(depth)
        zimg.color_family = format.isRGB ? ZIMG_COLOR_RGB : format.isGrey ? ZIMG_COLOR_GREY : ZIMG_COLOR_YUV
        zimg.matrix_coefficients =
            format.isRGB ? ZIMG_MATRIX_RGB : zimg_matrix_coefficients_e(yuv.matrix)
        zimg.pixel_range = format.isRGB || yuv.isFullRange ? ZIMG_RANGE_FULL : ZIMG_RANGE_LIMITED
        zimg.alpha = hasAlpha ? ZIMG_ALPHA_STRAIGHT : ZIMG_ALPHA_NONE
        guard zimg.color_family == ZIMG_COLOR_YUV else { return zimg }
        (zimg.subsample_w, zimg.subsample_h) = (
            UInt32(description.log2_chroma_w), UInt32(description.log2_chroma_h)
        )
        // Numbered as libav's, which begin with "unspecified".
        zimg.chroma_location = zimg_chroma_location_e(Int32(max(yuv.chromaLocation, 1)) - 1)
        return zimg
    }
}
