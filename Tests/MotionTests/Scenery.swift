import Foundation
import Imaging
import TestSupport

/// A picture that goes on for ever, with things to see everywhere.
func scenery(_ x: Double, _ y: Double) -> [UInt8] {
    let large = sin(0.051 * x + 1.7 * sin(0.037 * y)) + sin(0.043 * y + 1.3 * sin(0.029 * x))
    let a = large + 0.5 * sin(0.31 * x + 2 * sin(0.17 * y)) + 0.5 * sin(0.4 * y + 3 * sin(0.07 * x))
    return [0.9, 1, 0.7].map { UInt8(min(max(128 + 35 * a * $0, 0), 255)) }
}

/// The frame in which the point (x, y) shows what `place` says.
func frame(_ width: Int, _ height: Int, _ place: (Double, Double) -> (x: Double, y: Double)) -> Frame {
    let frame = Frame(width: width, height: height)
    frame.fill { x, y in
        let (x, y) = place(Double(x), Double(y))
        return scenery(x, y)
    }
    return frame
}

/// Without any picture: each byte a number of its own.
func noise(_ width: Int, _ height: Int, _ seed: Int) -> Frame {
    var random = Seeded(seed)
    let frame = Frame(width: width, height: height)
    frame.fill { _, _ in (0..<3).map { _ in .random(in: 0...255, using: &random) } }
    return frame
}

/// The same of 16 bits.
func deepNoise(_ width: Int, _ height: Int, _ seed: Int) -> Frame {
    var random = Seeded(seed)
    let frame = Frame(width: width, height: height, format: .rgb48)
    frame.fill { _, _ in (0..<6).map { _ in .random(in: 0...255, using: &random) } }
    return frame
}

extension Frame {
    /// With noise of up to so many levels added.
    func disturbed(by levels: Int, seed: Int) -> Frame {
        var random = Seeded(seed)
        let (own, frame) = (pixels, Frame(width: width, height: height))
        frame.fill { x, y in
            (0..<3).map {
                UInt8(
                    min(max(Int(own[3 * (y * width + x) + $0]) + .random(in: -levels...levels, using: &random), 0), 255)
                )
            }
        }
        return frame
    }

    /// Mean absolute difference of neighbours, both ways.
    var gradient: Double {
        let own = pixels
        var sum = 0
        for y in 0..<height - 1 {
            for i in 0..<3 * (width - 1) {
                let (here, row) = (Int(own[3 * y * width + i]), 3 * y * width + i)
                sum += abs(Int(own[row + 3]) - here) + abs(Int(own[row + 3 * width]) - here)
            }
        }
        return Double(sum) / Double(3 * (width - 1) * (height - 1))
    }
}
