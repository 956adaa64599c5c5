internal import CPictures

/// The kinds of numbers that a picture's colours are told in.
enum ColourModel: Hashable {
    case grey, rgb, cmyk
    /// CIELAB as ICC's version 4 lays it into 16 bits: L* 0 to 100, a* and b* from -128.
    case lab
    /// Three components, 65536 being one, for each index.
    case palette([UInt16])

    var channels: Int {
        switch self {
        case .grey, .palette: 1
        case .rgb, .lab: 3
        case .cmyk: 4
        }
    }

    /// The model that a profile of its colours is of.
    fileprivate var profiled: (signature: cmsColorSpaceSignature, type: Int32) {
        switch self {
        case .grey: (cmsSigGrayData, PT_GRAY)
        case .rgb, .palette: (cmsSigRgbData, PT_RGB)
        case .cmyk: (cmsSigCmykData, PT_CMYK)
        case .lab: (cmsSigLabData, PT_Lab)
        }
    }
}

/// The way from a picture's colours into sRGB, by lcms2.
///
/// Colorimetric, relative to white, with black point compensation: what sRGB can show stays the colour that it is, and
/// the black of inks becomes the screen's. Perceptual tables, where a profile has such, would change colours that need
/// no change, each maker's otherwise.
final class ColourProfile {
    private let transform: cmsHTRANSFORM

    /// By an ICC profile. Nil where it is none that can be read, or one of another model.
    /// - Parameters:
    ///   - bytes: of each number, 1 or 2.
    ///   - extra: numbers of a pixel that are no colours; they are skipped. lcms2 has three bits for it: at most 7.
    convenience init?(icc: [UInt8], _ model: ColourModel, bytes: Int, extra: Int) {
        guard let profile = cmsOpenProfileFromMem(icc, UInt32(icc.count)) else { return nil }
        defer { cmsCloseProfile(profile) }
        guard cmsGetColorSpace(profile) == model.profiled.signature else { return nil }
        self.init(profile, model, bytes: bytes, extra: extra)
    }

    /// From CIELAB; its white is the paper's.
    /// - Parameter white: that it counts from; nil: D50.
    static func lab(extra: Int, white: (x: Double, y: Double)?) -> ColourProfile? {
        let profile = cmsCreateLab4Profile(nil)
        defer { cmsCloseProfile(profile) }
        return ColourProfile(profile, .lab, bytes: 2, extra: extra, countingFrom: white)
    }

    /// lcms2 takes every CIELAB to count from D50. One that counts from another white differs by the ratio of the two
    /// whites in X, Y and Z, and so it comes out right by primaries that differ by it.
    private static func count(_ target: cmsHPROFILE?, from white: (x: Double, y: Double)) {
        var (own, D50) = (cmsCIEXYZ(), cmsD50_XYZ().pointee)
        var chromaticity = cmsCIExyY(x: white.x, y: white.y, Y: 1)
        cmsxyY2XYZ(&own, &chromaticity)
        for tag in [cmsSigRedColorantTag, cmsSigGreenColorantTag, cmsSigBlueColorantTag] {
            guard let primary = cmsReadTag(target, tag)?.assumingMemoryBound(to: cmsCIEXYZ.self) else { continue }
            var (before, after) = (primary.pointee, cmsCIEXYZ())
            cmsAdaptToIlluminant(&after, &D50, &own, &before)
            after = cmsCIEXYZ(X: after.X * D50.X / own.X, Y: after.Y * D50.Y / own.Y, Z: after.Z * D50.Z / own.Z)
            cmsWriteTag(target, tag, &after)
        }
    }

    /// - Parameter white: of CIELAB, if it is not D50.
    private init?(
        _ profile: cmsHPROFILE?, _ model: ColourModel, bytes: Int, extra: Int,
        countingFrom white: (x: Double, y: Double)? = nil
    ) {
        let target = cmsCreate_sRGBProfile()
        defer { cmsCloseProfile(target) }
        if let white { ColourProfile.count(target, from: white) }
        let channels = model.profiled.signature == cmsSigRgbData ? 3 : model.channels
        let from = ColourProfile.format(model.profiled.type, channels: channels, bytes: bytes, extra: extra)
        let to = ColourProfile.format(PT_RGB, channels: 3, bytes: bytes, extra: 0)
        // lcms2 would put a table of 33 steps a side in place of the curves of 16 bits: up to 9 levels off for CIELAB,
        // 21 for RGB and inks. Without it a pixel takes 0.1 to 0.2 us.
        let exact = bytes == 2 ? cmsFLAGS_NOOPTIMIZE : 0
        guard
            let made = cmsCreateTransform(
                profile, from, target, to, UInt32(INTENT_RELATIVE_COLORIMETRIC),
                UInt32(cmsFLAGS_BLACKPOINTCOMPENSATION | exact))
        else { return nil }
        transform = made
    }

    deinit { cmsDeleteTransform(transform) }

    /// lcms2's description of a pixel, as its macros put it together.
    private static func format(_ type: Int32, channels: Int, bytes: Int, extra: Int) -> UInt32 {
        UInt32(type) << 16 | UInt32(extra) << 7 | UInt32(channels) << 3 | UInt32(bytes)
    }

    /// Three numbers a pixel come out. `from` and `to` may be the same where as many go in.
    func convert(_ from: UnsafeRawPointer, to: UnsafeMutableRawPointer, pixels: Int) {
        cmsDoTransform(transform, from, to, UInt32(pixels))
    }

    /// Whether a profile means sRGB: it moves no colour of a grid by more than one level of 255.
    static func isSRGB(_ icc: [UInt8]) -> Bool {
        guard let profile = ColourProfile(icc: icc, .rgb, bytes: 1, extra: 0) else { return false }
        let steps = (0...16).map { UInt8(min(255, $0 * 16)) }
        let grid = steps.flatMap { red in steps.flatMap { green in steps.flatMap { [red, green, $0] } } }
        var converted = grid
        converted.withUnsafeMutableBytes { to in
            grid.withUnsafeBytes { profile.convert($0.baseAddress!, to: to.baseAddress!, pixels: grid.count / 3) }
        }
        return zip(grid, converted).allSatisfy { abs(Int($0) - Int($1)) <= 1 }
    }
}
