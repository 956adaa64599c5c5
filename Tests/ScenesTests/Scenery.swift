import Imaging
import Scenes
import TestSupport

/// Generated pictures: a world of smooth colour and edges that has a value everywhere, seen through a camera.
struct Scenery {
    static let width = 160
    static let height = 90
    let seed: Int

    /// Red, green and blue at a place of the world, 0 to 255.
    func colour(_ x: Double, _ y: Double) -> SIMD3<Double> {
        var colour = SIMD3(value(x / 70, y / 70, 1), value(x / 70, y / 70, 2), value(x / 70, y / 70, 3)) * 0.6
        let detail = value(x / 11, y / 11, 4)
        colour += detail > 0.55 ? SIMD3(value(x / 40, y / 40, 5), value(x / 40, y / 40, 6), 0.2) * 0.5 : SIMD3.zero
        return colour * 235
    }

    /// What a camera at (x, y), looking at so much of the world, sees.
    func picture(x: Double, y: Double, zoom: Double = 1, blur: Double = 0) -> Picture {
        var picture = Picture(colour: .zero)
        let samples = blur > 0 ? 6 : 1
        for row in 0..<Self.height {
            for column in 0..<Self.width {
                var sum = SIMD3<Double>.zero
                for sample in 0..<samples {
                    let shift = blur * Double(sample) / Double(samples)
                    sum += colour(x + Double(column) * zoom + shift, y + Double(row) * zoom)
                }
                picture.pixels[row * Self.width + column] = sum / Double(samples)
            }
        }
        return picture
    }

    /// Smooth noise, 0 to 1.
    private func value(_ x: Double, _ y: Double, _ layer: Int) -> Double {
        let (left, top) = (x.rounded(.down), y.rounded(.down))
        func corner(_ dx: Double, _ dy: Double) -> Double {
            var random = Random(
                seed: seed &* 7919 &+ layer &* 104_729 &+ Int(left + dx) &* 1_299_709 &+ Int(top + dy) &* 15_485_863)
            return random.unit()
        }
        let (u, v) = (smooth(x - left), smooth(y - top))
        let upper = corner(0, 0) * (1 - u) + corner(1, 0) * u
        return upper * (1 - v) + (corner(0, 1) * (1 - u) + corner(1, 1) * u) * v
    }

    private func smooth(_ t: Double) -> Double { t * t * (3 - 2 * t) }
}

struct Picture {
    var pixels: [SIMD3<Double>]

    init(colour: SIMD3<Double>) { pixels = Array(repeating: colour, count: Scenery.width * Scenery.height) }

    func map(_ change: (SIMD3<Double>) -> SIMD3<Double>) -> Picture {
        var picture = self
        picture.pixels = pixels.map(change)
        return picture
    }

    func mixed(with other: Picture, _ share: Double) -> Picture {
        var picture = self
        for index in pixels.indices {
            picture.pixels[index] = pixels[index] * (1 - share) + other.pixels[index] * share
        }
        return picture
    }

    /// Grain, a new one for each seed.
    func grainy(_ amount: Double, seed: Int) -> Picture {
        var random = Random(seed: seed)
        return map { $0 + (random.unit() - 0.5) * 2 * amount }
    }

    /// As a frame, rounded and clipped to bytes.
    func frame() -> Frame {
        let frame = Frame(width: Scenery.width, height: Scenery.height)
        frame.withMutableBytes { bytes in
            for row in 0..<Scenery.height {
                for column in 0..<Scenery.width {
                    let pixel = pixels[row * Scenery.width + column]
                    for channel in 0..<3 {
                        bytes[row * frame.rowStride + column * 3 + channel] =
                            UInt8(min(max(pixel[channel].rounded(), 0), 255))
                    }
                }
            }
        }
        return frame
    }
}

/// A small generator of pseudo-random numbers (SplitMix64), the same on every machine. It counts modulo 2^64: `&+`,
/// `&*`.
struct Random {
    private var state: UInt64

    init(seed: Int) { state = UInt64(bitPattern: Int64(seed)) }

    /// 0 to 1.
    mutating func unit() -> Double {
        state = state &+ 0x9E37_79B9_7F4A_7C15
        var bits = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((bits ^ (bits >> 31)) >> 11) / Double(1 << 53)
    }
}
