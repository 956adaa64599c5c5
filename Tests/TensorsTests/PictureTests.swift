import Imaging
import Kernels
import Machine
import Tensors
import TestSupport
import Testing

@Suite struct PictureTests {
    static let sizes: [(Int, Int, Int, Int)] = [
        (1, 1, 1, 1), (1, 1, 5, 3), (7, 5, 1, 1), (16, 9, 16, 9), (37, 23, 11, 40), (101, 67, 48, 32), (20, 30, 61, 17),
        (64, 48, 8, 6),
    ]

    private static func largest(_ a: [UInt8], _ b: [UInt8]) -> Int {
        zip(a, b).map { abs(Int($0) - Int($1)) }.max() ?? 0
    }

    /// Runs a picture through a resampler, rows apart, and returns the target's rows, having checked the gaps.
    private static func resample(
        _ source: [UInt8], _ w: Int, _ h: Int, _ tw: Int, _ th: Int, _ filter: Resampler.Filter, threads: Int
    ) -> [UInt8] {
        let resampler = Resampler(filter: filter, sourceWidth: w, sourceHeight: h, width: tw, height: th)
        let (stride, targetStride) = (3 * w + 5, 3 * tw + 7)
        var apart = [UInt8](repeating: 99, count: stride * h)
        for y in 0..<h { for i in 0..<3 * w { apart[y * stride + i] = source[y * 3 * w + i] } }
        var target = [UInt8](repeating: 171, count: targetStride * th)
        apart.withUnsafeBytes { from in
            target.withUnsafeMutableBytes { to in
                resampler(from, stride: stride, into: to, stride: targetStride, team: ThreadTeam(threads: threads))
            }
        }
        var rows: [UInt8] = []
        for y in 0..<th {
            rows += target[y * targetStride..<y * targetStride + 3 * tw]
            #expect(target[(y * targetStride + 3 * tw)..<(y + 1) * targetStride].allSatisfy { $0 == 171 })
        }
        return rows
    }

    @Test(arguments: sizes) func resamplesAsTheReference(w: Int, h: Int, tw: Int, th: Int) {
        var random = Seeded(w * 100 + tw)
        let source = (0..<3 * w * h).map { _ in UInt8.random(in: 0...255, using: &random) }
        for (filter, plain) in [
            (Resampler.Filter.lanczos3, Resample.Filter.lanczos3), (.area, .area), (.triangle, .triangle),
        ] {
            let expected = ResampleReference.apply(
                source, width: w, height: h, toWidth: tw, toHeight: th, filter: plain)
            let actual = Self.resample(source, w, h, tw, th, filter, threads: 1)
            #expect(Self.largest(actual, expected) <= 1)
            for threads in [2, 3, 5] {
                #expect(Self.resample(source, w, h, tw, th, filter, threads: threads) == actual)
            }
        }
    }

    /// Pillow 13.0.0's `resize((7, 4), LANCZOS)` of the picture whose byte i is (i * 37 + i * i * 11) mod 256, 13 x 9.
    @Test func resamplesAsPillow() {
        let source = (0..<3 * 13 * 9).map { (i: Int) -> UInt8 in UInt8((i * 37 + i * i * 11) % 256) }
        let actual = Self.resample(source, 13, 9, 7, 4, .lanczos3, threads: 1)
        #expect(Self.largest(actual, Self.pillow) <= 1)
        #expect(Self.largest(Array(actual.dropFirst(3)) + actual.prefix(3), Self.pillow) > 20)
    }

    static let pillow: [UInt8] = [
        173, 120, 119, 177, 125, 168, 127, 137, 172, 158, 164, 94, 154, 135, 140, 109, 148, 170, 142, 103, 199,
        82, 144, 83, 129, 128, 71, 91, 158, 135, 119, 63, 146, 152, 138, 136, 170, 102, 120, 159, 120, 150, 69,
        104, 104, 104, 77, 102, 80, 74, 96, 78, 151, 126, 154, 128, 98, 180, 126, 137, 130, 149, 83, 132, 177,
        176, 100, 123, 149, 166, 83, 172, 187, 184, 98, 124, 176, 147, 120, 161, 132, 152, 70, 162,
    ]

    @Test func areaCountsPartsOfPixels() {
        let source: [UInt8] = [0, 0, 0, 90, 90, 90, 240, 240, 240]
        // Halves of three pixels: (0 + 90 / 2) / 1.5 and (90 / 2 + 240) / 1.5.
        #expect(Self.resample(source, 3, 1, 2, 1, .area, threads: 1) == [30, 30, 30, 190, 190, 190])
    }

    @Test func pixelsComeAndGo() {
        var random = Seeded(8)
        let (w, h) = (5, 3)
        let source = Frame(width: w, height: h)
        source.withMutableBytes { for i in $0.indices { $0[i] = .random(in: 0...255, using: &random) } }
        let pixels = source.pixels
        let tensor = Tensor(height: 8, width: 16, channels: 3)
        let team = ThreadTeam(threads: 2)
        tensor.read(source, PixelScale(scale: (1 / 255, 2 / 255, -1), offset: (0, -1, 7)), team: team)
        for y in 0..<8 {
            for x in 0..<16 {
                let (sy, sx) = (paddedIndex(y, h, .reflect), paddedIndex(x, w, .reflect))
                let pixel = (0..<3).map { Float(pixels[(sy * w + sx) * 3 + $0]) }
                #expect(abs(tensor[y, x, 0] - pixel[0] / 255) < 1e-6)
                #expect(abs(tensor[y, x, 1] - (pixel[1] / 255 * 2 - 1)) < 1e-6)
                #expect(tensor[y, x, 2] == 7 - pixel[2])
            }
        }
        for i in 0..<tensor.count { tensor.base[i] = Float(i % 300 - 20) / 255 }
        let target = Frame(width: w, height: h)
        target.withMutableBytes { for i in $0.indices { $0[i] = 55 } }
        tensor.write(target, team: team)
        target.withBytes { bytes in
            for (at, byte) in bytes.enumerated() {
                let (y, i) = (at / target.rowStride, at % target.rowStride)
                #expect(byte == (i < 15 ? UInt8(min(max((y * 48 + i) % 300 - 20, 0), 255)) : 55))
            }
        }
        let strip = Tensor(height: 8, width: 16, channels: 3)
        strip.read(
            source, PixelScale(scale: (1, 1, 1), offset: (0, 0, 0)), region: Region(rows: 2..<5, columns: 0..<16),
            team: team)
        #expect(strip[1, 0, 0] == 0 && strip[2, 1, 0] == Float(pixels[(2 * w + 1) * 3]))
    }
}
