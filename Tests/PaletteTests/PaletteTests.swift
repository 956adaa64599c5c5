import Imaging
import Machine
import TestSupport
import Testing

@testable import Palette

/// Colours of frames, 0 to 1.
private func colours(_ frame: Frame) -> [SIMD3<Double>] {
    let isWide = frame.format == .rgb48
    let values = frame.pixels
    return (0..<frame.width * frame.height).map { p in
        var colour = SIMD3<Double>.zero
        for c in 0..<3 {
            let i = 3 * p + c
            colour[c] =
                isWide ? Double(Int(values[2 * i]) + 256 * Int(values[2 * i + 1])) / 65535 : Double(values[i]) / 255
        }
        return colour
    }
}

/// A frame of random colours with a mean and a spread by channel, in which the channels go together.
private func frame(_ width: Int, _ height: Int, _ format: PixelFormat, seed: Int, spread: SIMD3<Double>) -> Frame {
    let frame = Frame(width: width, height: height, format: format)
    var random = Seeded(seed)
    frame.fill { _, _ in
        let own = SIMD3<Double>.random(in: -0.5...0.5, using: &random)
        let common = Double.random(in: -0.3...0.3, using: &random)
        let colour = (own * spread + common + SIMD3(0.45, 0.5, 0.55)).clamped(
            lowerBound: .zero, upperBound: SIMD3(repeating: 1))
        return (0..<3).flatMap { c -> [UInt8] in
            guard format == .rgb48 else { return [UInt8((255 * colour[c]).rounded())] }
            let word = UInt16((65535 * colour[c]).rounded())
            return [UInt8(word & 255), UInt8(word >> 8)]
        }
    }
    return frame
}

/// Mean and covariance as they are written down.
private func reference(_ colours: [SIMD3<Double>]) -> (mean: SIMD3<Double>, covariance: [SIMD3<Double>]) {
    let count = Double(colours.count)
    let mean = colours.reduce(.zero, +) / count
    var covariance = [SIMD3<Double>](repeating: .zero, count: 3)
    for colour in colours {
        let d = colour - mean
        for c in 0..<3 { covariance[c] += d[c] * d / count }
    }
    return (mean, covariance)
}

private func product(_ a: [SIMD3<Double>], _ b: [SIMD3<Double>]) -> [SIMD3<Double>] {
    b.map { a[0] * $0.x + a[1] * $0.y + a[2] * $0.z }
}

private func inverse(_ a: [SIMD3<Double>]) -> [SIMD3<Double>] {
    func cross(_ u: SIMD3<Double>, _ v: SIMD3<Double>) -> SIMD3<Double> {
        SIMD3(u.y * v.z - u.z * v.y, u.z * v.x - u.x * v.z, u.x * v.y - u.y * v.x)
    }
    let rows = [cross(a[1], a[2]), cross(a[2], a[0]), cross(a[0], a[1])]
    let determinant = (a[0] * rows[0]).sum()
    return (0..<3).map { column in SIMD3(rows[0][column], rows[1][column], rows[2][column]) / determinant }
}

/// By Denman and Beavers' iteration, which knows no eigenvalues.
private func squareRoot(_ a: [SIMD3<Double>]) -> [SIMD3<Double>] {
    var (y, z) = (a, [SIMD3<Double>(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)])
    for _ in 0..<60 {
        let (yi, zi) = (inverse(y), inverse(z))
        (y, z) = (zip(y, zi).map { ($0 + $1) / 2 }, zip(z, yi).map { ($0 + $1) / 2 })
    }
    return y
}

private func columns(_ matrix: Symmetric3) -> [SIMD3<Double>] { (0..<3).map { matrix[$0] } }

private func distance(_ a: [SIMD3<Double>], _ b: [SIMD3<Double>]) -> Double {
    zip(a, b).map { ($0 - $1).max().magnitude + ($0 - $1).min().magnitude }.max()!
}

@Suite struct ColourMomentsTests {
    @Test(arguments: [PixelFormat.rgb24, .rgb48]) func areThoseOfTheDefinition(_ format: PixelFormat) {
        let frame = frame(83, 67, format, seed: 1, spread: SIMD3(0.2, 0.3, 0.1))
        let moments = ColourMoments(of: frame, team: ThreadTeam(threads: 2))
        let expected = reference(colours(frame))
        #expect(distance([moments.mean], [expected.mean]) < 1e-12)
        #expect(distance(columns(moments.covariance), expected.covariance) < 1e-12)
    }

