internal import CPictures
import Glibc

/// Colours that a container names by the code points of ITU-T H.273 in place of a profile.
struct NamedColours {
    let primaries: UInt32
    let transfer: UInt32

    /// PQ or HLG, whose white leaves room above it.
    var isHighDynamicRange: Bool { transfer == 16 || transfer == 18 }

    /// An ICC profile of them; nil for sRGB's, and for what is not known.
    var icc: [UInt8]? {
        guard let points = NamedColours.points[primaries], primaries != 1 || curve != nil else { return nil }
        func point(_ place: Int) -> cmsCIExyY { cmsCIExyY(x: points[place], y: points[place + 1], Y: 1) }
        var white = cmsCIExyY(x: 0.3127, y: 0.3290, Y: 1)
        var corners = cmsCIExyYTRIPLE(Red: point(0), Green: point(2), Blue: point(4))
        let table = (0..<4096).map { UInt16(65535 * min(1, light(Double($0) / 4095)) + 0.5) }
        let tone = cmsBuildTabulatedToneCurve16(nil, UInt32(table.count), table)
        defer { cmsFreeToneCurve(tone) }
        let profile = cmsCreateRGBProfile(&white, &corners, [tone, tone, tone])
        defer { cmsCloseProfile(profile) }
        var count: UInt32 = 0
        guard cmsSaveProfileToMem(profile, nil, &count) != 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(count))
        return cmsSaveProfileToMem(profile, &bytes, &count) != 0 ? bytes : nil
    }

    /// x and y of red, green and blue; white is D65.
    private static let points: [UInt32: [Double]] = [
        1: [0.640, 0.330, 0.300, 0.600, 0.150, 0.060], 9: [0.708, 0.292, 0.170, 0.797, 0.131, 0.046],
        12: [0.680, 0.320, 0.265, 0.690, 0.150, 0.060],
    ]

    /// Light by number, white being 1; nil for the curves of video, which pictures show as sRGB's.
    private var curve: ((Double) -> Double)? {
        switch transfer {
        case 4: { pow($0, 2.2) }
        case 5: { pow($0, 2.8) }
        case 8: { $0 }
        case 16: NamedColours.pq
        case 18: NamedColours.hlg
        default: nil
        }
    }

    private func light(_ number: Double) -> Double {
        curve?(number) ?? (number <= 0.04045 ? number / 12.92 : pow((number + 0.055) / 1.055, 2.4))
    }

    /// SMPTE ST 2084, over the 203 cd/m² that ITU-R BT.2408 calls white.
    private static func pq(_ number: Double) -> Double {
        let root = pow(number, 32 / 2523.0)
        return 10_000 / 203 * pow(max(root - 107 / 128.0, 0) / (2413 / 128.0 - 2392 / 128.0 * root), 16384 / 2610.0)
    }

    /// ITU-R BT.2100 on a screen of 1000 cd/m², each component by itself.
    private static func hlg(_ number: Double) -> Double {
        let scene = number <= 0.5 ? number * number / 3 : (exp((number - 0.55991073) / 0.17883277) + 0.28466892) / 12
        return 1000 / 203 * pow(scene, 1.2)
    }
}
