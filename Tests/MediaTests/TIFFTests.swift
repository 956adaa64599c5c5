import Foundation
import Imaging
@testable import Media
import SystemPackage
import TestSupport
import Testing

/// TIFF of every layout, against the numbers that were put in.
@Suite struct TIFFTests {
    /// A component of 0 to 1 that differs from every neighbour's.
    private func light(_ x: Int, _ y: Int, _ sample: Int) -> Double {
        let number: Int = x * 37 + y * 101 + sample * 53 + x * y
        return Double(number % 251) / 250
    }

    private func read(_ bytes: [UInt8]) throws -> Frame {
        let scratch = try Scratch()
        try Data(bytes).write(to: URL(fileURLWithPath: scratch("a").string))
        return try PictureFile.read(scratch("a"))
    }

    /// The largest difference from what a formula gives, in levels.
    private func error(_ frame: Frame, _ expected: (_ x: Int, _ y: Int, _ channel: Int) -> Double) -> Double {
        let pixels = frame.pixels
        return pixels.indices.reduce(0) { worst, place in
            let (x, y) = (place / 3 % frame.width, place / 3 / frame.width)
            return max(worst, abs(Double(pixels[place]) - 255 * expected(x, y, place % 3)))
        }
    }

    /// Sixteen layouts of whole numbers of 8 and 16 bits.
    @Test(arguments: 0..<32)
    func layouts(number: Int) throws {
        var tiff = TIFFWriter()
        tiff.bits = number & 1 == 0 ? 8 : 16
        tiff.isBigEndian = number & 2 != 0
        tiff.isBig = number & 4 != 0
        tiff.isPlanar = number & 8 != 0
        tiff.tile = number & 16 == 0 ? nil : 16
        let most = Double(1 << tiff.bits - 1)
        let frame = try read(tiff.file { UInt64((light($0, $1, $2) * most).rounded()) })
        #expect(frame.width == 37 && frame.height == 23)
        #expect(error(frame) { light($0, $1, $2) } <= 0.51 + 255 / most)
    }

    @Test(arguments: [1, 2, 4, 5, 6, 10, 12, 14, 32])
    func depths(bits: Int) throws {
        var tiff = TIFFWriter(bits: bits)
        let most = Double(1 << bits - 1)
        func number(_ x: Int, _ y: Int, _ sample: Int) -> UInt64 { UInt64((light(x, y, sample) * most).rounded()) }
        #expect(error(try read(tiff.file(number))) { Double(number($0, $1, $2)) / most } <= 0.51)
        (tiff.samples, tiff.photometric) = (1, 0)
        #expect(error(try read(tiff.file(number))) { x, y, _ in 1 - Double(number(x, y, 0)) / most } <= 0.51)
    }

    @Test func floatingPoint() throws {
        for isBigEndian in [false, true] {
            var tiff = TIFFWriter(bits: 32, format: 3, isBigEndian: isBigEndian)
            var frame = try read(tiff.file { UInt64(Float(light($0, $1, $2)).bitPattern) })
            #expect(error(frame) { light($0, $1, $2) } <= 0.51)
            tiff.bits = 64
            frame = try read(tiff.file { light($0, $1, $2).bitPattern })
            #expect(error(frame) { light($0, $1, $2) } <= 0.51)
            tiff.bits = 16
            frame = try read(tiff.file { UInt64(Float16(light($0, $1, $2)).bitPattern) })
            #expect(error(frame) { light($0, $1, $2) } <= 0.7)
        }
    }

    /// Heights of a landscape are no picture; a light that passes white is.
    @Test func numbersBeyondWhiteAreCutOffOrRefused() throws {
        let tiff = TIFFWriter(bits: 32, format: 3)
        let frame = try read(
            tiff.file { x, y, sample in
                UInt64((x == 3 ? Float(7) : Float(light(x, y, sample))).bitPattern)
            })
        #expect(error(frame) { x, y, sample in x == 3 ? 1 : light(x, y, sample) } <= 0.51)
        expectFailure(.refused, naming: "a", "measurements") {
            _ = try read(tiff.file { x, y, _ in UInt64(Float(100 + x * y).bitPattern) })
        }
    }

