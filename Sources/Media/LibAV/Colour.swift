internal import CFFmpeg

/// How a stream's numbers mean colours, by the code points of ITU-T H.273 (which libav's own enumerations follow).
public struct Colour: Sendable, Hashable {
    /// 0 unspecified, 1 limited ("tv", 16 to 235), 2 full ("pc", 0 to 255).
    public var range: UInt32 = 0
    /// Matrix coefficients; 2 is unspecified.
    public var matrix: UInt32 = 2
    public var primaries: UInt32 = 2
    public var transfer: UInt32 = 2
    /// Where chroma samples sit: 0 unspecified, 1 left, 2 centre, 3 top left.
    public var chromaLocation: UInt32 = 0

    public init() {}

    /// libav's names, as ffprobe prints them; nil where unspecified.
    public var rangeName: String? { range == 0 ? nil : LibAV.string(av_color_range_name(AVColorRange(range))) }
    public var matrixName: String? { matrix == 2 ? nil : LibAV.string(av_color_space_name(AVColorSpace(matrix))) }
    public var primariesName: String? {
        primaries == 2 ? nil : LibAV.string(av_color_primaries_name(AVColorPrimaries(primaries)))
    }
    public var transferName: String? {
        transfer == 2 ? nil : LibAV.string(av_color_transfer_name(AVColorTransferCharacteristic(transfer)))
    }

    /// Whether the transfer is one of high dynamic range: PQ or HLG.
    public var isHighDynamicRange: Bool {
        transfer == AVCOL_TRC_SMPTE2084.rawValue || transfer == AVCOL_TRC_ARIB_STD_B67.rawValue
    }
}

extension Colour {
    /// What a decoded frame says, else what its stream says; and what its pixel format implies.
    init(of frame: UnsafePointer<AVFrame>, fallback: Colour) {
        self.init(frame.pointee, fallback: fallback)
        let format = AVPixelFormat(frame.pointee.format)
        if format.isRGB { matrix = AVCOL_SPC_RGB.rawValue }
        if format.withoutRange.isFullRange || format.isGrey && range == 0 { range = AVCOL_RANGE_JPEG.rawValue }
        // JPEG's chroma is centred where nothing else is said, video's is at the left.
        if format.withoutRange.isFullRange, chromaLocation == 0 { chromaLocation = AVCHROMA_LOC_CENTER.rawValue }
    }

    init(_ frame: AVFrame, fallback: Colour) {
        self.init()
        range = frame.color_range.rawValue != 0 ? frame.color_range.rawValue : fallback.range
        matrix = frame.colorspace.rawValue != 2 ? frame.colorspace.rawValue : fallback.matrix
        primaries = frame.color_primaries.rawValue != 2 ? frame.color_primaries.rawValue : fallback.primaries
        transfer = frame.color_trc.rawValue != 2 ? frame.color_trc.rawValue : fallback.transfer
        let location = frame.chroma_location.rawValue
        chromaLocation = location != 0 ? location : fallback.chromaLocation
    }

    init(_ parameters: AVCodecParameters) {
        self.init()
        range = parameters.color_range.rawValue
        matrix = parameters.color_space.rawValue
        primaries = parameters.color_primaries.rawValue
        transfer = parameters.color_trc.rawValue
        chromaLocation = parameters.chroma_location.rawValue
    }

    /// The matrix that a player takes for YUV of this size where none is named: BT.709 for HD, BT.601 below.
    static func customaryMatrix(width: Int, height: Int) -> UInt32 {
        width >= 1280 || height > 576 ? AVCOL_SPC_BT709.rawValue : AVCOL_SPC_SMPTE170M.rawValue
    }

    /// The matrix that frames of this size are converted with: the named one where swscale has its coefficients, else
    /// BT.2020's for high dynamic range and the customary one for the size.
    func conversionMatrix(width: Int, height: Int) -> UInt32 {
        if hasKnownMatrix { return matrix }
        return isHighDynamicRange ? AVCOL_SPC_BT2020_NCL.rawValue : Colour.customaryMatrix(width: width, height: height)
    }