    @Test func threadsChangeNothing() {
        let frame = frame(70, 131, .rgb48, seed: 2, spread: SIMD3(0.2, 0.3, 0.1))
        let moments = [1, 2, 3].map { ColourMoments(of: frame, team: ThreadTeam(threads: $0)) }
        #expect(Set(moments).count == 1)
    }

    /// White of 16 bits has the largest sums.
    @Test(arguments: [PixelFormat.rgb24, .rgb48]) func ofOneColour(_ format: PixelFormat) {
        let frame = Frame(width: 300, height: 200, format: format)
        frame.fill { _, _ in [UInt8](repeating: 255, count: format.bytesPerPixel) }
        let moments = ColourMoments(of: frame, team: ThreadTeam(threads: 1))
        #expect(moments.mean == SIMD3(repeating: 1))
        #expect(distance(columns(moments.covariance), columns(Symmetric3(diagonal: .zero, mixed: .zero))) < 1e-12)
    }

    @Test func anAverageIsThatOfAllPixels() {
        let frames = (0..<3).map { frame(40, 30, .rgb24, seed: $0 + 3, spread: SIMD3(0.1 * Double($0), 0.2, 0.05)) }
        let team = ThreadTeam(threads: 1)
        let average = ColourMoments.average(frames.map { ColourMoments(of: $0, team: team) })
        let expected = reference(frames.flatMap(colours))
        #expect(distance([average.mean], [expected.mean]) < 1e-12)
        #expect(distance(columns(average.covariance), expected.covariance) < 1e-12)
        let one = ColourMoments(of: frames[0], team: team)
        #expect(ColourMoments.average([one]) == one)
    }
}

@Suite struct PaletteMapTests {
    private static let team = ThreadTeam(threads: 2)

    private static func moments(_ seed: Int, _ spread: SIMD3<Double>) -> ColourMoments {
        ColourMoments(of: frame(60, 50, .rgb24, seed: seed, spread: spread), team: team)
    }

    @Test func eigenvaluesAreThoseOfTheMatrix() {
        var random = Seeded(9)
        for _ in 0..<200 {
            let matrix = Symmetric3(
                diagonal: .random(in: -1...1, using: &random), mixed: .random(in: -1...1, using: &random))
            let (values, vectors) = matrix.eigen()
            for (place, vector) in vectors.enumerated() {
                #expect(abs((vector * vector).sum() - 1) < 1e-13)
                #expect(distance([matrix * vector], [values[place] * vector]) < 1e-13)
            }
        }
        let same = Symmetric3(diagonal: SIMD3(repeating: 2), mixed: .zero)
        #expect(same.eigen().values == SIMD3(repeating: 2))
    }

    @Test func isTheMapOfThePaper() {
        let (painting, style) = (Self.moments(1, SIMD3(0.6, 0.2, 0.3)), Self.moments(2, SIMD3(0.2, 0.5, 0.4)))
        let map = PaletteMap(from: painting, to: style)
        let noise = PaletteMap.noise * PaletteMap.noise
        let (own, wanted) = (
            columns(painting.covariance.raised(by: noise)), columns(style.covariance.raised(by: noise))
        )
        let root = squareRoot(own)
        let middle = squareRoot(product(product(root, wanted), root))
        let expected = product(product(inverse(root), middle), inverse(root))
        #expect(distance(columns(map.matrix), expected) < 1e-9)
        // It brings one covariance to the other, and one mean to the other.
        let mapped = product(product(columns(map.matrix), own), columns(map.matrix))
        #expect(distance(mapped, wanted) < 1e-10)
        #expect(distance([map.matrix * painting.mean + map.offset], [style.mean]) < 1e-12)
        #expect(distance(expected, columns(Symmetric3(diagonal: SIMD3(repeating: 1), mixed: .zero))) > 0.1)
    }

    @Test func equalPalettesAreLeftAlone() {
        for moments in [Self.moments(1, SIMD3(0.6, 0.2, 0.3)), Self.moments(4, .zero)] {
            let map = PaletteMap(from: moments, to: moments)
            let identity = columns(Symmetric3(diagonal: SIMD3(repeating: 1), mixed: .zero))
            #expect(distance(columns(map.matrix), identity) < 1e-9)
        }
    }

    /// Its rounding does not become colours.
    @Test func aGreyClipStaysWithinBounds() {
        let style = Self.moments(2, SIMD3(0.9, 0.9, 0.9))
        let grey = Frame(width: 64, height: 64)
        grey.fill { x, y in [UInt8(x + y), UInt8(x + y + (x + y) % 2), UInt8(x + y)] }
        let black = Frame(width: 64, height: 64)
        for frame in [grey, black] {
            let map = PaletteMap(from: ColourMoments(of: frame, team: Self.team), to: style)
            let values = map.matrix.eigen().values
            #expect(values.max() <= PaletteMap.most + 1e-9 && values.min() >= 0)
            map(frame, into: frame, team: Self.team)
        }
        #expect(colours(grey).allSatisfy { $0.max() - $0.min() < 0.45 })
    }