    @Test(arguments: [8, 16])
    func inks(bits: Int) throws {
        let tiff = TIFFWriter(bits: bits, samples: 4, photometric: 5)
        let most = Double(1 << bits - 1)
        let frame = try read(tiff.file { UInt64((light($0, $1, $2) * most).rounded()) })
        #expect(error(frame) { (1 - light($0, $1, $2)) * (1 - light($0, $1, 3)) } <= 1.5)
        var others = tiff
        others.more = [(332, [2])]
        expectFailure(.refused, naming: "a", "other inks") { _ = try read(others.file { _, _, _ in 0 }) }
    }

    /// What lies within sRGB, from L*, a* and b* by CIE's formulas (15:2004) and Bradford's adaptation from D50.
    @Test(arguments: [(8, 8), (16, 8), (8, 9), (16, 9)])
    func lab(bits: Int, photometric: Int) throws {
        func lab(_ x: Int, _ y: Int) -> [Double] { [Double(30 + x), Double(y - 11), Double(x % 23 - 11)] }
        let unit = bits == 8 ? 1.0 : 256
        let white = bits == 8 ? 255.0 : photometric == 8 ? 65535 : 65280
        let tiff = TIFFWriter(bits: bits, photometric: photometric)
        let frame = try read(
            tiff.file { x, y, sample in
                if sample == 0 { return UInt64((lab(x, y)[0] / 100 * white).rounded()) }
                let value = Int((lab(x, y)[sample] * unit).rounded()) + (photometric == 9 ? Int(128 * unit) : 0)
                return UInt64(bitPattern: Int64(value)) & UInt64(1 << bits - 1)
            })
        // Eight bits hold an a* of half a step beside it.
        let bound = bits == 8 ? 2.6 : 1.1
        #expect(error(frame) { x, y, channel in Lab(lab(x, y)).sRGB[channel] } <= bound)
    }

    /// CIELAB counts from the white that the file names, as ImageMagick writes it; sRGB's own needs no adaptation.
    @Test func labOfAnotherWhite() throws {
        func lab(_ x: Int, _ y: Int) -> [Double] { [Double(30 + x), Double(2 * y - 22), Double(x % 23 - 11) * 2] }
        let D65 = [31271, 100_000, 32902, 100_000]
        let tiff = TIFFWriter(bits: 16, photometric: 8, fractions: [(318, D65)])
        let frame = try read(
            tiff.file { x, y, sample in
                if sample == 0 { return UInt64((lab(x, y)[0] / 100 * 65535).rounded()) }
                return UInt64(bitPattern: Int64((lab(x, y)[sample] * 256).rounded())) & 0xFFFF
            })
        let own = error(frame) { x, y, channel in Lab(lab(x, y), isOfD65: true).sRGB[channel] }
        #expect(own <= 1.1, "\(own)")
        #expect(error(frame) { x, y, channel in Lab(lab(x, y)).sRGB[channel] } > 3)
    }

    private struct Lab {
        let sRGB: [Double]

        /// - Parameter isOfD65: whether it counts from sRGB's white.
        init(_ lab: [Double], isOfD65: Bool = false) {
            let fy = (lab[0] + 16) / 116
            func linear(_ f: Double) -> Double { f > 6.0 / 29 ? f * f * f : 3 * (f - 4.0 / 29) * 36 / 841 }
            let white = isOfD65 ? (x: 0.95047, z: 1.08883) : (x: 0.9642, z: 0.8249)
            let x = white.x * linear(fy + lab[1] / 500)
            let (y, z) = (linear(fy), white.z * linear(fy - lab[2] / 200))
            let light =
                isOfD65
                ? [
                    3.2404542 * x - 1.5371385 * y - 0.4985314 * z, -0.9692660 * x + 1.8760108 * y + 0.0415560 * z,
                    0.0556434 * x - 0.2040259 * y + 1.0572252 * z,
                ]
                : [
                    3.1338561 * x - 1.6168667 * y - 0.4906146 * z, -0.9787684 * x + 1.9161415 * y + 0.0334540 * z,
                    0.0719453 * x - 0.2289914 * y + 1.4052427 * z,
                ]
            sRGB = light.map { min(max(0, $0 <= 0.0031308 ? 12.92 * $0 : 1.055 * pow($0, 1 / 2.4) - 0.055), 1) }
        }
    }