    /// The matrices that swscale converts by: 709, FCC, 601 (two names), 240M, 2020.
    static let knownMatrices: Set<UInt32> = [1, 4, 5, 6, 7, 9]

    /// What red and blue weigh in the luma of a known matrix (ITU-T H.273, table 4).
    static func lumaWeights(ofMatrix matrix: UInt32) -> (red: Float, blue: Float) {
        switch matrix {
        case 1: (0.2126, 0.0722)
        case 4: (0.30, 0.11)
        case 7: (0.212, 0.087)
        case 9: (0.2627, 0.0593)
        default: (0.299, 0.114)
        }
    }

    var hasKnownMatrix: Bool { Colour.knownMatrices.contains(matrix) }

    /// Whether a matrix is named that is neither known nor the identity of RGB streams.
    var hasUnknownMatrix: Bool { matrix != 2 && matrix != 0 && !hasKnownMatrix }
}

/// What swscale must know of the YUV side of a conversion.
struct YUVLayout: Hashable {
    var matrix: Int32
    var isFullRange: Bool
    /// AVChromaLocation.
    var chromaLocation: UInt32

    /// Chroma positions in 1/256 of a luma sample as swscale's options take them; -513 leaves them alone.
    /// Unspecified 4:2:0 is left-sited, as H.264 and its kin say, but JPEG's is centred.
    func chromaPosition(of format: AVPixelFormat) -> (horizontal: Int64, vertical: Int64) {
        guard let description = av_pix_fmt_desc_get(format)?.pointee else { return (-513, -513) }
        let isHalfWide = description.log2_chroma_w == 1
        let isHalfHigh = description.log2_chroma_h == 1
        let isCentred = chromaLocation == AVCHROMA_LOC_CENTER.rawValue || chromaLocation == AVCHROMA_LOC_TOP.rawValue
        let isTop = chromaLocation == AVCHROMA_LOC_TOPLEFT.rawValue || chromaLocation == AVCHROMA_LOC_TOP.rawValue
        return (isHalfWide ? (isCentred ? 128 : 0) : -513, isHalfHigh ? (isTop ? 0 : 128) : -513)
    }
}

extension AVPixelFormat {
    /// The formats of JPEG's full range under their own names, which swscale is being weaned from: the same planes,
    /// with the range said apart.
    var withoutRange: (format: AVPixelFormat, isFullRange: Bool) {
        switch self {
        case AV_PIX_FMT_YUVJ420P: (AV_PIX_FMT_YUV420P, true)
        case AV_PIX_FMT_YUVJ422P: (AV_PIX_FMT_YUV422P, true)
        case AV_PIX_FMT_YUVJ444P: (AV_PIX_FMT_YUV444P, true)
        case AV_PIX_FMT_YUVJ440P: (AV_PIX_FMT_YUV440P, true)
        case AV_PIX_FMT_YUVJ411P: (AV_PIX_FMT_YUV411P, true)
        default: (self, false)
        }
    }

    private var flags: UInt64 { av_pix_fmt_desc_get(self)?.pointee.flags ?? 0 }
    var isRGB: Bool { flags & UInt64(AV_PIX_FMT_FLAG_RGB) != 0 || self == AV_PIX_FMT_PAL8 }
    var hasAlpha: Bool { flags & UInt64(AV_PIX_FMT_FLAG_ALPHA) != 0 }
    var isGrey: Bool { !isRGB && (av_pix_fmt_desc_get(self)?.pointee.nb_components ?? 3) <= 2 }
    var name: String { LibAV.string(av_get_pix_fmt_name(self)) ?? "unknown" }
    /// Bits of the deepest component.
    var depth: Int {
        guard let description = av_pix_fmt_desc_get(self)?.pointee else { return 8 }
        return Int(description.components.map(\.depth).max() ?? 8)
    }
    /// CIE XYZ, which libav does not tell from RGB but by name.
    var isXYZ: Bool { name.hasPrefix("xyz") }
}

extension AVPixFmtDescriptor {
    /// Those that the format has. C's array comes as a tuple.
    var components: [AVComponentDescriptor] {
        Array([comp.0, comp.1, comp.2, comp.3].prefix(Int(nb_components)))
    }
}
