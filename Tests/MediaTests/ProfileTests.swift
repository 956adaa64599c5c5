import CPictures
import Foundation
import Imaging
@testable import Media
import SystemPackage
import TestSupport
import Testing

/// Colour profiles: what is read is sRGB.
@Suite struct ProfileTests {
    /// Display P3's primaries with a gamma of 2.
    private let wide = ProfileTests.bytes(
        ProfileTests.rgb(red: (0.680, 0.320), green: (0.265, 0.690), blue: (0.150, 0.060), gamma: 2))

    private static func rgb(
        red: (Double, Double), green: (Double, Double), blue: (Double, Double), gamma: Double
    ) -> cmsHPROFILE? {
        var white = cmsCIExyY(x: 0.3127, y: 0.3290, Y: 1)
        func point(_ place: (Double, Double)) -> cmsCIExyY { cmsCIExyY(x: place.0, y: place.1, Y: 1) }
        var primaries = cmsCIExyYTRIPLE(Red: point(red), Green: point(green), Blue: point(blue))
        let curve = cmsBuildGamma(nil, gamma)
        defer { cmsFreeToneCurve(curve) }
        let curves = [curve, curve, curve]
        return cmsCreateRGBProfile(&white, &primaries, curves)
    }

    private static var linearGrey: [UInt8] {
        let curve = cmsBuildGamma(nil, 1)
        defer { cmsFreeToneCurve(curve) }
        return bytes(cmsCreateGrayProfile(cmsD50_xyY(), curve))
    }

    private static func bytes(_ profile: cmsHPROFILE?) -> [UInt8] {
        defer { cmsCloseProfile(profile) }
        var count: UInt32 = 0
        cmsSaveProfileToMem(profile, nil, &count)
        var bytes = [UInt8](repeating: 0, count: Int(count))
        cmsSaveProfileToMem(profile, &bytes, &count)
        return bytes
    }

    private func encoded(_ light: Double) -> Double {
        light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055
    }

    /// From Display P3's light to sRGB's numbers; both have the white D65, so no adaptation comes in.
    private func sRGB(_ pixel: [UInt8], _ curve: (Double) -> Double = { $0 * $0 }) -> [Double] {
        let light = pixel.map { curve(Double($0) / 255) }
        let matrix = [[1.2249402, -0.2249402, 0], [-0.0420570, 1.0420570, 0], [-0.0196376, -0.0786361, 1.0982735]]
        return matrix.map { row in
            let sum: Double = row[0] * light[0] + row[1] * light[1] + row[2] * light[2]
            return 255 * encoded(max(0, min(1, sum)))
        }
    }

    private func pattern() -> Frame {
        let frame = Frame(width: 32, height: 24)
        // Near grey, so that it lies within sRGB.
        frame.fill { x, y in [UInt8(60 + x * 4), UInt8(70 + x * 4), UInt8(64 + y * 2 + x * 2)] }
        return frame
    }