    @Test func palettes() throws {
        for bits in [4, 8] {
            let map = (0..<(3 << bits)).map { $0 * 7919 % 65536 }
            let tiff = TIFFWriter(bits: bits, samples: 1, photometric: 3, more: [(320, map)])
            let frame = try read(tiff.file { x, y, _ in UInt64((x * 5 + y * 3) % (1 << bits)) })
            let count = 1 << bits
            #expect(
                error(frame) { x, y, channel in
                    Double(map[channel * count + (x * 5 + y * 3) % count]) / 65535
                } <= 0.51)
        }
    }

    /// The palette's colours are what was multiplied, not its indexes.
    @Test(arguments: [(2, false), (1, true)])
    func palettesWithOpacity(kind: Int, isMultiplied: Bool) throws {
        func entry(_ x: Int, _ y: Int) -> Int { (x * 5 + y * 3) % 256 }
        func opacity(_ entry: Int) -> Int { 56 + entry * 31 % 200 }
        let map = (0..<768).map { place in
            let factor = isMultiplied ? Double(opacity(place % 256)) / 255 : 1
            return Int((light(place, 0, 0) * factor * 65535).rounded())
        }
        let tiff = TIFFWriter(samples: 2, photometric: 3, more: [(320, map), (338, [kind])])
        let frame = try read(
            tiff.file { x, y, sample in
                UInt64(sample == 0 ? entry(x, y) : opacity(entry(x, y)))
            })
        #expect(
            error(frame) { x, y, channel in
                let alpha = Double(opacity(entry(x, y))) / 255
                return light(channel * 256 + entry(x, y), 0, 0) * alpha + 1 - alpha
            } <= 0.6)
    }

    /// However much a pixel has behind its colours and opacity; CIELAB goes the way of profiles.
    @Test(arguments: [false, true], [2, 9])
    func whatElseAPixelHasIsLeft(isPlanar: Bool, photometric: Int) throws {
        func number(_ x: Int, _ y: Int, _ sample: Int) -> UInt64 { UInt64((light(x, y, sample) * 255).rounded()) }
        for kind in [0, 2] {
            var tiff = TIFFWriter(samples: 4, photometric: photometric, isPlanar: isPlanar, more: [(338, [kind])])
            let few = try read(tiff.file(number))
            for count in [8, 9, 61] {
                tiff.samples = 3 + count
                tiff.more = [(338, [kind] + Array(repeating: 0, count: count - 1))]
                #expect(try read(tiff.file(number)).pixels == few.pixels)
            }
        }
    }

    /// Over white: what is straight, what was multiplied, what only looks like opacity.
    @Test func opacity() throws {
        func alpha(_ x: Int, _ y: Int) -> Double { light(y, x, 3) }
        for (kind, isMultiplied) in [(2, false), (1, true)] {
            let tiff = TIFFWriter(bits: 16, samples: 4, more: [(338, [kind])])
            let frame = try read(
                tiff.file { x, y, sample in
                    let value = sample == 3 ? alpha(x, y) : light(x, y, sample) * (isMultiplied ? alpha(x, y) : 1)
                    return UInt64((value * 65535).rounded())
                })
            #expect(error(frame) { light($0, $1, $2) * alpha($0, $1) + 1 - alpha($0, $1) } <= 0.6)
        }
        let infrared = TIFFWriter(samples: 4, more: [(338, [0])])
        let frame = try read(infrared.file { UInt64((light($0, $1, $2) * 255).rounded()) })
        #expect(error(frame) { light($0, $1, $2) } <= 0.51 + 0.5)
    }

    @Test(arguments: 1...8)
    func turned(orientation: Int) throws {
        let tiff = TIFFWriter(more: [(274, [orientation])])
        let plain = try read(TIFFWriter().file { UInt64(light($0, $1, $2) * 255) })
        let frame = try read(tiff.file { UInt64(light($0, $1, $2) * 255) })
        #expect(frame.pixels == plain.turned(by: Orientation(exif: orientation)).pixels)
        #expect(frame.width == (orientation < 5 ? 37 : 23))
    }

    /// Zstandard's frame of one block that is not compressed, which is a frame like any other (RFC 8878).
    @Test func zstandard() throws {
        let tiff = TIFFWriter(compression: 50000)
        let frame = try read(
            tiff.file(pack: { block in
                let size = (0..<4).map { UInt8(truncatingIfNeeded: block.count >> (8 * $0)) }
                let head = block.count << 3 | 1
                return [0x28, 0xB5, 0x2F, 0xFD, 0xA0] + size
                    + (0..<3).map { UInt8(truncatingIfNeeded: head >> (8 * $0)) }
                    + block
            }) { UInt64((light($0, $1, $2) * 255).rounded()) })
        #expect(error(frame) { light($0, $1, $2) } <= 0.51 + 0.5)
    }

    /// Each tile a JPEG, as scanners write them.
    @Test func jpegInTiles() async throws {
        let scratch = try Scratch()
        let smooth = Frame(width: 64, height: 64)
        smooth.fill { x, y in [UInt8(x * 3), UInt8(y * 3), UInt8(200 - x - y)] }
        try PictureFile.write(smooth, to: scratch("t.png"))
        try await scratch.ffmpeg("-i t.png -pix_fmt yuvj420p -q:v 1 t.jpg")
        let jpeg = try [UInt8](Data(contentsOf: URL(fileURLWithPath: scratch("t.jpg").string)))
        let tiff = TIFFWriter(width: 100, height: 80, photometric: 6, compression: 7, tile: 64, more: [(530, [2, 2])])
        let frame = try read(tiff.blocks(Array(repeating: jpeg, count: 4)))
        let pixels = frame.pixels
        let off = pixels.indices.map { place in
            let (x, y) = (place / 3 % 100 % 64, place / 300 % 64)
            return abs(Int(pixels[place]) - [x * 3, y * 3, 200 - x - y][place % 3])
        }
        #expect(Double(off.reduce(0, +)) / Double(off.count) < 2)
    }

    /// Maps and microscopes leave out tiles that are empty. A picture of nothing else is none.
    @Test func tilesOfWhichNothingIsStored() throws {
        let tiff = TIFFWriter(width: 100, height: 80, samples: 1, photometric: 1, tile: 64)
        let white = [UInt8](repeating: 200, count: 64 * 64)
        let frame = try read(tiff.blocks([white, [], white, white]))
        let pixels = frame.pixels
        #expect(pixels[0] == 200 && pixels[(10 * 100 + 63) * 3] == 200 && pixels[(10 * 100 + 64) * 3] == 0)
        expectFailure(.damaged, naming: "a", "nothing is stored") { _ = try read(tiff.blocks([[], [], [], []])) }
    }

    /// Nothing is painted of what was not decoded: each refusal is true.
    @Test func whatIsNotReadIsSaid() throws {
        func refuse(_ words: String, _ tiff: TIFFWriter, _ kind: MediaError.Kind = .refused) {
            expectFailure(kind, naming: "a", words) { _ = try read(tiff.file { _, _, _ in 7 }) }
        }
        refuse("compression 34712", TIFFWriter(compression: 34712))
        refuse("floating-point numbers of 24 bits", TIFFWriter(bits: 24, format: 3))
        refuse("65 numbers a pixel", TIFFWriter(samples: 65))
        refuse("signs", TIFFWriter(bits: 16, format: 2))
        refuse("raw picture", TIFFWriter(samples: 1, photometric: 32803))
        refuse("raw picture", TIFFWriter(bytes: [(50706, [1, 4, 0, 0])]))
        refuse("damaged", TIFFWriter(compression: 5), .damaged)
        let whole = TIFFWriter().file { _, _, _ in 7 }
        expectFailure(.damaged, naming: "a") { _ = try read(Array(whole.prefix(whole.count / 2))) }
        var wide = TIFFWriter(width: 65_000, height: 65_000)
        wide.samples = 1
        wide.photometric = 1
        expectFailure(.refused, naming: "a", "too many pixels") { _ = try read(wide.blocks([[0]])) }
    }
}
