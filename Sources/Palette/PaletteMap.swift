public import Imaging
import Kernels
public import Machine

/// Gives a painting a style picture's palette: x -> T (x - μ_p) + μ_s on gamma-encoded colours, the linear map that
/// brings one mean and covariance to the other's and moves colours least (Pitié and Kokaram, "The linear
/// Monge-Kantorovitch linear colour mapping for example-based colour transfer", 2007):
///
///     T = Σ_p^-1/2 (Σ_p^1/2 Σ_s Σ_p^1/2)^1/2 Σ_p^-1/2
///
/// Where a painting hardly varies, its inverse has no bound: a grey clip's rounding would become colours. So both
/// covariances are raised by a noise of `noise` in every direction, which leaves equal palettes unmoved, and no
/// direction is stretched by more than `most` (T's eigenvalues are cut off there).
public struct PaletteMap: Sendable, Hashable {
    /// A standard deviation: two levels of 255.
    public static let noise = 2.0 / 255
    /// The most that a painting's colours are spread.
    public static let most = 4.0

    /// T, and what is added: T x + offset, of colours from 0 to 1.
    public let matrix: Symmetric3
    public let offset: SIMD3<Double>

    /// - Parameters:
    ///   - painting: moments of what it will be applied to, a scene's.
    ///   - style: of the picture whose palette is wanted.
    public init(from painting: ColourMoments, to style: ColourMoments) {
        let noise = Self.noise * Self.noise
        let (own, wanted) = (painting.covariance.raised(by: noise), style.covariance.raised(by: noise))
        // Rounding may leave an eigenvalue of a covariance below zero, by less than the noise.
        let root = own.mapped { max($0, noise).squareRoot() }
        let inverse = own.mapped { 1 / max($0, noise).squareRoot() }
        let middle = wanted.between(root).mapped { max($0, 0).squareRoot() }
        matrix = middle.between(inverse).mapped { min($0, Self.most) }
        offset = style.mean - matrix * painting.mean
    }

    /// A part of the way: 0 leaves colours as they are.
    public func led(_ share: Double) -> PaletteMap {
        share >= 1 ? self : PaletteMap(self, share)
    }

    private init(_ whole: PaletteMap, _ share: Double) {
        let rest = 1 - share
        matrix = Symmetric3(diagonal: share * whole.matrix.diagonal + rest, mixed: share * whole.matrix.mixed)
        offset = share * whole.offset
    }

    /// - Parameter mapped: of the same size and format; may be the frame itself. Colours that fall outside are cut off,
    ///   component by component. It takes the frame's place too.
    public func callAsFunction(_ frame: Frame, into mapped: Frame, team: ThreadTeam) {
        precondition(mapped.isLike(frame), "a palette between frames of different kinds")
        func column(_ v: SIMD3<Double>, _ scale: Double = 1) -> SIMD4<Float> {
            SIMD4(Float(scale * v.x), Float(scale * v.y), Float(scale * v.z), 0)
        }
        let (red, green, blue) = (column(matrix[0]), column(matrix[1]), column(matrix[2]))
        let offset = column(self.offset, 255)
        frame.withSamples { from in
            mapped.withMutableSamples { to in
                team.run(frame.height) { y, _ in
                    Colours.map(
                        from + y * frame.rowStride, width: frame.width, red: red, green: green, blue: blue,
                        offset: offset, into: to + y * frame.rowStride)
                }
            }
        }
        mapped.place = frame.place
    }
}