    private func data(_ path: FilePath) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(fileURLWithPath: path.string)))
    }

    private func big(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
    }

    /// A file of each format with a profile in it, and the pixels that it has without.
    private func files(_ icc: [UInt8], _ scratch: Scratch) throws -> [(name: String, plain: Frame)] {
        let frame = pattern()
        for name in ["a.png", "a.jpg", "a.webp"] { try PictureFile.write(frame, to: scratch(name), replacing: true) }
        let tiff = TIFFWriter(width: 32, height: 24, bytes: [(34675, icc)])
        let files: [(String, [UInt8], Frame)] = [
            ("t.png", try png(data(scratch("a.png")), icc), frame),
            ("t.jpg", jpeg(try data(scratch("a.jpg")), icc), try PictureFile.read(scratch("a.jpg"))),
            ("t.webp", webp(try data(scratch("a.webp")), icc), frame),
            ("t.tif", tiff.file { UInt64(frame.pixels[($1 * 32 + $0) * 3 + $2]) }, frame),
        ]
        for (name, bytes, _) in files { try Data(bytes).write(to: URL(fileURLWithPath: scratch(name).string)) }
        return files.map { ($0.0, $0.2) }
    }

    /// In place of the chunk that says sRGB, in zlib's form of one block that is not compressed (RFC 1950, 1951).
    private func png(_ plain: [UInt8], _ icc: [UInt8]) throws -> [UInt8] {
        let size: [UInt8] = big(icc.count, 2).reversed()
        var (low, high) = (1, 0)
        for byte in icc {
            low = (low + Int(byte)) % 65521
            high = (high + low) % 65521
        }
        var chunk = Array("iCCPa\0\0".utf8)
        chunk += [0x78, 0x01, 0x01]
        chunk += size
        chunk += size.map { ~$0 }
        chunk += icc
        chunk += big(high << 16 | low, 4)
        let place = try #require(Data(plain).range(of: Data("sRGB".utf8))).lowerBound - 4
        var png = plain
        png.replaceSubrange(place..<(place + 13), with: big(chunk.count - 4, 4) + chunk + big(crc(chunk), 4))
        return png
    }

    /// In two parts, the second first.
    private func jpeg(_ plain: [UInt8], _ icc: [UInt8]) -> [UInt8] {
        var jpeg = plain
        for (number, part) in [(UInt8(1), icc.prefix(100)), (2, icc.dropFirst(100))] {
            let body = Array("ICC_PROFILE\0".utf8) + [number, 2] + part
            jpeg.insert(contentsOf: [0xFF, 0xE2] + big(body.count + 2, 2) + body, at: 2)
        }
        return jpeg
    }

    private func webp(_ plain: [UInt8], _ icc: [UInt8]) -> [UInt8] {
        func little(_ value: Int) -> [UInt8] { big(value, 4).reversed() }
        var body = Array("WEBPVP8X".utf8) + little(10)
        body += [0x20, 0, 0, 0, 31, 0, 0, 23, 0, 0]
        body += Array("ICCP".utf8) + little(icc.count) + icc
        if icc.count % 2 == 1 { body.append(0) }
        body += plain.dropFirst(12)
        return Array("RIFF".utf8) + little(body.count) + body
    }

    private func crc(_ bytes: [UInt8]) -> Int {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
        }
        return Int(~crc)
    }

    @Test func profilesBecomeSRGB() throws {
        let scratch = try Scratch()
        for (name, plain) in try files(wide, scratch) {
            let (read, stored) = (Shot(try PictureFile.read(scratch(name))), Shot(plain))
            var (worst, moved) = (0.0, 0.0)
            for place in 0..<(32 * 24) {
                let (found, was) = (read.pixel(place % 32, place / 32), stored.pixel(place % 32, place / 32))
                for (a, b) in zip(found, sRGB(was)) { worst = max(worst, abs(Double(a) - b)) }
                for (a, b) in zip(found, was) { moved = max(moved, abs(Double(a) - Double(b))) }
            }
            #expect(worst < 1.6 && moved > 5, "\(name): \(worst), \(moved)")
        }
    }

    /// What means sRGB changes nothing, and neither does what is no profile or one of inks.
    @Test func otherProfilesChangeNothing() throws {
        let scratch = try Scratch()
        let broken = Array(wide.prefix(200)) + Array(repeating: 7, count: 100)
        let grey = ProfileTests.linearGrey
        for icc in [ProfileTests.bytes(cmsCreate_sRGBProfile()), broken, grey] {
            for (name, plain) in try files(icc, scratch) {
                #expect(try PictureFile.read(scratch(name)).pixels == plain.pixels, "\(name)")
            }
        }
    }

    @Test func greyProfiles() throws {
        let scratch = try Scratch()
        let icc = ProfileTests.linearGrey
        let tiff = TIFFWriter(width: 32, height: 24, samples: 1, photometric: 1, bytes: [(34675, icc)])
        try Data(tiff.file { x, y, _ in UInt64(x * 7 + y) }).write(to: URL(fileURLWithPath: scratch("a.tif").string))
        let shot = Shot(try PictureFile.read(scratch("a.tif")))
        for (x, y) in [(0, 0), (3, 4), (20, 11), (31, 23)] {
            let right = 255 * encoded(Double(x * 7 + y) / 255)
            #expect(shot.pixel(x, y).allSatisfy { abs(Double($0) - right) < 1.2 }, "\(shot.pixel(x, y)), \(right)")
        }
    }

    @Test func heicWithAProfile() throws {
        let scratch = try Scratch()
        try HEIF(pattern(), icc: wide).write(to: scratch("a.heic"))
        let (read, stored) = (try PictureFile.read(scratch("a.heic")).pixels, Shot(pattern()))
        let right = (0..<(32 * 24)).flatMap { sRGB(stored.pixel($0 % 32, $0 / 32)) }
        #expect(psnr(read, right.map { UInt8($0.rounded()) }) > 36)
        #expect(psnr(read, stored.pixels) < 32)
    }

    /// Display P3 and PQ by their numbers alone.
    @Test func namedColours() throws {
        let scratch = try Scratch()
        let warm = Frame(width: 32, height: 24)
        warm.fill { x, y in [UInt8(150 + x * 2), UInt8(100 + y * 2), 90] }
        try HEIF(warm, colours: (12, 13)).write(to: scratch("p3.heic"))
        let stored = Shot(warm)
        let right = (0..<(32 * 24)).flatMap { place in
            sRGB(stored.pixel(place % 32, place / 32)) { $0 <= 0.04045 ? $0 / 12.92 : pow(($0 + 0.055) / 1.055, 2.4) }
        }
        let read = try PictureFile.read(scratch("p3.heic")).pixels
        #expect(psnr(read, right.map { UInt8($0.rounded()) }) > 40)
        #expect(psnr(read, stored.pixels) < 32)
        // By SMPTE ST 2084: 148 of 255 in PQ are 202.4 cd/m², and white is 203; 97 are 26.1, an eighth of it.
        let flat = Frame(width: 32, height: 24)
        for (number, level) in [(UInt8(148), 254...255), (97, 99...102), (255, 255...255)] {
            flat.fill { _, _ in [number, number, number] }
            try HEIF(flat, colours: (1, 16)).write(to: scratch("pq.heic"))
            let pixel = Shot(try PictureFile.read(scratch("pq.heic"))).pixel(5, 5)
            #expect(pixel.allSatisfy { level.contains(Int($0)) }, "\(number): \(pixel)")
        }
    }
}
