import Imaging
import Kernels
@testable import Motion
import TestSupport
import Testing

/// The loops against what they are, written down in double.
@Suite struct MotionKernelTests {
    private static let (width, height) = (37, 23)
    private let picture = noise(Self.width, Self.height, 4)
    /// The same size, with what lies between two levels.
    private let deep = deepNoise(Self.width, Self.height, 5)

    /// In levels.
    private func value(_ picture: Frame, _ x: Int, _ y: Int, _ c: Int) -> Double {
        let (x, y) = (min(max(x, 0), Self.width - 1), min(max(y, 0), Self.height - 1))
        return picture.withBytes { bytes in
            let place = y * picture.rowStride + picture.format.bytesPerPixel * x
            return picture.format == .rgb24
                ? Double(bytes[place + c])
                : Double(bytes.load(fromByteOffset: place + 2 * c, as: UInt16.self)) / 257
        }
    }

    private func bilinear(_ picture: Frame, _ x: Double, _ y: Double, _ c: Int) -> Double {
        let (x, y) = (min(max(x, 0), Double(Self.width - 1)), min(max(y, 0), Double(Self.height - 1)))
        let (left, top) = (Int(x), Int(y))
        let (across, down) = (x - Double(left), y - Double(top))
        let upper = (1 - across) * value(picture, left, top, c) + across * value(picture, left + 1, top, c)
        let lower = (1 - across) * value(picture, left, top + 1, c) + across * value(picture, left + 1, top + 1, c)
        return (1 - down) * upper + down * lower
    }

    @Test(arguments: [0, 9, 22], [false, true]) func aRowIsBroughtAlong(_ y: Int, isDeep: Bool) {
        let picture = isDeep ? deep : picture
        var random = Seeded(y)
        let side = 4
        let columns = (Self.width + side - 1) / side
        var nodes = (0..<columns).map { _ in
            SIMD4(random.floats(1, -9...9)[0], random.floats(1, -9...9)[0], random.floats(1, -0.5...1)[0], 0)
        }
        nodes.append(nodes[columns - 1])
        let axis = Warp.Axis(pixels: Self.width, nodes: columns, side: side)
        var sums = [SIMD4<Float>](repeating: .zero, count: Self.width)
        picture.withSamples {
            Warp.addRow(
                $0, rowStride: picture.rowStride, width: Self.width, height: Self.height, y: y, nodes: nodes,
                node: axis.node, fraction: axis.fraction, into: &sums)
        }
        for x in 0..<Self.width {
            let place = min(max((Double(x) + 0.5) / Double(side) - 0.5, 0), Double(columns - 1))
            let (node, share) = (Int(place), Float(place - place.rounded(.down)))
            let motion = nodes[node] + (nodes[node + 1] - nodes[node]) * share
            for c in 0..<3 {
                let wanted = bilinear(picture, Double(x) + Double(motion.x), Double(y) + Double(motion.y), c)
                #expect(abs(Double(sums[x][c]) - max(Double(motion.z), 0) * wanted) < 0.02)
            }
            #expect(abs(sums[x].w - 255 * max(motion.z, 0)) < 0.001)
        }
    }

    @Test(arguments: [0, 3, 11, 22], [false, true]) func detailIsAdded(_ y: Int, isDeep: Bool) {
        let picture = isDeep ? deep : picture
        var random = Seeded(y)
        let gains = random.floats(3 * Self.width, 0...1.5)
        var (scratch, to) = (
            [Float](repeating: 0, count: Detail.scratchCount(width: Self.width)),
            [UInt16](repeating: 0, count: 3 * Self.width)
        )
        picture.withSamples { samples in
            to.withUnsafeMutableBytes {
                Detail.amplify(
                    samples, rowStride: picture.rowStride, width: Self.width, height: Self.height, y: y, gains: gains,
                    scratch: &scratch, into: MutableSamples($0.baseAddress!, isWide: isDeep))
            }
        }
        for i in 0..<3 * Self.width {
            var sum = 0.0
            for row in -4...4 { for column in -4...4 { sum += value(picture, i / 3 + column, y + row, i % 3) } }
            let here = value(picture, i / 3, y, i % 3)
            let wanted = here + Double(gains[i]) * (here - sum / 81)
            let found = isDeep ? Double(to[i]) / 257 : Double(to.withUnsafeBytes { $0[i] })
            #expect(abs(found - min(max(wanted, 0), 255)) <= (isDeep ? 0.003 : 0.51))
        }
    }

    @Test(arguments: [false, true]) func smallPicturesAreMeans(isDeep: Bool) {
        let picture = isDeep ? deep : picture
        let (side, count) = (3, Self.width / 3)
        var scratch = [Float](repeating: 0, count: Shrink.scratchCount(width: side * count))
        var (luma, colours) = ([Float](repeating: 0, count: count), [SIMD4<Float>](repeating: .zero, count: count))
        picture.withSamples {
            Shrink.row(
                $0 + 6 * picture.rowStride, rowStride: picture.rowStride, side: side, width: count, scratch: &scratch,
                luma: &luma, colours: &colours)
        }
        for x in 0..<count {
            let means = (0..<3).map { c in
                (0..<9).reduce(0.0) { $0 + value(picture, 3 * x + $1 % 3, 6 + $1 / 3, c) } / 9
            }
            for c in 0..<3 { #expect(abs(Double(colours[x][c]) - means[c]) < 0.001) }
            #expect(abs(Double(luma[x]) - (0.299 * means[0] + 0.587 * means[1] + 0.114 * means[2])) < 0.001)
        }
    }
}
