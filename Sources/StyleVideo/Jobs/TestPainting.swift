import Imaging
import Machine
import Media
import StyleKernel
import SystemPackage

/// A small picture, painted to see that the network runs here and computes what it should: `float32` has the same bits
/// on every CPU.
enum TestPainting {
    /// Digests of the weights that come with the program, and of what they paint. A change of either, or of
    /// `Versions.arithmetic`, brings new ones.
    static let weights = "11865fac921d9a1e1ebfde3c79de150ff788106faf42e591fa71bda306e563ea"
    static let painting = "e4f6959b1372ef449a4ad733c2428abbf85a680930f63125f4c6fdf137a89e63"

    private static let side = 64

    /// - Parameter network: float32's.
    static func finding(_ network: Result<Network, any Error>) -> DoctorReport.Finding {
        let start = ContinuousClock.now
        do {
            let network = try network.get()
            let digest = Digest.sha256(of: try paint(by: network))
            let value =
                "a picture of \(side) x \(side) in \(Int(1000 * seconds(since: start))) ms, "
                + "SHA-256 \(digest.prefix(16))"
            // Other weights paint something else, and what that should be nobody knows.
            guard try Digest.sha256(of: FilePath(network.weights)) == weights, digest != painting else {
                return .init(.painting, value)
            }
            return .init(.painting, value, problem: WrongPainting())
        } catch {
            return .init(.painting, "the test picture is not painted", problem: error)
        }
    }

    /// - Throws: as `Network.remember`.
    static func paint(by network: Network) throws -> Frame {
        let style = try network.remember(pattern { x, y in (x * 4, y * 4, (x * y) % 256) }, shorterSide: side)
        let picture = pattern { x, y in ((x + y) * 2, (x ^ y) * 4, 255 - y * 4) }
        let painted = Frame(width: side, height: side)
        network.stylizer.paint(picture, style: StyleMix(style), statistics: nil, into: painted)
        return painted
    }

    private static func pattern(_ colour: (_ x: Int, _ y: Int) -> (Int, Int, Int)) -> Frame {
        let frame = Frame(width: side, height: side)
        frame.withMutableBytes { bytes in
            for y in 0..<side {
                for x in 0..<side {
                    let (red, green, blue) = colour(x, y)
                    let place = y * frame.rowStride + 3 * x
                    for (channel, value) in [red, green, blue].enumerated() {
                        bytes[place + channel] = UInt8(truncatingIfNeeded: value)
                    }
                }
            }
        }
        return frame
    }
}

/// The network computes other numbers than it should.
private struct WrongPainting: Trouble {
    var trouble: TroubleKind { .unavailable }
    var description: String {
        "it is not painted as on other machines: this build or this machine computes wrongly; please report it"
    }
}