    @Test(arguments: [PixelFormat.rgb24, .rgb48]) func mapsFrames(_ format: PixelFormat) {
        let source = frame(71, 33, format, seed: 5, spread: SIMD3(0.6, 0.2, 0.3))
        source.number = 7
        let map = PaletteMap(
            from: ColourMoments(of: source, team: Self.team), to: Self.moments(2, SIMD3(0.2, 0.7, 0.4)))
        let mapped = Frame(width: 71, height: 33, format: format)
        map(source, into: mapped, team: Self.team)
        #expect(mapped.number == 7)
        let step = format == .rgb48 ? 1.0 / 65535 : 1.0 / 255
        var cut = 0
        for (from, to) in zip(colours(source), colours(mapped)) {
            let whole = map.matrix * from + map.offset
            let expected = whole.clamped(lowerBound: .zero, upperBound: SIMD3(repeating: 1))
            if whole != expected { cut += 1 }
            // Rounded once; float's own error is up to a tenth of a step of 16 bits.
            #expect(distance([to], [expected]) <= 1.2 * step)
        }
        #expect(cut > 0, "nothing was cut off")
        let alone = frame(71, 33, format, seed: 5, spread: SIMD3(0.6, 0.2, 0.3))
        map(alone, into: alone, team: ThreadTeam(threads: 1))
        #expect(alone.pixels == mapped.pixels)
    }
}

@Suite struct SourceChromaTests {
    private static func luma(_ c: SIMD3<Double>) -> Double { 0.2126 * c.x + 0.7152 * c.y + 0.0722 * c.z }

    @Test(arguments: [PixelFormat.rgb24, .rgb48]) func takesLumaFromOneAndChromaFromTheOther(_ format: PixelFormat) {
        let source = frame(70, 45, format, seed: 1, spread: SIMD3(0.9, 0.5, 0.9))
        let painting = frame(70, 45, format, seed: 2, spread: SIMD3(0.3, 0.9, 0.3))
        let result = Frame(width: 70, height: 45, format: format)
        SourceChroma.apply(of: source, to: painting, into: result, team: ThreadTeam(threads: 2))
        let step = format == .rgb48 ? 1.0 / 65535 : 1.0 / 255
        var reduced = 0
        for ((from, own), made) in zip(zip(colours(source), colours(painting)), colours(result)) {
            // Cb and Cr as BT.709 has them, and back.
            let y = Self.luma(own)
            let (cb, cr) = ((from.z - Self.luma(from)) / 1.8556, (from.x - Self.luma(from)) / 1.5748)
            var share = 1.0
            func decoded() -> SIMD3<Double> {
                let (b, r) = (y + 1.8556 * cb * share, y + 1.5748 * cr * share)
                return SIMD3(r, (y - 0.2126 * r - 0.0722 * b) / 0.7152, b)
            }
            // The largest share of the chroma that fits, by halving.
            func fits() -> Bool { decoded().min() >= 0 && decoded().max() <= 1 }
            if !fits() {
                reduced += 1
                var (low, high) = (0.0, 1.0)
                for _ in 0..<50 {
                    share = (low + high) / 2
                    if fits() { low = share } else { high = share }
                }
            }
            #expect(distance([made], [decoded()]) <= 1.3 * step)
            #expect(abs(Self.luma(made) - y) <= 0.51 * step)
        }
        #expect(reduced > 100, "all colours fitted")
    }

    @Test(arguments: [PixelFormat.rgb24, .rgb48]) func ofItselfItIsItself(_ format: PixelFormat) {
        let source = frame(37, 20, format, seed: 1, spread: SIMD3(0.9, 0.5, 0.9))
        source.number = 3
        let before = source.pixels
        SourceChroma.apply(of: source, to: source, into: source, team: ThreadTeam(threads: 2))
        #expect(source.pixels == before && source.number == 3)
        let (black, white) = (Frame(width: 5, height: 2, format: format), Frame(width: 5, height: 2, format: format))
        white.fill { _, _ in [UInt8](repeating: 255, count: format.bytesPerPixel) }
        SourceChroma.apply(of: white, to: black, into: white, team: ThreadTeam(threads: 1))
        #expect(white.pixels == black.pixels)
    }
}
